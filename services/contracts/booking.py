"""What booking tells the others."""

from datetime import datetime
from typing import ClassVar, Final, Literal

from services.kernel.events import Event


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


PUBLISHED: Final[tuple[type[Event], ...]] = (BookingConfirmed, BookingMoved, BookingCancelled, BookingExpired)
