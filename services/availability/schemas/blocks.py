"""Times that are not to be had, as they are sent and shown."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import wall, words
from services.availability.schemas.fields import Day, StaffId, StartTime, sent
from services.availability.store.blocks import Block
from services.kernel import errors
from services.kernel.http.bodies import Check, Wire
from services.kernel.ids import new_id

# Three years, with a leap day.
_LONGEST_DAYS: Final = 3 * 365 + 1

_CHECKS: Final[Mapping[str, Check]] = {
    "start_date": wall.day_problem,
    "end_date": wall.day_problem,
    "start_time": wall.start_problem,
    "end_time": wall.end_problem,
    "reason": words.note_problem,
}

BlockEnd = Annotated[
    str,
    Meta(
        examples=["12:00"],
        description="By the wall clock. 24:00 is the midnight at the end of the day; so is 00:00 on the day it starts.",
    ),
]
Reason = Annotated[str, Meta(max_length=500, examples=["Holiday"])]


class BlockRequest(Wire, frozen=True, kw_only=True):
    """From a time of a day to a time of the same or another day, without a gap; whole days where no times are given."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    start_date: Day
    end_date: Day | None = None
    start_time: StartTime | None = None
    end_time: BlockEnd | None = None
    reason: Reason | None = None
    staff_id: StaffId | None = None


class BlockChanges(Wire, frozen=True, kw_only=True):
    """What is to be otherwise."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

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


def block_of(request: BlockRequest) -> Block:
    return _block(new_id("blk"), request)


def changed(block: Block, changes: BlockChanges) -> Block:
    """The block, with what was sent of it."""
    return _block(block.id, BlockRequest(**{**_said(block), **sent(changes)}))


def block_view(block: Block) -> BlockView:
    return BlockView(id=block.id, **_said(block))


def _block(block_id: str, request: BlockRequest) -> Block:
    start_day, end_day = request.start_date, request.end_date or request.start_date
    start = None if request.start_time is None else wall.minute_of(request.start_time)
    end = None if request.end_time is None else wall.minute_of(request.end_time)
    if end == 0 and end_day == start_day:
        end = wall.DAY
    problems: dict[str, str] = {}
    if end_day < start_day:
        problems["endDate"] = "must not be before startDate"
    elif (end_day - start_day).days > _LONGEST_DAYS:
        problems["endDate"] = "must be at most three years after startDate"
    elif end_day == start_day and end is not None and end <= (start or 0):
        problems["endTime"] = "must be after the time at which the block starts; give endDate where that is another day"
    if problems:
        raise errors.Invalid(details=problems)
    return Block(
        id=block_id,
        staff_id=request.staff_id,
        start_day=start_day,
        end_day=end_day,
        start_minute=start,
        end_minute=end,
        midnight_as_zero=request.end_time == wall.ZERO,
        reason=request.reason,
    )


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
