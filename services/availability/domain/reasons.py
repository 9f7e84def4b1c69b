"""Why a time can't be had: every rule that hides it, as sentences for the business."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from services.availability.domain.days import DAY, Day, clock, date_of, day_at, readings_within, runs
from services.availability.domain.facts import Claim, Facts, Minute, Person, Span
from services.availability.domain.hours import Hours, Source
from services.availability.domain.slots import Board, Opening, board_of, on_grid

Code: TypeAlias = Literal[
    "service",
    "staff",
    "past",
    "notice",
    "window",
    "limit",
    "override",
    "holiday",
    "hours",
    "block",
    "calendar",
    "booking",
    "buffer",
    "step",
]

# The telling ones first.
_ORDER: Final[dict[Code, int]] = {
    code: place
    for place, code in enumerate[Code](
        (
            "service",
            "staff",
            "past",
            "notice",
            "window",
            "limit",
            "override",
            "holiday",
            "hours",
            "block",
            "calendar",
            "booking",
            "buffer",
            "step",
        )
    )
}
# A day may have hundreds of windows; a sentence has room for some.
_MOST_NAMED: Final = 6


class Reason(NamedTuple):
    rule: Code
    message: str


def reasons_against(facts: Facts, start: float, now: float, claims: Mapping[str, Sequence[Claim]]) -> list[Reason]:
    """Why a job can't start then: nothing if somebody can do it. Both instants are seconds since the epoch."""
    case = _Case(facts, start, now)
    found = [*case.of_the_service()]
    people = [(person, [*case.of_a_person(person, claims.get(person.id, ()))]) for person in facts.people]
    if all(reasons for _, reasons in people):
        is_one = len(people) == 1
        found += [
            reason if is_one or person.name is None else Reason(reason.rule, f"{person.name}: {reason.message}")
            for person, reasons in people
            for reason in reasons
        ]
    return sorted(dict.fromkeys(found), key=lambda reason: _ORDER[reason.rule])


