"""The hours of a date, as they are sent and shown."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import wall
from services.availability.schemas.fields import Day, EndTime, StaffId, StartTime, sent
from services.availability.store.overrides import Override
from services.kernel import errors
from services.kernel.http.bodies import Check, Wire
from services.kernel.ids import new_id

_MOST_WINDOWS: Final = 24


class WindowRequest(Wire, frozen=True, kw_only=True):
    """From one time to another."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"start_time": wall.start_problem, "end_time": wall.end_problem}

    start_time: StartTime
    end_time: EndTime


Windows = Annotated[list[WindowRequest], Meta(max_length=_MOST_WINDOWS, description="None of them: closed.")]


class OverrideRequest(Wire, frozen=True, kw_only=True):
    """The hours of one date instead of its weekday's. Those of several overrides of a date add up; closed wins."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"date": wall.day_problem}

    date: Day
    windows: Windows = msgspec.field(default_factory=list)
    staff_id: StaffId | None = None


class OverrideChanges(Wire, frozen=True, kw_only=True):
    """What is to be otherwise."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"date": wall.day_problem}

    date: Day | UnsetType = UNSET
    windows: Windows | UnsetType = UNSET
    staff_id: StaffId | UnsetType | None = UNSET


class WindowView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """From one time to another."""

    start_time: str
    end_time: str


class OverrideView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The hours of one date instead of its weekday's."""

    id: str
    date: Day
    windows: list[WindowView]
    staff_id: str | None


def override_of(request: OverrideRequest) -> Override:
    return _override(new_id("ovr"), request)


def changed(override: Override, changes: OverrideChanges) -> Override:
    """The override, with what was sent of it."""
    present: dict[str, Any] = {
        "date": override.day,
        "windows": [WindowRequest(start_time=start, end_time=end) for start, end in _times(override)],
        "staff_id": override.staff_id,
    }
    return _override(override.id, OverrideRequest(**{**present, **sent(changes)}))


def override_view(override: Override) -> OverrideView:
    return OverrideView(
        id=override.id,
        date=override.day,
        windows=[WindowView(start_time=start, end_time=end) for start, end in _times(override)],
        staff_id=override.staff_id,
    )


def _override(override_id: str, request: OverrideRequest) -> Override:
    problems = {
        f"windows.{index}.endTime": problem
        for index, window in enumerate(request.windows)
        if (problem := wall.window_problem(window.start_time, window.end_time))
    }
    if problems:
        raise errors.Invalid(details=problems)
    windows = [wall.window_of(window.start_time, window.end_time) for window in request.windows]
    return Override(
        id=override_id,
        staff_id=request.staff_id,
        day=request.date,
        windows=[minute for window in windows for minute in (window.start, window.end)],
        midnight_as_zero=any(window.end_time == wall.ZERO for window in request.windows),
    )


def _times(override: Override) -> list[tuple[str, str]]:
    return [
        (wall.spelled(start), wall.end_spelled(end, midnight_as_zero=override.midnight_as_zero))
        for start, end in zip(override.windows[::2], override.windows[1::2], strict=True)
    ]
