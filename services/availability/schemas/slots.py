"""Times that can be had, and why one can't, as they are shown."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"}, examples=["2026-03-14T09:00:00+13:00"])]
Clock = Annotated[str, Meta(examples=["09:00"], description="By the wall clock of the business.")]
Label = Annotated[
    str, Meta(examples=["02:00 NZDT"], description="Only where the wall clock reads the same twice: which time it is.")
]
Month = Annotated[str, Meta(examples=["2026-03"])]


# Made by the hundred for every answer: without names, which cost as much as the values.
class SlotView(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A time that can be had."""

    time: Clock
    starts_at: Instant
    ends_at: Instant
    label: Label | UnsetType = UNSET
    available: bool = True


class DaySlots(msgspec.Struct, frozen=True, kw_only=True):
    """The times of one day."""

    date: date
    timezone: str
    slots: Sequence[SlotView]


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many times a day has."""

    date: date
    available: int


class MonthSlots(msgspec.Struct, frozen=True, kw_only=True):
    """The days of one month."""

    month: Month
    timezone: str
    days: Sequence[DayCount]


class StaffedSlotView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A time that can be had, and who is free then."""

    time: Clock
    starts_at: Instant
    ends_at: Instant
    available: bool = True
    staff_ids: Sequence[str]
    label: Label | UnsetType = UNSET


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True):
    """One day as the business sees it."""

    date: date
    # The name of a public holiday, whether the business closes on it or not.
    holiday: str | None
    slots: Sequence[StaffedSlotView]


class CalendarSlots(msgspec.Struct, frozen=True, kw_only=True):
    """Some days as the business sees them."""

    timezone: str
    days: Sequence[CalendarDay]


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that hides a time."""

    rule: Annotated[str, Meta(examples=["booking"])]
    message: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a time can be had, and if not, why."""

    available: bool
    reasons: Sequence[ReasonView]
