"""The slots once more, slow and obviously right: each rule is asked of each minute, and the clock of each instant."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.availability.domain.facts import Block, Facts, Minute, Override, Person, Window

_MIDNIGHT = datetime.min.time()
_A_DAY = timedelta(days=1)


@lru_cache(maxsize=1 << 18)
def wall(zone: ZoneInfo, minute: Minute) -> datetime:
    """What the local clock shows."""
    return datetime.fromtimestamp(minute * 60, zone).replace(tzinfo=None)


def around(first: date, last: date) -> range:
    """All minutes that may belong to these days anywhere on earth."""
    epoch = date(1970, 1, 1)
    return range(((first - epoch).days - 1) * 1440, ((last - epoch).days + 2) * 1440)


def passes(zone: ZoneInfo, reading: datetime) -> list[Minute]:
    """Every minute at which the clock shows this reading: it is asked with each offset that it has around then."""
    near = around(reading.date(), reading.date())
    naive = round((reading - datetime(1970, 1, 1)).total_seconds() / 60)  # noqa: DTZ001 - a wall clock has no zone
    offsets = {datetime.fromtimestamp(at * 60, zone).utcoffset() for at in (near[0], *near[::180], near[-1])}
    found = {naive - round(offset.total_seconds() / 60) for offset in offsets if offset is not None}
    return sorted(at for at in found if wall(zone, at) == reading)


def edge(zone: ZoneInfo, reading: datetime, which: int) -> Minute:
    """The first (0) or last (-1) pass of a reading; where there is none, the first minute that shows a later one."""
    found = passes(zone, reading)
    if found:
        return found[which]
    return next(at for at in around(reading.date(), reading.date()) if wall(zone, at) > reading)


def covers(zone: ZoneInfo, block: Block) -> tuple[Minute, Minute]:
    start_midnight, end_midnight = (datetime.combine(day, _MIDNIGHT) for day in (block.start_day, block.end_day))
    start = edge(zone, start_midnight + timedelta(minutes=block.start_minute or 0), 0)
    if block.end_minute is None:
        of_the_day = [
            at for at in around(block.end_day, block.end_day) if wall(zone, at).date() == block.end_day
        ]  # fmt: skip
        return start, of_the_day[-1] + 1 if of_the_day else edge(zone, end_midnight, -1)
    return start, edge(zone, end_midnight + timedelta(minutes=block.end_minute), -1)


def windows_of(facts: Facts, person: Person, day: date) -> list[Window]:
    """The windows that count on a day, as they were written down."""

    def is_of_that_day(override: Override) -> bool:
        return override.day == day and override.staff_id in (None, person.id)

    overrides = [override for override in facts.overrides if is_of_that_day(override)]
    if any(not override.windows for override in overrides):
        return []
    for owner in (person.id, None):
        theirs = [override for override in overrides if override.staff_id == owner]
        if theirs:
            return [window for override in theirs for window in override.windows]
    if day in facts.closed_days:
        return []
    in_force = [
        rule
        for rule in facts.rules
        if (rule.valid_from is None or rule.valid_from <= day) and (rule.valid_until is None or day <= rule.valid_until)
    ]
    own = [rule for rule in in_force if rule.staff_id == person.id]
    everybodys = [rule for rule in in_force if rule.staff_id is None]
    return [rule.window for rule in own or everybodys if rule.weekday == day.isoweekday() % 7]


@dataclass
class Reference:
    """The rules, asked about one minute at a time; `first` and `last` only bound what is looked at."""

    facts: Facts
    first: date
    last: date
    now: float

    def __post_init__(self) -> None:
        facts = self.facts
        self.minutes = around(self.first, self.last)
        self.blocks = [(block.staff_id, covers(facts.zone, block)) for block in facts.blocks]
        self.open_until = {person.id: self._open_until(person) for person in facts.people}
        self.grid = {person.id: dict(self._grid(person)) for person in facts.people}

    def is_in(self, minutes: dict[date, set[int]], at: Minute) -> bool:
        """Whether the clock shows one of the day's minutes then, or one of the day before, which may run over."""
        reading = wall(self.facts.zone, at)
        day, minute = reading.date(), reading.hour * 60 + reading.minute
        return minute in minutes[day] or minute + 1440 in minutes[day - _A_DAY]

    def can_do(self, person: Person, start: Minute) -> bool:
        offer = self.facts.offer
        if not self.is_in(self.grid[person.id], start):
            return False
        is_open = self.open_until[person.id].get(start, start) >= start + offer.duration
        needed = range(start - offer.before, start + offer.duration + offer.after)
        blocks = [span for staff_id, span in self.blocks if staff_id in (None, person.id)]
        return is_open and not any(
            low <= minute < high
            for low, high in [*person.taken, *blocks]
            if low < needed.stop and high > needed.start
            for minute in needed
        )  # fmt: skip

    def may_be_sold(self, start: Minute) -> bool:
        """What has nothing to do with anybody's hours."""
        offer, zone = self.facts.offer, self.facts.zone
        day = wall(zone, start).date()
        today = datetime.fromtimestamp(self.now, zone).date()
        sold = sum(wall(zone, other).date() == day for other in self.facts.sold)
        return (
            start * 60 >= self.now + offer.notice * 60
            and (day - today).days <= offer.window_days
            and (offer.max_per_day is None or sold < offer.max_per_day)
        )

    def staff(self, start: Minute) -> list[str]:
        """Who can do it, fewest jobs that day first."""
        free = [
            (self.jobs_that_day(person, start), place, person.id)
            for place, person in enumerate(self.facts.people)
            if self.can_do(person, start) and self.may_be_sold(start)
        ]
        return [staff_id for _, _, staff_id in sorted(free)]

    def jobs_that_day(self, person: Person, start: Minute) -> int:
        zone = self.facts.zone
        return sum(wall(zone, job).date() == wall(zone, start).date() for job in person.jobs)

    def starts(self) -> list[Minute]:
        return [
            minute
            for minute in self.minutes
            if self.first <= wall(self.facts.zone, minute).date() <= self.last and self.staff(minute)
        ]

    def _days(self) -> list[date]:
        tail = self.facts.offer.duration // 1440 + 5
        return [self.first + timedelta(days=days) for days in range(-4, (self.last - self.first).days + tail)]

    def _open_minutes(self, person: Person, day: date) -> set[int]:
        windows = windows_of(self.facts, person, day)
        return {minute for window in windows for minute in range(window.start, window.end)}

    def _open_until(self, person: Person) -> dict[Minute, Minute]:
        """For each minute that somebody works: the first one after it that is free time."""
        windows = {day: self._open_minutes(person, day) for day in self._days()}
        found: dict[Minute, Minute] = {}
        for minute in reversed(range(self.minutes.start, self.minutes.stop + self.facts.offer.duration)):
            if self.is_in(windows, minute):
                found[minute] = found.get(minute + 1, minute + 1)
        return found

    def _grid(self, person: Person) -> Iterator[tuple[date, set[int]]]:
        """Per day the wall clock's minutes, since its midnight, at which a job may start."""
        for day in self._days():
            minutes = self._open_minutes(person, day)
            starts: set[int] = set()
            for begin in (minute for minute in minutes if minute - 1 not in minutes):
                at = begin
                while at in minutes:
                    if (at - begin) % self.facts.offer.step == 0:
                        starts.add(at)
                    at += 1
            yield day, starts