class _Case:
    """One service at one instant."""

    def __init__(self, facts: Facts, start: float, now: float) -> None:
        self._facts = facts
        self._offer = facts.offer
        self._zone = facts.zone
        self._board: Board = board_of(facts)
        self._start: Minute = int(start // 60)
        self._is_whole = self._start * 60 == start
        self._seconds = start
        self._now = now
        self._day = day_at(self._zone, self._start)
        self._date = _date(self._day)
        self._end = self._start + self._offer.duration

    def of_the_service(self) -> Iterator[Reason]:
        """What hides the time whoever would do the job."""
        offer, board = self._offer, self._board
        if not self._facts.people:
            yield Reason("staff", "Nobody on the staff does this service at present.")
        if self._seconds < self._now:
            yield Reason("past", f"{self._date}, {self._clock(self._start)} has passed.")
        elif self._seconds < self._now + offer.notice * 60:
            latest = self._moment(self._start - offer.notice)
            yield Reason("notice", f"It must be booked {_length(offer.notice)} before, by {latest} at the latest.")
        if self._day > (latest_day := board.latest_day(self._now)):
            days = "1 day" if offer.window_days == 1 else f"{offer.window_days} days"
            yield Reason("window", f"It can be booked {days} ahead, up to {_date(latest_day)}.")
        if board.is_full(self._day):
            most = offer.max_per_day
            yield Reason(
                "limit", f"{self._date} has {board.sold[self._day]} of this service, and {most} a day is the most."
            )
        if not self._is_whole:
            yield Reason("step", "Times start on whole minutes.")

    def of_a_person(self, person: Person, claims: Sequence[Claim]) -> Iterator[Reason]:
        owner = self._board.calendar.owner(person.id)
        opening = self._board.opening(owner, self._day, self._day)
        if not self._board.is_open(opening, self._start):
            yield from self._of_the_hours(owner, opening)
        if self._is_whole:
            yield from self._of_the_grid(owner, opening)
        if self._board.is_taken(person, self._start):
            found = [*self._of_blocks(person), *self._of_claims(claims)]
            yield from found or [Reason("booking", "This time is taken.")]

    def _of_the_hours(self, owner: str | None, opening: Opening) -> Iterator[Reason]:
        calendar = self._board.calendar
        day = self._day_of_hours(owner)
        hours, source = calendar.hours(owner, day), calendar.source(owner, day)
        stretches = self._of_the_day(opening)
        longest = max((high - low for low, high in stretches), default=0)
        around = next((high for low, high in opening.stretches if low <= self._start < high), None)
        if hours and not stretches:
            yield Reason(source, f"The hours {_hours(hours)} do not exist on {_date(day)}: the clock skips them.")
        elif hours and self._offer.duration > longest:
            if source == "override":
                yield Reason(source, _said(source, hours, day))
            span = next(span for span in stretches if span[1] - span[0] == longest)
            yield Reason(
                "hours",
                f"The service takes {_length(self._offer.duration)}, and the longest stretch open on {self._date} is "
                f"{_length(longest)}, {self._times(span)}.",
            )
        elif around is not None:
            yield Reason(
                source,
                f"The job would last until {self._moment(self._end)}, but it is open until {self._moment(around)}.",
            )
        else:
            yield Reason(source, _said(source, hours, day))

    def _of_the_grid(self, owner: str | None, opening: Opening) -> Iterator[Reason]:
        step = self._offer.step
        around = self._hours_around(owner)
        if around and not any(on_grid(grid, self._start, step) for grid in opening.grids):
            begin = _clock(around[0][1])
            yield Reason("step", f"Times start every {_length(step)} from {begin} on.")

    def _of_blocks(self, person: Person) -> Iterator[Reason]:
        blocks = self._board.blocks
        for span in (*blocks.get(None, ()), *blocks.get(person.id, ())):
            if self._touches(span):
                said = self._times(span)
                if self._overlaps(span):
                    yield Reason("block", f"Blocked from {said}.")
                else:
                    yield self._of_buffers(f"{said} is blocked")

    def _of_claims(self, claims: Sequence[Claim]) -> Iterator[Reason]:
        for claim in claims:
            if not self._touches((claim.start, claim.end)):
                continue
            job = self._times((claim.job_start, claim.job_end))
            if not self._overlaps((claim.job_start, claim.job_end)):
                what = "another calendar" if claim.kind == "external" else "a booking and its buffers"
                yield self._of_buffers(f"{self._times((claim.start, claim.end))} is taken by {what}")
            elif claim.kind == "external":
                yield Reason("calendar", f"Another calendar is busy from {job}.")
            elif claim.kind == "hold":
                yield Reason("booking", f"Somebody is just booking {job}.")
            else:
                yield Reason("booking", f"There is a booking from {job}.")

    def _of_buffers(self, other: str) -> Reason:
        needed = (self._start - self._offer.before, self._end + self._offer.after)
        return Reason("buffer", f"With its buffers the job needs {self._times(needed)}, and {other}.")

    def _touches(self, span: Span) -> bool:
        offer = self._offer
        return max(span[0], self._start - offer.before) < min(span[1], self._end + offer.after)

    def _overlaps(self, span: Span) -> bool:
        return max(span[0], self._start) < min(span[1], self._end)

    def _hours_around(self, owner: str | None) -> list[tuple[Day, int, int]]:
        """The hours that the start lies in, with the day they belong to."""
        reading = self._start + self._offset()
        calendar = self._board.calendar
        return [
            (day, start, end)
            for day in (self._day, self._day - 1)
            for start, end in calendar.hours(owner, day)
            if start <= reading - day * DAY < end
        ]

    def _day_of_hours(self, owner: str | None) -> Day:
        around = self._hours_around(owner)
        return around[0][0] if around else self._day

    def _of_the_day(self, opening: Opening) -> list[Span]:
        """The stretches open on the start's local day, as long as they are."""
        pieces = readings_within(runs(self._zone, self._day, self._day), self._day * DAY, (self._day + 1) * DAY)
        return [
            (low, high)
            for low, high in opening.stretches
            if any(max(low, start) < min(high, end) for start, end in pieces)
        ]

    def _offset(self) -> int:
        return next(run.offset for run in runs(self._zone, self._day, self._day) if run.start <= self._start < run.end)

    def _clock(self, minute: Minute) -> str:
        return clock(self._zone, minute)

    def _times(self, span: Span) -> str:
        """From when to when; with both dates, unless both are the start's."""
        start, end = ((day_at(self._zone, minute), self._clock(minute)) for minute in span)
        if start[0] == end[0] == self._day:
            return f"{start[1]} to {end[1]}"
        return f"{_date(start[0])}, {start[1]} to {_date(end[0])}, {end[1]}"

    def _moment(self, minute: Minute) -> str:
        """The local time, with the date where that is another one than the start's."""
        day = day_at(self._zone, minute)
        return self._clock(minute) if day == self._day else f"{_date(day)}, {self._clock(minute)}"


def _date(day: Day) -> str:
    date = date_of(day)
    return f"{date:%A} {date.day} {date:%B} {date.year}"


def _clock(minute: int) -> str:
    """A wall clock's time; the end of a day is 24:00."""
    if minute == DAY:
        return "24:00"
    return f"{minute % DAY // 60:02}:{minute % 60:02}"


def _hours(hours: Hours) -> str:
    said = [f"{_clock(start)} to {_clock(end)}{' the next day' if end > DAY else ''}" for start, end in hours]
    if len(said) > _MOST_NAMED:
        said[_MOST_NAMED:] = ["others"]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}" if said else ""


def _said(source: Source, hours: Hours, day: Day) -> str:
    """What decides the hours of a day, and what they are."""
    date = _date(day)
    if hours:
        begin = f"An override gives {date}" if source == "override" else f"{date} has"
        return f"{begin} the hours {_hours(hours)}."
    closed: dict[Source, str] = {
        "override": f"An override closes {date}.",
        "holiday": f"{date} is a public holiday, and the business is closed.",
        "hours": f"There are no working hours on {date}.",
    }
    return closed[source]


def _length(minutes: int) -> str:
    days, rest = divmod(minutes, DAY)
    hours, rest = divmod(rest, 60)
    if days and not hours and not rest:
        return "1 day" if days == 1 else f"{days} days"
    parts = [f"{days * 24 + hours} h"] if days or hours else []
    return " ".join([*parts, f"{rest} min"] if rest or not parts else parts)
