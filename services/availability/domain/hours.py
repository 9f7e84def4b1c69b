"""Which hours a person keeps on a day, by the wall clock: the week, its exceptions, and which of them counts."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from operator import ge
from typing import Final, Literal, TypeAlias

from services.availability.domain.days import Day, day_of
from services.availability.domain.facts import Facts, Override, Rule, Span

# Minutes after the day's midnight; in order, and apart from one another.
Hours: TypeAlias = tuple[Span, ...]
Source: TypeAlias = Literal["hours", "override", "holiday"]
# 1970 began with a Thursday, and a week with a Sunday.
_EPOCH_WEEKDAY: Final = 4
_EVER: Final = (-(10**9), 10**9)
_NONE: Final[Hours] = ()


def merged(spans: Collection[Span]) -> list[Span]:
    """Sorted, and what touches or overlaps is one; empty ones are gone."""
    ordered = sorted(spans)
    if not ordered:
        return ordered
    starts, ends = zip(*ordered, strict=True)
    # As most are: apart already, which is seen in a quarter of the time that putting them together takes.
    if not any(map(ge, ends, starts[1:])) and not any(map(ge, starts, ends)):
        return ordered
    found: list[Span] = []
    low = high = -(10**15)
    for start, end in ordered:
        if start <= high:
            if end > high:  # noqa: PLR1730 - a call would cost more than all the rest
                high = end
        elif end > start:
            if high > low:
                found.append((low, high))
            low, high = start, end
    if high > low:
        found.append((low, high))
    return found


class Calendar:
    """The hours of everybody, on any day."""

    def __init__(self, facts: Facts) -> None:
        self._rules: defaultdict[tuple[str | None, int], list[Rule]] = defaultdict(list)
        for rule in facts.rules:
            self._rules[rule.staff_id, rule.weekday].append(rule)
        self._exceptions = _exceptions(facts.overrides)
        self._closed = {day_of(day) for day in facts.closed_days}
        self._special = {staff_id for staff_id, _ in (*self._rules, *self._exceptions)}
        self._weekdays: dict[tuple[str | None, int], list[tuple[Day, Day, Hours]]] = {}
        self._in_force: dict[str | None, list[Span]] = {}

    def owner(self, staff_id: str | None) -> str | None:
        """Whose calendar a person goes by: one's own, or that of all (None) where one has nothing of one's own."""
        return staff_id if staff_id in self._special else None

    def hours(self, owner: str | None, day: Day) -> Hours:
        if self._exceptions:
            exception = self._exception(owner, day)
            if exception is not None:
                return exception
        return _NONE if day in self._closed else self._usual(owner, day)

    def source(self, owner: str | None, day: Day) -> Source:
        """What decides the hours of the day."""
        if self._exception(owner, day) is not None:
            return "override"
        return "holiday" if day in self._closed else "hours"

    def _usual(self, owner: str | None, day: Day) -> Hours:
        if owner is not None and not self._has_own_week(owner, day):
            owner = None
        weekday = (day + _EPOCH_WEEKDAY) % 7
        periods = self._weekdays.get((owner, weekday))
        if periods is None:
            periods = self._weekdays[owner, weekday] = _periods(self._rules.get((owner, weekday), ()))
        found = [hours for since, until, hours in periods if since <= day < until]
        if len(found) == 1:
            return found[0]
        return tuple(merged([window for hours in found for window in hours]))

    def _has_own_week(self, owner: str, day: Day) -> bool:
        """Whether any rule of one's own holds on that date, be it for another weekday."""
        in_force = self._in_force.get(owner)
        if in_force is None:
            in_force = self._in_force[owner] = merged(
                {_period(rule) for weekday in range(7) for rule in self._rules.get((owner, weekday), ())}
            )
        at = bisect_left(in_force, (day + 1,)) - 1
        return at >= 0 and day < in_force[at][1]

    def _exception(self, owner: str | None, day: Day) -> Hours | None:
        own, everybodys = self._exceptions.get((owner, day)), self._exceptions.get((None, day))
        if _NONE in (own, everybodys):
            return _NONE
        return everybodys if own is None else own


def _period(rule: Rule) -> Span:
    """The days on which a rule holds, from the first up to, and without, the second."""
    return (
        _EVER[0] if rule.valid_from is None else day_of(rule.valid_from),
        _EVER[1] if rule.valid_until is None else day_of(rule.valid_until) + 1,
    )


def _periods(rules: Sequence[Rule]) -> list[tuple[Day, Day, Hours]]:
    """The hours that one weekday has in each period."""
    if len(rules) == 1:
        window = rules[0].window
        return [(*_period(rules[0]), ((window.start, window.end),))]
    windows: defaultdict[Span, list[Span]] = defaultdict(list)
    for rule in rules:
        windows[_period(rule)].append((rule.window.start, rule.window.end))
    return [(since, until, tuple(merged(found))) for (since, until), found in windows.items()]


def _exceptions(overrides: Sequence[Override]) -> dict[tuple[str | None, Day], Hours]:
    windows: defaultdict[tuple[str | None, Day], list[Span]] = defaultdict(list)
    closed: set[tuple[str | None, Day]] = set()
    for override in overrides:
        of = (override.staff_id, day_of(override.day))
        if not override.windows:
            closed.add(of)
        windows[of].extend((window.start, window.end) for window in override.windows)
    return {of: _NONE if of in closed else tuple(merged(found)) for of, found in windows.items()}
