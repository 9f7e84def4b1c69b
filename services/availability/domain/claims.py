"""What becomes of a booking's time: whose word counts, when somebody must look again, how a time is judged bare."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from services.availability.domain.facts import Facts, Rule, Window

State: TypeAlias = Literal["held", "booked", "lapsed", "released"]
Kind: TypeAlias = Literal["hold", "booking"]
Task: TypeAlias = Literal["end", "ask", "forget"]

# A booking that nobody has spoken of is asked about, for then whoever took its time may have died on the way.
ASK_AFTER: Final = timedelta(minutes=2)
# A message about what never became a booking may be so late; of what did, calendars and statistics still speak.
_FORGET_ATTEMPT: Final = timedelta(days=30)
_FORGET_BOOKING: Final = timedelta(days=400)
# Beyond any job, and still a date.
_EVER: Final = 100_000


@dataclass(frozen=True, slots=True)
class Taken:
    """A piece of a staff member's time that a booking has."""

    id: str
    booking_id: str
    service_id: str
    staff_id: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    # None where it does not end by itself.
    expires_at: datetime | None

    def is_live(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


class Look(NamedTuple):
    """That the clockwork must look at a booking again: to end its hold, to ask about it, to forget it."""

    task: Task
    at: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """What is remembered of a booking, also after its time was given up."""

    id: str
    version: int
    state: State
    settled: bool
    service_id: str | None
    staff_id: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    reference: str | None
    move_id: str | None
    sequence: int
    changed_at: datetime
    # Its business's, which says what day a time is; none while nobody has told.
    zone: str | None

    @property
    def is_over(self) -> bool:
        return self.state == "released"

    def is_past(self, version: int) -> bool:
        """Whether that version is older than what is known; of one version, its end is the last word."""
        return version < self.version or (self.is_over and version == self.version)

    def next_look(self, expires_at: datetime | None) -> Look:
        """For each booking there is one: nothing is kept for ever."""
        if self.state == "held" and expires_at is not None:
            return Look("end", expires_at)
        if self.state == "booked" and not self.settled:
            return Look("ask", self.changed_at + ASK_AFTER)
        if self.settled and self.ends_at is not None:
            return Look("forget", max(self.ends_at, self.changed_at) + _FORGET_BOOKING)
        return Look("forget", self.changed_at + _FORGET_ATTEMPT)


# Every minute of every day, for everybody.
_ALWAYS: Final = tuple(Rule(weekday=weekday, window=Window(0, 1440)) for weekday in range(7))


def only_taken(facts: Facts, *, blocks: bool, duration: int | None = None) -> Facts:
    """The same calendar without hours, notice, step and limits: only what is taken counts, and blocks if said."""
    offer = replace(
        facts.offer,
        duration=facts.offer.duration if duration is None else duration,
        notice=0,
        window_days=_EVER,
        step=1,
        max_per_day=None,
    )
    return replace(
        facts,
        offer=offer,
        rules=_ALWAYS,
        overrides=(),
        closed_days=frozenset(),
        blocks=facts.blocks if blocks else (),
    )
