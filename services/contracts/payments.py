"""What payments tells the others."""

from typing import ClassVar, Final

from services.kernel.events import Event


class AccountChanged(Event, frozen=True, kw_only=True):
    """Whether a business can be paid by card, as its payment account says now."""

    TYPE: ClassVar[str] = "payments.account.changed.v1"

    tenant_id: str
    version: int
    charges_enabled: bool


PUBLISHED: Final[tuple[type[Event], ...]] = (AccountChanged,)
