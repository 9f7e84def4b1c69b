"""A business in Auckland as most scenarios have it: open 09 to 17 every day, an hour a job, on the hour."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.availability.domain.days import clock
from services.availability.domain.facts import Facts, Minute, Offer, Person, Rule, Span, Window
from services.availability.domain.slots import free_slots

AUCKLAND: Final = ZoneInfo("Pacific/Auckland")
# Clocks are put back at 03:00, and put forward at 02:00.
BACK: Final = date(2026, 4, 5)
FORWARD: Final = date(2026, 9, 27)
MONDAY: Final = date(2026, 3, 2)
NINE_TO_FIVE: Final = [f"{hour:02}:00" for hour in range(9, 17)]


def hours(text: str) -> Window:
    """A window; "22:00-04:00" runs past midnight."""
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
    return Window(start, end if end > start else end + 1440)


def every_day(*texts: str, staff_id: str | None = None) -> list[Rule]:
    return [Rule(weekday, hours(text), staff_id) for weekday in range(7) for text in texts]


def on(day: date, *texts: str, staff_id: str | None = None) -> list[Rule]:
    """Hours of that weekday alone."""
    return [Rule(day.isoweekday() % 7, hours(text), staff_id) for text in texts]


def business(
    zone: ZoneInfo = AUCKLAND,
    *,
    rules: Sequence[Rule] | None = None,
    people: Sequence[Person] = (Person("stf_1"),),
    duration: int = 60,
    step: int = 60,
    offer: dict[str, Any] | None = None,
    **other: Any,
) -> Facts:
    return Facts(
        zone,
        replace(Offer("svc_1", duration, step=step), **(offer or {})),
        people,
        rules=every_day("09:00-17:00") if rules is None else rules,
        **other,
    )


def at(day: date, time: str, *, zone: ZoneInfo = AUCKLAND, fold: int = 0) -> Minute:
    """The instant of a local time; `fold` 1 is the second pass."""
    return round(datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=zone, fold=fold).timestamp()) // 60


def span(day: date, start: str, end: str, *, zone: ZoneInfo = AUCKLAND) -> Span:
    return at(day, start, zone=zone), at(day, end, zone=zone)


def days_before(day: date, days: int = 7, *, zone: ZoneInfo = AUCKLAND) -> float:
    """Midnight some days before."""
    return at(day - timedelta(days=days), "00:00", zone=zone) * 60.0


def times(facts: Facts, day: date, now: float | None = None) -> list[str]:
    """The local times offered on a day, as a page would show them; a week before unless said."""
    present = days_before(day, zone=facts.zone) if now is None else now
    return [clock(facts.zone, slot.start) for slot in free_slots(facts, day, day, present)]
