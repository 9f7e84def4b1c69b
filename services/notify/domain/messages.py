"""A message on its way: what asked for it, and what became of the try to send it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.notify.domain.pauses import pause_before_next_try, pause_while_away

# What auth knows the address and the link of, and what booking does.
AccountKind = Literal["verification", "password_reset", "invitation"]
BookingKind = Literal["booking_confirmed", "new_booking"]
Kind = Literal[AccountKind, BookingKind]
Recipient = Literal["user", "invitee", "customer", "tenant"]
State = Literal["queued", "sent", "suppressed", "failed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A message that is to be sent now, held by a lease."""

    id: str
    kind: Kind
    # The one-time link's request, or the booking that it is about.
    request_id: str
    tenant_id: str | None
    asked_at: datetime
    lease: int
    failures: int
    waits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What is stored of one try."""

    state: State
    failures: int
    waits: int
    due_at: datetime | None = None
    provider_id: str | None = None
    reason: str | None = None


def sent(message: Due, provider_id: str | None) -> Outcome:
    return Outcome(state="sent", failures=message.failures, waits=message.waits, provider_id=provider_id)


def suppressed(message: Due) -> Outcome:
    """What the mail was about is over: the link was used, or has run out."""
    return Outcome(state="suppressed", failures=message.failures, waits=message.waits)


def refused(message: Due, reason: str) -> Outcome:
    """No further try would end otherwise."""
    return Outcome(state="failed", failures=message.failures + 1, waits=message.waits, reason=reason)


def waiting(message: Due, now: datetime) -> Outcome:
    """Another context that is needed is away; that is nobody's failure, so it is waited for as long as it takes."""
    due_at = now + pause_while_away(message.waits)
    return Outcome(state="queued", failures=message.failures, waits=message.waits + 1, due_at=due_at)


def tried(message: Due, now: datetime, *, reason: str, not_before: timedelta, spread: float) -> Outcome:
    """The provider did not take it this time."""
    failures = message.failures + 1
    pause = pause_before_next_try(failures, spread)
    if pause is None:
        return Outcome(state="failed", failures=failures, waits=message.waits, reason=reason)
    due_at = now + max(pause, not_before)
    return Outcome(state="queued", failures=failures, waits=message.waits, due_at=due_at, reason=reason)
