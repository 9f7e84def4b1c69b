"""Moments and lengths as calendars write them: days, floating times, UTC, and times of zones by any name."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol
from zoneinfo import ZoneInfo, available_timezones

from services.availability.domain.ics.lines import Component, Property
from services.availability.domain.ics.recurrence import Budget, Rule

_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DATE_TIME: Final = re.compile(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})?(Z?)")
_LENGTH: Final = re.compile(r"\+?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?")
_OFFSET: Final = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?")
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock's reading has no zone
_LEAP_SECOND: Final = 60
_LONGEST_NAME: Final = 120
# What a zone and each of its parts cost, in days looked at: there may be thousands of them.
_PER_ZONE: Final = 20


class Clocks(Protocol):
    """The clocks of a place: which instant they mean by a reading."""

    def instant(self, wall: datetime) -> int:
        """Seconds since the epoch. Of two passes the first; what the clocks skip counts on from before."""


@dataclass(frozen=True, slots=True)
class Named:
    """A place that the tz database knows."""

    zone: ZoneInfo

    def instant(self, wall: datetime) -> int:
        return int(wall.replace(tzinfo=self.zone).timestamp())


class _Utc:
    def instant(self, wall: datetime) -> int:
        return int((wall - _EPOCH).total_seconds())


class Described:
    """A place that the file itself describes, change by change."""

    def __init__(self, changes: Iterable[tuple[datetime, int, int]]) -> None:
        """Each change: when, by the clocks before it, and the seconds from UTC before and after it."""
        # A reading belongs to what is after a change only once it comes in no other way.
        ordered = sorted((when + timedelta(seconds=max(0, after - before)), before, after)
                         for when, before, after in changes)  # fmt: skip
        self._from = [when for when, _, _ in ordered]
        self._offsets = [ordered[0][1], *(after for _, _, after in ordered)]

    def instant(self, wall: datetime) -> int:
        return int((wall - _EPOCH).total_seconds()) - self._offsets[bisect_right(self._from, wall)]


GREENWICH: Final[Clocks] = _Utc()


@dataclass(frozen=True, slots=True)
class Moment:
    """A reading of some place's clocks; a day begins with its midnight."""

    wall: datetime
    clocks: Clocks
    is_day: bool = False

    @property
    def instant(self) -> int:
        return self.clocks.instant(self.wall)


@dataclass(frozen=True, slots=True)
class Length:
    """Days by the calendar, then seconds that really pass."""

    days: int = 0
    seconds: int = 0

    def after(self, start: Moment) -> int:
        """The instant at which it is over."""
        return start.clocks.instant(start.wall + timedelta(days=self.days)) + self.seconds

    @property
    def about(self) -> timedelta:
        return timedelta(days=self.days, seconds=self.seconds)


@dataclass(frozen=True)
class Zones:
    """How the file's names of zones are to be read. What floats, and whole days, are the business's own."""

    own: Clocks
    described: Mapping[str, Clocks]

    def moment(self, line: Property) -> Moment:
        """What the line says, or a ValueError."""
        return self.read(line.value.strip(), line.parameters)

    def moments(self, line: Property) -> list[Moment]:
        return [self.read(text.strip(), line.parameters) for text in line.value.split(",") if text.strip()]

    def read(self, text: str, parameters: Mapping[str, str]) -> Moment:
        if (day := _DATE.fullmatch(text)) is not None:
            return Moment(datetime(int(day[1]), int(day[2]), int(day[3])), self.own, is_day=True)  # noqa: DTZ001
        if (parts := _DATE_TIME.fullmatch(text)) is None:
            raise ValueError("neither a day nor a time")
        year, month, day_, hour, minute = (int(part) for part in parts.groups()[:5])
        second = int(parts[6] or 0)
        wall = datetime(year, month, day_, hour, minute, second - (second == _LEAP_SECOND))  # noqa: DTZ001
        return Moment(wall, GREENWICH if parts[7] else self._clocks(parameters.get("TZID", "")))

    def _clocks(self, name: str) -> Clocks:
        if not name:
            return self.own
        if (zone := known_zone(name)) is not None:
            return Named(zone)
        return self.described.get(name, self.own)


