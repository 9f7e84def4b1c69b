"""Times that are not to be had, as they are sent and shown."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import wall, words
from services.availability.schemas.fields import Day, StaffId, StartTime
from services.availability.schemas.sent import Sent, one_of
from services.availability.store.blocks import Block
from services.availability.use_cases.staff import Team
from services.kernel.http.bodies import Check, Partly
from services.kernel.ids import new_id

# Three years, with a leap day.
_LONGEST_DAYS: Final = 3 * 365 + 1

# What a new block need not say.
_UNSAID: Final[Mapping[str, Any]] = dict.fromkeys(("end_date", "start_time", "end_time", "reason", "staff_id"))

BlockEnd = Annotated[
    str,
    Meta(
        examples=["12:00"],
        description="By the wall clock. 24:00 is the midnight at the end of the day; so is 00:00 on the day it starts.",
    ),
]
Reason = Annotated[str, Meta(max_length=500, examples=["Holiday"])]


class BlockRequest(Partly, frozen=True, kw_only=True):
    """From a time of a day to a time of the same or another day, without a gap; whole days where no times are given.

    A new one needs `startDate`; of one that is there, only what is sent changes.
    """

    CHECKS: ClassVar[Mapping[str, Check]] = {
        "start_date": wall.day_problem,
        "end_date": wall.day_problem,
        "start_time": wall.start_problem,
        "end_time": wall.end_problem,
        "reason": words.note_problem,
    }

    start_date: Day | UnsetType = UNSET
    end_date: Day | UnsetType | None = UNSET
    start_time: StartTime | UnsetType | None = UNSET
    end_time: BlockEnd | UnsetType | None = UNSET
    reason: Reason | UnsetType | None = UNSET
    staff_id: StaffId | UnsetType | None = UNSET


class BlockView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A time that is not to be had."""

    id: str
    start_date: Day
    end_date: Day
    start_time: str | None
    end_time: str | None
    reason: str | None
    staff_id: str | None


def block_of(sent: Sent, team: Team) -> Block:
    return _judged(new_id("blk"), sent.over(_UNSAID), team)


def changed(block: Block, sent: Sent, team: Team) -> Block:
    """The block, with what was sent of it."""
    return _judged(block.id, sent.over(_said(block)), team)


def block_view(block: Block) -> BlockView:
    return BlockView(id=block.id, **_said(block))


def _judged(block_id: str, sent: Sent, team: Team) -> Block:
    sent.check("end_date", _end_date_problem, "start_date", "end_date")
    sent.check("end_time", _end_time_problem, "start_date", "end_date", "start_time", "end_time")
    sent.check("staff_id", one_of(team), "staff_id")
    sent.refuse()
    said = sent.values
    start_day, end_day = said["start_date"], said["end_date"] or said["start_date"]
    return Block(
        id=block_id,
        staff_id=said["staff_id"],
        start_day=start_day,
        end_day=end_day,
        start_minute=None if said["start_time"] is None else wall.minute_of(said["start_time"]),
        end_minute=_end_minute(said["end_time"], is_same_day=end_day == start_day),
        midnight_as_zero=said["end_time"] == wall.ZERO,
        reason=said["reason"],
    )


def _end_minute(end: str | None, *, is_same_day: bool) -> int | None:
    """Only of a block that ends on the day it starts, 00:00 is the midnight at the end."""
    if end is None:
        return None
    return wall.end_minute_of(end) if is_same_day else wall.minute_of(end)


def _end_date_problem(start: date, end: date | None) -> str | None:
    if end is None:
        return None
    if end < start:
        return "must not be before startDate"
    return "must be at most three years after startDate" if (end - start).days > _LONGEST_DAYS else None


def _end_time_problem(start_day: date, end_day: date | None, start: str | None, end: str | None) -> str | None:
    minute = _end_minute(end, is_same_day=True)
    if minute is None or end_day not in {None, start_day} or minute > wall.minute_of(start or wall.ZERO):
        return None
    return "must be after the time at which the block starts; give endDate where that is another day"


def _said(block: Block) -> dict[str, Any]:
    start, end = block.start_minute, block.end_minute
    return {
        "start_date": block.start_day,
        "end_date": block.end_day,
        "start_time": None if start is None else wall.spelled(start),
        "end_time": None if end is None else wall.end_spelled(end, midnight_as_zero=block.midnight_as_zero),
        "reason": block.reason,
        "staff_id": block.staff_id,
    }
