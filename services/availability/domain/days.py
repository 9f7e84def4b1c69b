"""Between a zone's wall clock and instants: which exist, which come twice, and where a local day begins and ends.

A day is a number here, counted from 1970-01-01; a wall reading is the minutes that a local clock has gone through since
the midnight of day 0, so that `reading // DAY` is its day. An offset is what the reading is ahead of the instant.
"""

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from services.availability.domain.facts import Minute, Span, Window

DAY: Final = 1440
Day: TypeAlias = int
Reading: TypeAlias = int

_EPOCH: Final = date(1970, 1, 1).toordinal()
# Zones are asked about instants that fit into a calendar everywhere on earth; beyond, the last answer holds.
_EARLIEST: Final = (date(1, 1, 3).toordinal() - _EPOCH) * DAY
_LATEST: Final = (date(9999, 12, 29).toordinal() - _EPOCH) * DAY
# Zones are learnt in pieces of some months, by a glance at the clock every day, and closer where it was changed. No zone
# has changed its clock and changed it back within a day since 1970.
_PIECE: Final = 64 * DAY
_GLANCE: Final = DAY


class Run(NamedTuple):
    """A time through which a zone's clock is not changed."""

    start: Minute
    end: Minute
    offset: int


def day_of(day: date) -> Day:
    return day.toordinal() - _EPOCH


def date_of(day: Day) -> date:
    """The nearest one that has a name: the years 1 to 9999 do."""
    return date.fromordinal(min(max(day + _EPOCH, 1), date.max.toordinal()))


