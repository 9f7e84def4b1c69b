"""What the slots follow from: one business's calendar around some days, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

# An instant as whole minutes since the epoch.
Minute: TypeAlias = int
# From the first minute up to, and without, the second.
Span: TypeAlias = tuple[Minute, Minute]


@dataclass(frozen=True, slots=True)
class Window:
    """Wall-clock minutes after the midnight its day begins with: 0 <= start < 1440, start < end <= start + 1440."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours that come again every week; of one staff member, or of all who have none of their own."""

    weekday: int  # 0 = Sunday
    window: Window
    staff_id: str | None = None
    # Both days belong to it.
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """The hours of one date instead of the weekday's; no windows means closed."""

    day: date
    windows: tuple[Window, ...]
    staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A time that is not to be had, by the wall clock: from the start of its first day, or a minute of it, on.

    Without an end minute it lasts to the end of its last day. It begins with the first pass of its start and ends with
    the last pass of its end.
    """

    start_day: date
    end_day: date
    start_minute: int | None = None
    end_minute: int | None = None
    staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of somebody's time that is taken: the job itself, and with its buffers."""

    start: Minute
    end: Minute
    job_start: Minute
    job_end: Minute
    kind: Literal["hold", "booking", "external"]


@dataclass(frozen=True, slots=True)
class Person:
    """A staff member who can do the job."""

    id: str
    # What is taken of this person's time, buffers included; in any order, and may overlap.
    taken: Sequence[Span] = ()
    # When this person's own jobs (holds and bookings) start.
    jobs: Sequence[Minute] = ()
    # Only for sentences: whom a reason speaks of.
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What of a service decides its times. All lengths are elapsed minutes."""

    id: str
    duration: int
    before: int = 0
    after: int = 0
    notice: int = 0
    window_days: int = 60
    step: int = 15
    max_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that decides when a service can be had; `people` in the service's order, assigned and active only."""

    zone: ZoneInfo
    offer: Offer
    people: Sequence[Person]
    rules: Sequence[Rule] = ()
    overrides: Sequence[Override] = ()
    blocks: Sequence[Block] = ()
    # Public holidays on which the business is closed; an override of that date stands above them.
    closed_days: frozenset[date] = frozenset()
    # When live holds and bookings of this service start: what the most per day counts.
    sold: Sequence[Minute] = ()
    # What was worked out of these facts already.
    memory: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
