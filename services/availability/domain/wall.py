"""Times of the day as people write them, and as minutes of the wall clock."""

import re
from datetime import date
from typing import Final

from services.availability.domain.facts import Window

DAY: Final = 1440
EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 12, 31)

# The two ways to write midnight at the end of a day; the first is the one at its beginning, too.
ZERO: Final = "00:00"
TWENTY_FOUR: Final = "24:00"

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def start_problem(text: str) -> str | None:
    """What is wrong with a time at which something starts."""
    return None if _TIME.fullmatch(text) else "must be a time from 00:00 to 23:59, such as 09:30"


def end_problem(text: str) -> str | None:
    """What is wrong with a time at which something ends."""
    return None if text == TWENTY_FOUR or _TIME.fullmatch(text) else "must be a time from 00:00 to 24:00, such as 17:30"


def day_problem(day: date) -> str | None:
    """What is wrong with a date in a calendar."""
    return None if EARLIEST <= day <= LATEST else f"must be between {EARLIEST} and {LATEST}"


def minute_of(text: str) -> int:
    """Minutes since the midnight the day begins with; 24:00 is the one it ends with."""
    return int(text[:2]) * 60 + int(text[3:])


def end_minute_of(text: str) -> int:
    """As an end: midnight is the one the day ends with, however it is written."""
    return DAY if text == ZERO else minute_of(text)


def window_problem(start: str, end: str) -> str | None:
    """What is wrong with a window, each of whose times is right."""
    return "must not be the time at which it begins" if start == end else None


def window_of(start: str, end: str) -> Window:
    """An end before its start lies in the next day."""
    first, last = minute_of(start), end_minute_of(end)
    return Window(first, last if last > first else last + DAY)


def spelled(minute: int) -> str:
    """Of a day, or of the next one."""
    of_day = minute % DAY
    return f"{of_day // 60:02}:{of_day % 60:02}"


def end_spelled(minute: int, *, midnight_as_zero: bool) -> str:
    """As it was written."""
    return TWENTY_FOUR if minute == DAY and not midnight_as_zero else spelled(minute)
