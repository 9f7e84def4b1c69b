"""Whom and when a query is about, and how answers say when."""

import calendar
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from litestar.params import QueryParameter
from msgspec import UNSET, UnsetType

from services.availability.domain import days, wall
from services.availability.domain.days import DAY, Day
from services.availability.domain.facts import Minute
from services.availability.domain.slots import Slot
from services.availability.schemas.slots import SlotView
from services.kernel.ids import is_id

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH: Final = re.compile(r"[0-9]{4}-[0-9]{2}")
# A plus that nobody has encoded arrives as a space.
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?([Zz]|[ +-][0-9]{2}:[0-9]{2})"
)
_CLOCK: Final = tuple(wall.spelled(minute) for minute in range(DAY))

ServiceId = Annotated[str | None, QueryParameter(name="serviceId", required=True, description="Of which service.")]
StaffId = Annotated[str | None, QueryParameter(name="staffId", description="Of this staff member only.")]


def day(text: str) -> date | str:
    """The date, or what is wrong with it."""
    found = _date(text) if _DATE.fullmatch(text) else None
    if found is None:
        return "must be a date such as 2026-03-14"
    return wall.day_problem(found) or found


def month(text: str) -> tuple[date, date] | str:
    """The first and the last day of the month, or what is wrong with it."""
    first = _date(f"{text}-01") if _MONTH.fullmatch(text) else None
    if first is None:
        return "must be a month such as 2026-03"
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return wall.day_problem(first) or (first, last)


def instant(text: str) -> datetime | str:
    """The instant, or what is wrong with it."""
    wrong = "must be an instant with its offset, such as 2026-03-14T09:00:00+13:00"
    found = _INSTANT.fullmatch(text)
    if found is None:
        return wrong
    on, at, seconds, offset = found.groups()
    try:
        moment = datetime.fromisoformat(f"{on}T{at}{seconds or ''}{offset.replace(' ', '+').upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return wrong
    return wall.day_problem(moment.date()) or moment


def staff_problem(staff_id: str | None) -> str | None:
    """What is wrong with the id of a staff member, if one is given at all."""
    return None if staff_id is None or is_id(staff_id, "stf") else "is not the id of a staff member"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def slot_views(zone: ZoneInfo, slots: Sequence[Slot]) -> list[SlotView]:
    return [SlotView(*found) for found in said(zone, slots)]


def said(zone: ZoneInfo, slots: Sequence[Slot]) -> Sequence[tuple[str, str, str, str | UnsetType]]:
    """Of each slot the time of its start, both its instants, and what tells its start from another of the same time."""
    if not slots:
        return []
    found = days.runs(zone, slots[0].start // DAY, slots[-1].end // DAY)
    if len(found) > 1:
        return [_said(zone, slot) for slot in slots]
    offset = found[0].offset
    tail = f":00{_offset(offset)}"
    spelled_out = []
    for start, end in slots:
        first_day, first = divmod(start + offset, DAY)
        last_day, last = divmod(end + offset, DAY)
        time = _CLOCK[first]
        ends = f"{_day(last_day)}T{_CLOCK[last]}{tail}"
        spelled_out.append((time, f"{_day(first_day)}T{time}{tail}", ends, UNSET))
    return spelled_out


def _said(zone: ZoneInfo, slot: Slot) -> tuple[str, str, str, str | UnsetType]:
    text = days.clock(zone, slot.start)
    time, _, name = text.partition(" ")
    return time, spelled(zone, slot.start), spelled(zone, slot.end), text if name else UNSET


def spelled(zone: ZoneInfo, minute: Minute) -> str:
    """An instant with the zone's offset then."""
    offset = days.offset_at(zone, minute)
    on, at = divmod(minute + offset, DAY)
    return f"{_day(on)}T{_CLOCK[at]}:00{_offset(offset)}"


@lru_cache(maxsize=2048)
def _day(number: Day) -> str:
    return days.date_of(number).isoformat()


@lru_cache(maxsize=256)
def _offset(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{_CLOCK[abs(minutes)]}"
