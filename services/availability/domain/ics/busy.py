"""When somebody is busy, by the calendar they keep elsewhere."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Final

from services.availability.domain.facts import Minute, Span
from services.availability.domain.ics import times
from services.availability.domain.ics.lines import Component, NotACalendar, Property, components
from services.availability.domain.ics.recurrence import Budget, Rule, TooMuch
from services.availability.domain.ics.times import Clocks, Length, Moment, Zones

__all__ = ["AT_MOST", "Busy", "NotACalendar", "TooMuch", "busy_times", "pieces"]

# As many times as are kept of one calendar, the nearest first.
AT_MOST: Final = 5_000
_A_DAY: Final = 1440
_AROUND: Final = timedelta(days=2)
# The changes of clocks that a file describes are needed for what begins before the first day, too.
_CLOCKS_BEFORE: Final = timedelta(days=800)
_RULES_PER_EVENT: Final = 10
# What an occurrence costs, in days looked at.
_PER_OCCURRENCE: Final = 5
_PER_DATE: Final = 3


@dataclass(frozen=True, slots=True)
class Busy:
    """What a calendar says of some days."""

    # Merged and in order, in whole minutes, which cover what is said to the second.
    spans: Sequence[Span]
    # How many appointments these days hold.
    events: int
    # What could not be read, or not all of it.
    skipped: int
    # Whether there were more than are kept.
    is_cut: bool = False


@dataclass(slots=True)
class _Event:
    """One VEVENT, read."""

    uid: str
    start: Moment
    length: Length
    is_busy: bool
    sequence: int
    rules: list[Rule]
    more: list[tuple[Moment, Length]]
    without: frozenset[int]
    without_days: frozenset[date]
    instead_of: Moment | None
    is_future_too: bool


@dataclass(slots=True)
class _Series:
    """What has one UID: the appointment, and what differs in some of its occurrences."""

    masters: list[_Event] = field(default_factory=list)
    changes: list[_Event] = field(default_factory=list)


class _Changes:
    """What differs in some occurrences of an appointment: of each, the newest word counts."""

    def __init__(self, changes: Iterable[_Event]) -> None:
        by_place = {place: change for change in changes if (place := change.instead_of) is not None}
        self.each = list(by_place.values())
        self._instants = {place.instant for place in by_place}
        self._days = {times.day_of(place) for place in by_place}
        self._written_days = {times.day_of(place) for place in by_place if place.is_day}
        # From an occurrence on, all that follow are otherwise.
        turns = {place.instant: change for place, change in by_place.items() if change.is_future_too}
        self._since = sorted(turns)
        self._turns = [turns[instant] for instant in self._since]
        self.margin = max((abs(_shift(turn)) + turn.length.about for turn in self._turns), default=timedelta())

    def has(self, start: Moment) -> bool:
        """Whether this occurrence is told of by itself."""
        days = self._days if start.is_day else self._written_days
        return start.instant in self._instants or times.day_of(start) in days

    def turn(self, instant: int) -> _Event | None:
        place = bisect_right(self._since, instant)
        return self._turns[place - 1] if place else None


class _Reading:
    """One pass over a file."""

    def __init__(self, own: Clocks, first: Minute, last: Minute) -> None:
        self.first, self.last = first * 60, last * 60
        self.earliest, self.latest = times.wall_at(self.first) - _AROUND, times.wall_at(self.last) + _AROUND
        self.budget = Budget()
        self.zones = Zones(own, {})
        self.skipped = 0

    def describe(self, parts: Iterable[Component]) -> None:
        since = self.earliest - _CLOCKS_BEFORE
        found = (times.described(part, since, self.latest, self.budget) for part in parts if part.name == "VTIMEZONE")
        self.zones = Zones(self.zones.own, dict(zone for zone in found if zone is not None))

    def found(self, parts: Sequence[Component], without: Collection[str]) -> Iterator[tuple[int, int]]:
        """Everything that can be read; of what takes too long, the nearest."""
        self.describe(parts)
        for part in parts:
            if part.name == "VFREEBUSY":
                self.budget.begin()
                yield from self._readable(_free_busy(part, self.zones))
        for uid, one in self._series(parts).items():
            if uid in without:
                continue
            self.budget.begin()
            yield from self._readable(self.times_of(one))

    def _readable(self, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        try:
            for span in spans:
                self.budget.spend(1)
                yield span
        except TooMuch:
            if self.budget.is_spent:
                raise
            self.skipped += 1
        except (ValueError, OverflowError):
            self.skipped += 1

    def _series(self, parts: Iterable[Component]) -> dict[str, _Series]:
        series: dict[str, _Series] = {}
        for number, part in enumerate(parts):
            if part.name != "VEVENT":
                continue
            self.budget.begin()
            try:
                self.budget.spend(_dates(part))
                event = _event(part, self.zones)
            except TooMuch:
                if self.budget.is_spent:
                    raise
                self.skipped += 1
                continue
            except (ValueError, OverflowError):
                self.skipped += 1
                continue
            # Without a name of its own, an appointment belongs to no other.
            one = series.setdefault(event.uid or f"\n{number}", _Series())
            (one.masters if event.instead_of is None else one.changes).append(event)
        return series

    def times_of(self, series: _Series) -> Iterator[tuple[int, int]]:
        """Instants from which and until which somebody is busy; an appointment that is moved is where it was moved to."""
        newest = max((event.sequence for event in series.masters), default=0)
        changes = _Changes(sorted(series.changes, key=lambda change: change.sequence))
        for event in series.masters:
            if event.sequence == newest:
                yield from self._occurrences(event, changes)
        for change in changes.each:
            if change.is_busy:
                yield change.start.instant, change.length.after(change.start)

    def _occurrences(self, event: _Event, changes: _Changes) -> Iterator[tuple[int, int]]:
        for start, length in self._starts(event, changes.margin):
            self.budget.spend(_PER_OCCURRENCE)
            instant = start.instant
            day = times.day_of(start)
            if instant in event.without or day in event.without_days or changes.has(start):
                continue
            turn = changes.turn(instant)
            if turn is None:
                if event.is_busy:
                    yield instant, length.after(start)
            elif turn.is_busy:
                there = Moment(start.wall + _shift(turn), turn.start.clocks)
                yield there.instant, turn.length.after(there)

    def _starts(self, event: _Event, margin: timedelta) -> Iterator[tuple[Moment, Length]]:
        """Every occurrence that may reach into the days, by the clocks of the appointment."""
        given = [(event.start, event.length), *event.more]
        seen = set()
        for start, length in given:
            seen.add(start.wall)
            yield start, length
        earliest = self.earliest - event.length.about - margin
        for rule in event.rules:
            self.budget.begin()
            until = _until(rule, event.start, self.zones)
            for wall in rule.occurrences(event.start.wall, earliest, self.latest + margin, self.budget):
                start = Moment(wall, event.start.clocks, event.start.is_day)
                if until is not None and start.instant > until:
                    break
                if wall not in seen:
                    seen.add(wall)
                    yield start, event.length


def busy_times(body: bytes, own: Clocks, first: Minute, last: Minute, *, without: Collection[str] = ()) -> Busy:
    """What the calendar says between two instants; `own` are the business's clocks, `without` UIDs to overlook.

    NotACalendar, or TooMuch where it would take too long to find out.
    """
    reading = _Reading(own, first, last)
    found = list(reading.found(components(body), without))
    inside = [
        (start // 60, -(-end // 60))
        for start, end in found
        if start < end and end > reading.first and start < reading.last
    ]
    spans = _merged(inside)
    return Busy(spans[:AT_MOST], len(inside), reading.skipped, is_cut=len(spans) > AT_MOST)


def pieces(spans: Iterable[Span], first: Minute, last: Minute) -> list[Span]:
    """None longer than a day. What is longer is cut where a day of UTC ends, so that the pieces stay the same tomorrow."""
    return list(chain.from_iterable(_cut(max(start, first), min(end, last)) for start, end in spans))


def _cut(start: Minute, end: Minute) -> Iterator[Span]:
    if end - start <= _A_DAY:
        yield start, end
        return
    while start < end:
        edge = min(end, (start // _A_DAY + 1) * _A_DAY)
        yield start, edge
        start = edge


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _dates(part: Component) -> int:
    """What it costs to read those that are listed."""
    lists = [*part.all("EXDATE"), *part.all("RDATE")]
    return 1 + sum(line.value.count(",") + 1 for line in lists) * _PER_DATE


def _event(part: Component, zones: Zones) -> _Event:
    begin, uid, instead = part.first("DTSTART"), part.first("UID"), part.first("RECURRENCE-ID")
    if begin is None or not part.is_whole:
        raise ValueError("an event without a start")
    start = zones.moment(begin)
    length = _length(part, start, zones)
    rules = [Rule.read(line.value) for line in part.all("RRULE")]
    if len(rules) > _RULES_PER_EVENT:
        raise ValueError("too many rules")
    except_for = [moment for line in part.all("EXDATE") for moment in zones.moments(line)]
    return _Event(
        uid=uid.value.strip() if uid else "",
        start=start,
        length=length,
        is_busy=(
            part.text("STATUS") != "CANCELLED"
            and part.text("TRANSP") != "TRANSPARENT"
            and part.text("X-MICROSOFT-CDO-BUSYSTATUS") != "FREE"
        ),
        sequence=_sequence(part.first("SEQUENCE")),
        rules=rules,
        more=[one for line in part.all("RDATE") for one in _more(line, length, zones)],
        without=frozenset(moment.instant for moment in except_for if not moment.is_day),
        without_days=frozenset(times.day_of(moment) for moment in except_for if moment.is_day or start.is_day),
        instead_of=None if instead is None else zones.moment(instead),
        is_future_too=instead is not None and instead.parameters.get("RANGE", "").upper() == "THISANDFUTURE",
    )


def _length(part: Component, start: Moment, zones: Zones) -> Length:
    """How long it lasts: of days, whole days; of a time with an end, what really passes; else as it says."""
    end, said = part.first("DTEND"), part.first("DURATION")
    if end is not None:
        moment = zones.moment(end)
        if start.is_day and moment.is_day:
            days = (moment.wall - start.wall).days
            if days < 0:
                raise ValueError("an end before its start")
            # Some programs end a day on itself.
            return Length(days=max(1, days))
        seconds = moment.instant - start.instant
        if seconds < 0:
            raise ValueError("an end before its start")
        return Length(seconds=seconds)
    if said is not None:
        return times.length(said.value)
    return Length(days=1) if start.is_day else Length()


def _more(line: Property, length: Length, zones: Zones) -> Iterator[tuple[Moment, Length]]:
    for text in line.value.split(","):
        begin, mark, end = text.strip().partition("/")
        start = zones.read(begin, line.parameters)
        yield start, _period_length(start, end, line, zones) if mark else length


def _period_length(start: Moment, end: str, line: Property, zones: Zones) -> Length:
    if end.startswith(("P", "+")):
        return times.length(end)
    return Length(seconds=max(0, zones.read(end, line.parameters).instant - start.instant))


def _free_busy(part: Component, zones: Zones) -> Iterator[tuple[int, int]]:
    if not part.is_whole:
        raise ValueError("a line that long")
    for line in part.all("FREEBUSY"):
        if line.parameters.get("FBTYPE", "BUSY").upper() == "FREE":
            continue
        for text in line.value.split(","):
            begin, _, end = text.strip().partition("/")
            start = zones.read(begin, line.parameters)
            yield start.instant, _period_length(start, end, line, zones).after(start)


def _sequence(line: Property | None) -> int:
    text = "" if line is None else line.value.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else 0  # noqa: PLR2004 - ten digits


def _shift(change: _Event) -> timedelta:
    """How far an occurrence was moved, by the wall clock where both are told by the same one."""
    if change.instead_of is None:
        return timedelta()
    if change.instead_of.clocks == change.start.clocks:
        return change.start.wall - change.instead_of.wall
    return timedelta(seconds=change.start.instant - change.instead_of.instant)


def _until(rule: Rule, start: Moment, zones: Zones) -> int | None:
    """The last instant at which the rule's occurrences begin."""
    if rule.until is None:
        return None
    end = zones.read(rule.until, {})
    if end.is_day:
        # The whole of that day, by the appointment's clocks.
        return start.clocks.instant(end.wall + timedelta(days=1)) - 1
    if end.clocks is times.GREENWICH:
        return end.instant
    return start.clocks.instant(end.wall)
