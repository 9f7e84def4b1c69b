"""Fields that several requests and answers share."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

_END = "By the wall clock; 24:00 and 00:00 are the midnight at the end of the day."

StartTime = Annotated[str, Meta(examples=["09:00"], description="By the wall clock, from 00:00 to 23:59.")]
EndTime = Annotated[str, Meta(examples=["17:00"], description=f"{_END} Before the start: in the next day.")]
Day = Annotated[date, Meta(examples=["2026-03-14"], description="From 2000-01-01 to 2100-12-31.")]
StaffId = Annotated[str, Meta(max_length=64, description="Of one staff member; without it, of all.")]


class NothingView(msgspec.Struct, frozen=True, kw_only=True):
    """It is done, and there is nothing to tell."""
