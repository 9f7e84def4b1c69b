"""Cancellation terms as they were agreed: what comes back, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.kernel.money import Money

ALL = 100


@dataclass(frozen=True, slots=True)
class Step:
    """Cancelled at least so many elapsed hours before the start, so many per cent come back."""

    hours_before: int
    refund_percent: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The steps with the most hours first; below the last one nothing comes back. Times are told in the zone."""

    steps: tuple[Step, ...]
    zone: ZoneInfo

    @classmethod
    def of(cls, policy: Sequence[int], zone: str) -> "Terms":
        """From pairs as they are stored."""
        pairs = zip(policy[::2], policy[1::2], strict=True)
        return cls(tuple(sorted((Step(*pair) for pair in pairs), key=lambda step: -step.hours_before)), ZoneInfo(zone))


@dataclass(frozen=True, slots=True)
class Deadline:
    """Cancelled up to this instant, so much comes back."""

    until: datetime
    refund_percent: int


def percent_now(terms: Terms, starts_at: datetime, now: datetime, cap: int | None = None) -> int:
    """What comes back to a customer who cancels at this moment, in per cent of what was paid."""
    left = starts_at - now
    reached = (step.refund_percent for step in terms.steps if left >= timedelta(hours=step.hours_before))
    return min(next(reached, 0), ALL if cap is None else cap)


def deadlines(terms: Terms, starts_at: datetime, cap: int | None = None) -> tuple[Deadline, ...]:
    """The instants after which less comes back; one of 0 per cent is none."""
    found: list[Deadline] = []
    for step in terms.steps:
        percent = min(step.refund_percent, ALL if cap is None else cap)
        deadline = Deadline(starts_at - timedelta(hours=step.hours_before), percent)
        if percent == 0:
            break
        if found and found[-1].refund_percent == percent:
            found.pop()
        found.append(deadline)
    return tuple(found)


def refund_due(paid: Money, refunded: Money, percent: int) -> Money:
    """How much of what was paid must go back now, so that the percentage of it has gone back in all."""
    owed = paid if percent >= ALL else paid.share(percent * 100).chargeable()
    left = max(0, min(owed.amount, paid.amount) - refunded.amount)
    return Money(left, paid.currency)


def sentences(terms: Terms, starts_at: datetime, cap: int | None = None) -> tuple[str, ...]:
    """For the customer, in the business's own time."""
    told = deadlines(terms, starts_at, cap)
    if not told:
        return ("What was paid does not come back when the booking is cancelled.",)
    lines = [
        f"Cancelled by {_spelled(deadline.until, terms.zone)}, {deadline.refund_percent} % of what was paid comes back."
        for deadline in told
    ]
    return (*lines, "After that nothing comes back.")


def _spelled(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%A}, {local.day} {local:%B %Y}, {local:%H:%M} ({local.tzname()})"