@lru_cache(maxsize=8192)
def runs(zone: ZoneInfo, first: Day, last: Day) -> tuple[Run, ...]:
    """Everything that may belong to the local days from the first to the last, by constant offset; one run as a rule."""
    start, end = (first - 1) * DAY, (last + 2) * DAY
    changes: list[tuple[Minute, int]] = []
    for number in range(start // _PIECE, (end - 1) // _PIECE + 1):
        for at, offset in _piece(zone, number):
            if at >= end:
                break
            if at <= start:
                changes = [(start, offset)]
            elif changes[-1][1] != offset:
                changes.append((at, offset))
    return tuple(Run(at, until, offset) for (at, offset), (until, _) in pairwise([*changes, (end, 0)]))


def offset_at(zone: ZoneInfo, minute: Minute) -> int:
    day = minute // DAY
    found = runs(zone, day, day)
    if len(found) == 1:
        return found[0].offset
    return next(run.offset for run in reversed(found) if run.start <= minute)


def day_at(zone: ZoneInfo, minute: Minute) -> Day:
    """The local day that an instant belongs to."""
    return (minute + offset_at(zone, minute)) // DAY


def date_at(zone: ZoneInfo, minute: Minute) -> date:
    """The local date of an instant."""
    return date_of(day_at(zone, minute))


def days_at(found: tuple[Run, ...], minutes: Iterable[Minute]) -> list[Day]:
    """The local day of each instant, all of them within the runs."""
    if len(found) == 1:
        offset = found[0].offset
        return [(minute + offset) // DAY for minute in minutes]
    return [
        next((minute + offset) // DAY for start, _, offset in reversed(found) if start <= minute) for minute in minutes
    ]


def passes_of(zone: ZoneInfo, reading: Reading) -> list[Minute]:
    """The instants at which the local clock reads this: one, none where it skips it, two where it is put back."""
    day = reading // DAY
    return [reading - run.offset for run in runs(zone, day, day) if run.start <= reading - run.offset < run.end]


def passes(zone: ZoneInfo, day: date, minute: int) -> list[Minute]:
    """The instants at which the local clock reads so many minutes after the day's midnight: none, one or two."""
    return passes_of(zone, day_of(day) * DAY + minute)


def first_pass(zone: ZoneInfo, day: date, minute: int) -> Minute | None:
    """What somebody means who says a date and a time: the first pass of a time that comes twice."""
    return next(iter(passes(zone, day, minute)), None)


def bounds(zone: ZoneInfo, day: date) -> Span | None:
    """The first instant of a local day and the one after its last; nothing where the zone skipped the day."""
    return bounds_of(zone, day_of(day))


def bounds_of(zone: ZoneInfo, day: Day) -> Span | None:
    pieces = readings_within(runs(zone, day, day), day * DAY, (day + 1) * DAY)
    return (pieces[0][0], pieces[-1][1]) if pieces else None


def readings_within(found: tuple[Run, ...], start: Reading, end: Reading) -> list[Span]:
    """The instants at which the local clock reads from the start up to, and without, the end; in order, not merged."""
    pieces = ((max(run.start, start - run.offset), min(run.end, end - run.offset)) for run in found)
    return [piece for piece in pieces if piece[0] < piece[1]]


def is_missing(zone: ZoneInfo, day: date, window: Window) -> bool:
    """Whether no instant at all lies in these hours of the day, since the clock skips them."""
    midnight = day_of(day) * DAY
    start, end = midnight + window.start, midnight + window.end
    return not readings_within(runs(zone, start // DAY, end // DAY), start, end)


def begins(zone: ZoneInfo, reading: Reading) -> Minute:
    """When something begins that begins at this reading: its first pass, or where the clock jumps over it."""
    return _passes_or_jump(zone, reading)[0]


def ends(zone: ZoneInfo, reading: Reading) -> Minute:
    """When something is over that ends at this reading: its last pass, or where the clock jumps over it."""
    return _passes_or_jump(zone, reading)[-1]


def day_ends(zone: ZoneInfo, day: Day) -> Minute:
    found = runs(zone, day, day)
    if len(found) == 1:
        return (day + 1) * DAY - found[0].offset
    bounds = bounds_of(zone, day)
    return bounds[1] if bounds else _passes_or_jump(zone, day * DAY)[0]


def clock(zone: ZoneInfo, minute: Minute) -> str:
    """The local time of an instant, "02:00", with the zone's abbreviation where that comes twice: "02:00 NZDT"."""
    reading = minute + offset_at(zone, minute)
    text = f"{reading % DAY // 60:02}:{reading % 60:02}"
    if len(passes_of(zone, reading)) < 2:  # noqa: PLR2004 - two passes
        return text
    name = _local(zone, minute).tzname() or ""
    # Where a zone has no abbreviation of its own, its offset stands in its place.
    return f"{text} UTC{name}" if name.startswith(("+", "-")) else f"{text} {name}"


def _passes_or_jump(zone: ZoneInfo, reading: Reading) -> list[Minute]:
    day = reading // DAY
    found = runs(zone, day, day)
    if len(found) == 1:
        return [reading - found[0].offset]
    return passes_of(zone, reading) or [
        min(at for run in found if (at := max(run.start, reading + 1 - run.offset)) < run.end)
    ]


@lru_cache(maxsize=4096)
def _piece(zone: ZoneInfo, number: int) -> list[tuple[Minute, int]]:
    """From when on each offset holds."""
    start = number * _PIECE
    offset = _asked(zone, start)
    found = [(start, offset)]
    for glance in range(start + _GLANCE, start + _PIECE + 1, _GLANCE):
        low, last = glance - _GLANCE, _asked(zone, glance)
        while offset != last:
            low = _change(zone, low, glance)
            offset = _asked(zone, low)
            found.append((low, offset))
    return found


def _change(zone: ZoneInfo, low: Minute, high: Minute) -> Minute:
    """The first minute with another offset than the low one's; the high one has another."""
    offset = _asked(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _asked(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high


def _asked(zone: ZoneInfo, minute: Minute) -> int:
    length = _local(zone, minute).utcoffset()
    # Offsets had seconds a long time ago; no calendar here goes back so far.
    return 0 if length is None else length.days * DAY + length.seconds // 60


def _local(zone: ZoneInfo, minute: Minute) -> datetime:
    return datetime.fromtimestamp(min(max(minute, _EARLIEST), _LATEST) * 60, zone)
