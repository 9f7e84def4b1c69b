"""From the business's wall clock to instants."""

import re
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
# Every zone's rules are known for these years, and a date of any zone can be worked out around them.
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100


def time_problem(text: str) -> str | None:
    return None if _TIME.fullmatch(text) else "must be a time from 00:00 to 23:59, such as 09:30"


def day_problem(day: date) -> str | None:
    return None if _FIRST_YEAR < day.year < _LAST_YEAR else _years()


def instant_problem(at: datetime) -> str | None:
    return None if _FIRST_YEAR < at.year < _LAST_YEAR else _years()


def _years() -> str:
    return f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}"


def first_pass(day: date, clock_time: str, zone: ZoneInfo) -> datetime | None:
    """The instant at which that clock shows it, for the first time where it does so twice; none where it never does."""
    local = datetime.combine(day, time.fromisoformat(clock_time), tzinfo=zone)
    at = local.astimezone(UTC)
    # Where the clocks go forward, the way back leads to another reading.
    return at if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else None
