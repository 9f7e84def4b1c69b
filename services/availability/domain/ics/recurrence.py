"""What comes again: an RRULE's occurrences by the wall clock, between two readings, at a bounded cost.

Each period (a year, a month, a week, a day) is looked at day by day. Only the periods between the two readings are
visited, wherever the rule began, unless it is limited by a number of times.
"""

import calendar
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count, product
from typing import Final, Literal, TypeAlias

Frequency: TypeAlias = Literal["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]

_FREQUENCIES: Final[dict[str, Frequency]] = {
    "YEARLY": "YEARLY",
    "MONTHLY": "MONTHLY",
    "WEEKLY": "WEEKLY",
    "DAILY": "DAILY",
    "HOURLY": "HOURLY",
    "MINUTELY": "MINUTELY",
    "SECONDLY": "SECONDLY",
}
_SECONDS: Final = {"HOURLY": 3600, "MINUTELY": 60, "SECONDLY": 1}
_SIZES: Final = {"WEEKLY": 7 * 86_400, "DAILY": 86_400, **_SECONDS}
# Longer than any calendar looks ahead.
_AGES: Final = 86_400 * 365 * 1000
_WEEKDAYS: Final = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_DAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER: Final = re.compile(r"[+-]?\d{1,10}")
# The lists of numbers: the smallest and the largest of each, and whether one may count from the end.
_LISTS: Final = {
    "BYMONTH": ("months", 1, 12, False),
    "BYWEEKNO": ("weeks", 1, 53, True),
    "BYYEARDAY": ("year_days", 1, 366, True),
    "BYMONTHDAY": ("month_days", 1, 31, True),
    "BYHOUR": ("hours", 0, 23, False),
    "BYMINUTE": ("minutes", 0, 59, False),
    "BYSECOND": ("seconds", 0, 60, False),
    "BYSETPOS": ("positions", 1, 366, True),
}
_LONGEST_LIST: Final = 400
_LONGEST_RULE: Final = 2000


class TooMuch(Exception):  # noqa: N818 - named by what happened
    """The work is not worth it."""


@dataclass(slots=True)
class Budget:
    """How many days and times may be looked at: for all rules of a file, and for each."""

    left: int = 1_000_000
    each: int = 100_000
    _of_this: int = field(init=False)

    def __post_init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """The next rule."""
        self._of_this = self.each

    def spend(self, steps: int) -> None:
        self.left -= steps
        self._of_this -= steps
        if self.left < 0 or self._of_this < 0:
            raise TooMuch

    @property
    def is_spent(self) -> bool:
        return self.left < 0


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE taken apart."""

    frequency: Frequency
    interval: int = 1
    times: int | None = None
    # As it was written, for it is read by the clocks of the event.
    until: str | None = None
    months: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    # Which one of the month or year (0: each), and the weekday from Monday on.
    days: frozenset[tuple[int, int]] = frozenset()
    hours: frozenset[int] = frozenset()
    minutes: frozenset[int] = frozenset()
    seconds: frozenset[int] = frozenset()
    positions: frozenset[int] = frozenset()
    week_start: int = 0

    @classmethod
    def read(cls, text: str) -> "Rule":
        """The rule, or a ValueError. What is not known may change everything, so it is refused, too."""
        if len(text) > _LONGEST_RULE:
            raise ValueError("a rule that long")
        parts = dict(_pair(part) for part in text.strip().upper().split(";") if part)
        facts: dict[str, frozenset[int]] = {}
        for name, (key, smallest, largest, may_be_negative) in _LISTS.items():
            if name in parts:
                facts[key] = _numbers(parts.pop(name), smallest, largest, may_be_negative=may_be_negative)
        rule = cls(
            frequency=_frequency(parts.pop("FREQ", "")),
            interval=_number(parts.pop("INTERVAL", "1"), 1, 100_000),
            times=_number(parts.pop("COUNT"), 1, 10**10) if "COUNT" in parts else None,
            until=parts.pop("UNTIL", None),
            days=frozenset(_weekday(part) for part in parts.pop("BYDAY").split(","))
            if "BYDAY" in parts
            else frozenset(),
            week_start=_weekday(parts.pop("WKST", "MO"))[1],
            **facts,
        )
        if parts or (rule.positions and rule.frequency in _SECONDS):
            raise ValueError("a rule that is not understood")
        return rule

    def occurrences(self, start: datetime, first: datetime, last: datetime, budget: Budget) -> Iterator[datetime]:
        """The readings from one to another, both included, in order, beginning with the start, which always counts."""
        if first <= start <= last:
            yield start
        left = self.times
        if left is not None and (size := self._size) is not None:
            # So many equal steps have an end that can be told, and those before the first reading need no counting.
            last = min(last, start + timedelta(seconds=min((left - 1) * size, _AGES)))
            left = None
        if left is not None:
            left -= 1
        began = first if left is None else start
        for wall in self._found(start, began, last, budget):
            if wall <= start:
                continue
            if wall > last or (left is not None and left <= 0):
                return
            if left is not None:
                left -= 1
            if wall >= first:
                yield wall

    @property
    def _size(self) -> int | None:
        """The seconds from one to the next, where there is nothing more to the rule."""
        is_plain = not (
            self.months or self.weeks or self.year_days or self.month_days or self.days
            or self.hours or self.minutes or self.seconds or self.positions
        )  # fmt: skip
        return _SIZES[self.frequency] * self.interval if is_plain and self.frequency in _SIZES else None

    def _found(self, start: datetime, first: datetime, last: datetime, budget: Budget) -> Iterator[datetime]:
        """At least all that lies between two readings, and nothing that the rule does not say."""
        is_wanted = self._filter(start)
        if self.frequency in _SECONDS:
            yield from self._within_days(start, max(first, start), last, is_wanted, budget)
            return
        # Before they are written down: a day has 86,400 of them.
        budget.spend(max(1, len(self.hours)) * max(1, len(self.minutes)) * max(1, len(self.seconds)))
        readings = [
            time(hour, minute, min(second, 59))
            for hour, minute, second in product(
                sorted(self.hours or {start.hour}),
                sorted(self.minutes or {start.minute}),
                sorted(self.seconds or {start.second}),
            )
        ]
        for days in self._periods(start, first, last):
            budget.spend(len(days))
            wanted = [day for day in days if is_wanted(day)]
            budget.spend(len(wanted) * len(readings))
            found = [datetime.combine(day, reading) for day in wanted for reading in readings]
            yield from self._positioned(found)

    def _positioned(self, found: list[datetime]) -> list[datetime]:
        if not self.positions:
            return found
        size = len(found)
        places = {place - 1 if place > 0 else size + place for place in self.positions}
        return [found[place] for place in sorted(places) if 0 <= place < size]

    def _periods(self, start: datetime, first: datetime, last: datetime) -> Iterator[list[date]]:
        """The days of each period that the rule looks at, from the one that holds the first reading on."""
        step = self.interval
        end = last.date()
        if self.frequency == "YEARLY":
            skipped = max(0, first.year - start.year) // step
            for year in range(start.year + skipped * step, end.year + 1, step):
                yield self._year(year)
        elif self.frequency == "MONTHLY":
            begin = start.year * 12 + start.month - 1
            skipped = max(0, first.year * 12 + first.month - 1 - begin) // step
            for month in range(begin + skipped * step, end.year * 12 + end.month, step):
                yield _month(month // 12, month % 12 + 1)
        else:
            size = 7 if self.frequency == "WEEKLY" else 1
            day = start.date().toordinal()
            begin = day - (start.weekday() - self.week_start) % 7 if size > 1 else day
            skipped = max(0, first.date().toordinal() - begin) // (size * step)
            for ordinal in range(begin + skipped * size * step, end.toordinal() + 1, size * step):
                yield [date.fromordinal(ordinal + more) for more in range(size)]

    def _year(self, year: int) -> list[date]:
        months: Iterable[int] = range(1, 13)
        if self.months:
            months = [month for month in months if month in self.months]
        return [day for month in months for day in _month(year, month)]

    def _within_days(
        self, start: datetime, first: datetime, last: datetime, is_wanted: Callable[[date], bool], budget: Budget
    ) -> Iterator[datetime]:
        """By the hour, minute or second: every so many of them, where the day and the time are wanted."""
        unit = _SECONDS[self.frequency]
        step = unit * self.interval
        # What begins an hour or minute; what lies within it is either the start's or listed.
        base = start.replace(second=0) if unit > 1 else start
        base = base.replace(minute=0) if unit > _SECONDS["MINUTELY"] else base
        inner = [
            timedelta(minutes=minute, seconds=min(second, 59))
            for minute, second in product(
                sorted(self.minutes or {start.minute}) if unit > _SECONDS["MINUTELY"] else [0],
                sorted(self.seconds or {start.second}) if unit > 1 else [0],
            )
        ]
        day = first.date()
        while day <= last.date():
            budget.spend(1)
            if is_wanted(day):
                begin = max(datetime.combine(day, time()), first - timedelta(seconds=unit))
                skipped = max(0, -int((base - begin).total_seconds()) + step - 1) // step
                for number in count(skipped):
                    wall = base + timedelta(seconds=number * step)
                    if wall.date() > day:
                        break
                    budget.spend(1)
                    if self._is_timely(wall, unit):
                        budget.spend(len(inner))
                        yield from (wall + part for part in inner)
            day += timedelta(days=1)

    def _is_timely(self, wall: datetime, unit: int) -> bool:
        return (
            (not self.hours or wall.hour in self.hours)
            and (unit > _SECONDS["MINUTELY"] or not self.minutes or wall.minute in self.minutes)
            and (unit > 1 or not self.seconds or wall.second in self.seconds)
        )

    def _filter(self, start: datetime) -> Callable[[date], bool]:
        """Whether a day is one that the rule means; what it leaves open is as at the start."""
        months, month_days, days = self._days_meant(start)
        each = frozenset(weekday for place, weekday in days if not place or self.frequency not in ("YEARLY", "MONTHLY"))
        placed = frozenset(pair for pair in days if pair[0] and self.frequency in ("YEARLY", "MONTHLY"))
        is_by_month = self.frequency == "MONTHLY" or bool(months)

        def is_wanted(day: date) -> bool:
            if months and day.month not in months:
                return False
            if days and day.weekday() not in each and not (placed and _is_placed(day, placed, by_month=is_by_month)):
                return False
            if month_days and month_days.isdisjoint((day.day, day.day - _month_length(day) - 1)):
                return False
            if self.year_days and self.year_days.isdisjoint(_places_in_year(day)):
                return False
            return not self.weeks or not self.weeks.isdisjoint(_week_numbers(day, self.week_start))

        return is_wanted

    def _days_meant(self, start: datetime) -> tuple[frozenset[int], frozenset[int], frozenset[tuple[int, int]]]:
        """Months, days of the month, weekdays."""
        months, month_days, days = self.months, self.month_days, self.days
        if self.year_days or month_days or days:
            return months, month_days, days
        if self.weeks or self.frequency == "WEEKLY":
            return months, month_days, frozenset({(0, start.weekday())})
        if self.frequency == "YEARLY":
            return months or frozenset({start.month}), frozenset({start.day}), days
        return months, frozenset({start.day}) if self.frequency == "MONTHLY" else month_days, days


def _frequency(text: str) -> Frequency:
    if text not in _FREQUENCIES:
        raise ValueError("a rule without a frequency")
    return _FREQUENCIES[text]


def _pair(part: str) -> tuple[str, str]:
    name, mark, value = part.partition("=")
    if not mark:
        raise ValueError("a part without a value")
    return name.strip(), value.strip()


def _number(text: str, smallest: int, largest: int) -> int:
    if _NUMBER.fullmatch(text) is None or not smallest <= int(text) <= largest:
        raise ValueError("a number out of bounds")
    return int(text)


def _numbers(text: str, smallest: int, largest: int, *, may_be_negative: bool) -> frozenset[int]:
    parts = text.split(",")
    if len(parts) > _LONGEST_LIST:
        raise ValueError("a list that long")
    numbers = frozenset(_number(part.strip(), -largest, largest) for part in parts)
    if any(abs(number) < smallest or (number < 0 and not may_be_negative) for number in numbers):
        raise ValueError("a number out of bounds")
    return numbers


def _weekday(text: str) -> tuple[int, int]:
    parts = _DAY.fullmatch(text.strip())
    if parts is None:
        raise ValueError("not a weekday")
    return int(parts[1] or 0), _WEEKDAYS[parts[2]]


def _month(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1)]


def _month_length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _places_in_year(day: date) -> tuple[int, int]:
    """The how manieth day of its year, from the beginning and from the end."""
    place = day.timetuple().tm_yday
    return place, place - (366 if calendar.isleap(day.year) else 365) - 1


def _is_placed(day: date, wanted: frozenset[tuple[int, int]], *, by_month: bool) -> bool:
    """Whether it is, say, the second or the last but one such weekday of its month, or year."""
    place, back = (day.day, day.day - _month_length(day) - 1) if by_month else _places_in_year(day)
    weekday = day.weekday()
    return ((place + 6) // 7, weekday) in wanted or (-((6 - back) // 7), weekday) in wanted


def _week_numbers(day: date, week_start: int) -> tuple[int, int]:
    """The number of its week, from the year's beginning and from its end; a week belongs where most of it lies."""
    begin = day - timedelta(days=(day.weekday() - week_start) % 7)
    year = (begin + timedelta(days=3)).year
    number = (begin - _first_week(year, week_start)).days // 7 + 1
    weeks = (_first_week(year + 1, week_start) - _first_week(year, week_start)).days // 7
    return number, number - weeks - 1


def _first_week(year: int, week_start: int) -> date:
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=(fourth.weekday() - week_start) % 7)
