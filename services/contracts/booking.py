"""What booking tells the others."""

from datetime import datetime
from typing import ClassVar, Final, Literal

from services.kernel.events import Event


class BookingRequested(Event, frozen=True, kw_only=True):
    """A time is held for a customer who is about to pay the deposit."""

    TYPE: ClassVar[str] = "booking.requested.v1"

    tenant_id: str
    booking_id: str
    version: int
    reference: str
    service_id: str
    staff_id: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


class BookingConfirmed(Event, frozen=True, kw_only=True):
    """A booking stands: its deposit is paid, or it needs none."""

    TYPE: ClassVar[str] = "booking.confirmed.v1"

    tenant_id: str
    booking_id: str
    version: int
    reference: str
    service_id: str
    staff_id: str
    starts_at: datetime
    ends_at: datetime


class BookingMoved(Event, frozen=True, kw_only=True):
    """A booking stands at another time, maybe with another staff member."""

    TYPE: ClassVar[str] = "booking.moved.v1"

    tenant_id: str
    booking_id: str
    version: int
    reference: str
    service_id: str
    staff_id: str
    starts_at: datetime
    ends_at: datetime
    former_starts_at: datetime


class BookingCancelled(Event, frozen=True, kw_only=True):
    """A booking will not take place; its time is free again."""

    TYPE: ClassVar[str] = "booking.cancelled.v1"

    tenant_id: str
    booking_id: str
    version: int
    by: Literal["customer", "tenant"]


class BookingExpired(Event, frozen=True, kw_only=True):
    """A booking was never paid for; its time is free again."""

    TYPE: ClassVar[str] = "booking.expired.v1"

    tenant_id: str
    booking_id: str
    version: int


class BookingStarted(Event, frozen=True, kw_only=True):
    """The work has begun."""

    TYPE: ClassVar[str] = "booking.started.v1"

    tenant_id: str
    booking_id: str
    version: int


class BookingCompleted(Event, frozen=True, kw_only=True):
    """The work is done."""

    TYPE: ClassVar[str] = "booking.completed.v1"

    tenant_id: str
    booking_id: str
    version: int


class BookingMissed(Event, frozen=True, kw_only=True):
    """The customer was not there."""

    TYPE: ClassVar[str] = "booking.missed.v1"

    tenant_id: str
    booking_id: str
    version: int


class BookingDepositUnclaimed(Event, frozen=True, kw_only=True):
    """A deposit was paid too late for its time; all of it goes back."""

    TYPE: ClassVar[str] = "booking.deposit_unclaimed.v1"

    tenant_id: str
    booking_id: str
    version: int


PUBLISHED: Final[tuple[type[Event], ...]] = (
    BookingRequested,
    BookingConfirmed,
    BookingMoved,
    BookingStarted,
    BookingCompleted,
    BookingMissed,
    BookingCancelled,
    BookingExpired,
    BookingDepositUnclaimed,
)
