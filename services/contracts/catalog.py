"""What catalog tells the others."""

from typing import ClassVar, Final, Literal

import msgspec

from services.kernel.events import Event


class CancellationStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Cancelled at least so many hours before the start, so many per cent of the deposit come back."""

    hours_before: int
    refund_percent: int


class ProfileChanged(Event, frozen=True, kw_only=True):
    """A business's settings as they are now; how to reach it, catalog tells on request."""

    TYPE: ClassVar[str] = "catalog.profile.changed.v1"

    tenant_id: str
    version: int
    slug: str
    business_name: str
    timezone: str
    currency: str
    locale: str
    country: str
    brand_color: str
    logo_url: str | None
    cancellation_policy: tuple[CancellationStep, ...]
    reminder_hours: tuple[int, ...]


class ServiceChanged(Event, frozen=True, kw_only=True):
    """A service is new, or something about it changed: as it is now."""

    TYPE: ClassVar[str] = "catalog.service.changed.v1"

    tenant_id: str
    service_id: str
    version: int
    name: str
    currency: str
    # In the currency's smallest unit; none where the price is told after the job.
    price: int | None
    deposit_type: Literal["none", "fixed", "percentage", "full"]
    # What the customer pays to book, worked out from the type; 0 for `none`.
    deposit: int
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    min_notice_minutes: int
    booking_window_days: int
    slot_step_minutes: int
    max_per_day: int | None
    # Who can do it, in this order of preference; none where anybody can.
    staff_ids: tuple[str, ...] | None
    active: bool


class ServiceArchived(Event, frozen=True, kw_only=True):
    """A service is no longer offered; what was booked of it stays."""

    TYPE: ClassVar[str] = "catalog.service.archived.v1"

    tenant_id: str
    service_id: str
    version: int


PUBLISHED: Final[tuple[type[Event], ...]] = (ProfileChanged, ServiceChanged, ServiceArchived)