def known_zone(name: str) -> ZoneInfo | None:
    """A zone of the tz database, by its own name, a longer one that ends with it, or the one that Windows has for it."""
    return _known_zone(name) if len(name) <= _LONGEST_NAME else None


@lru_cache(maxsize=1024)
def _known_zone(name: str) -> ZoneInfo | None:
    known = _zone_names()
    parts = name.strip().split("/")
    for count in range(min(3, len(parts)), 0, -1):
        if (tail := "/".join(parts[-count:])) in known and (count > 1 or len(parts) == 1):
            return ZoneInfo(tail)
    # Loaded when it is first needed: most contexts' processes never are asked.
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415

    windows = WINDOWS_TO_OLSON.get(name.strip())
    return ZoneInfo(windows) if windows in known else None


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def length(text: str) -> Length:
    """A DURATION, or a ValueError; none is negative."""
    parts = _LENGTH.fullmatch(text.strip())
    if parts is None or not any(parts.groups()):
        raise ValueError("not a length")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return Length(weeks * 7 + days, hours * 3600 + minutes * 60 + seconds)


def described(part: Component, first: datetime, last: datetime, budget: Budget) -> tuple[str, Clocks] | None:
    """A VTIMEZONE's name and clocks, right between two readings; none where it says nothing that can be read.

    Where it takes too long to find out, TooMuch: by other clocks than these, all its times would be wrong.
    """
    name = part.first("TZID")
    budget.begin()
    budget.spend(_PER_ZONE)
    try:
        changes = [change for observance in part.parts for change in _changes(observance, first, last, budget)]
        if name is None or not changes or not part.is_whole:
            return None
        location = part.first("X-LIC-LOCATION")
        zone = None if location is None else known_zone(location.value)
        return name.value.strip(), Described(changes) if zone is None else Named(zone)
    except (ValueError, OverflowError):
        return None


def _changes(part: Component, first: datetime, last: datetime, budget: Budget) -> Iterable[tuple[datetime, int, int]]:
    before, after = _offset(part.first("TZOFFSETFROM")), _offset(part.first("TZOFFSETTO"))
    floating = Zones(GREENWICH, {})
    begin = part.first("DTSTART")
    if begin is None or not part.is_whole:
        raise ValueError("a change without a time")
    budget.spend(_PER_ZONE)
    start = floating.moment(begin).wall
    yield start, before, after
    for line in part.all("RDATE"):
        budget.spend(line.value.count(",") + 1)
        yield from ((moment.wall, before, after) for moment in floating.moments(line))
    for line in part.all("RRULE"):
        rule = Rule.read(line.value)
        until = None
        if rule.until:
            moment = floating.read(rule.until, {})
            # An end in UTC, by the clocks before the change.
            until = moment.wall + timedelta(seconds=before if rule.until.endswith("Z") else 0)
        for when in rule.occurrences(start, max(start, first), last, budget):
            budget.spend(1)
            if until is None or when <= until:
                yield when, before, after


def _offset(line: Property | None) -> int:
    parts = None if line is None else _OFFSET.fullmatch(line.value.strip())
    if parts is None:
        raise ValueError("not a distance from UTC")
    seconds = int(parts[2]) * 3600 + int(parts[3]) * 60 + int(parts[4] or 0)
    return -seconds if parts[1] == "-" else seconds


def wall_at(instant: int) -> datetime:
    """What a clock at Greenwich reads; within a day of any other's."""
    return datetime.fromtimestamp(instant, UTC).replace(tzinfo=None)


def day_of(moment: Moment) -> date:
    return moment.wall.date()
