"""Disputes: what a customer's bank demands back, and how that only moves forward."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Status: TypeAlias = Literal["open", "won", "lost", "warning_closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """As it is known here."""

    id: str
    tenant_id: str
    booking_id: str
    payment_id: str
    # The company's own id of it.
    gateway_id: str
    amount: int
    currency: str
    # What the company has taken for it and not given back.
    taken: int
    status: Status
    reason: str
    opened_at: datetime
    closed_at: datetime | None


def status_after(known: Status, said: Status) -> Status:
    """What was decided stays decided, though an older word of it comes later."""
    return known if said == "open" else said
