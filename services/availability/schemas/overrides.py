"""The hours of a date, as they are sent and shown."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import wall
from services.availability.domain.days import is_missing
from services.availability.domain.facts import Window
from services.availability.schemas.fields import Day, EndTime, StaffId, StartTime
from services.availability.schemas.sent import Sent, one_of
from services.availability.store.overrides import Override
from services.availability.use_cases.staff import Team
from services.kernel.http.bodies import Check, Partly
from services.kernel.ids import new_id

_MOST_WINDOWS: Final = 24


class WindowRequest(Partly, frozen=True, kw_only=True):
    """From one time to another: `startTime` and `endTime`."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"start_time": wall.start_problem, "end_time": wall.end_problem}

    start_time: StartTime | UnsetType = UNSET
    end_time: EndTime | UnsetType = UNSET


Windows = Annotated[list[WindowRequest], Meta(max_length=_MOST_WINDOWS, description="None of them: closed.")]


class OverrideRequest(Partly, frozen=True, kw_only=True):
    """The hours of one date instead of its weekday's. Those of several overrides of a date add up; closed wins.

    A new one needs `date`; of one that is there, only what is sent changes.
    """

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


def override_of(sent: Sent, zone: ZoneInfo, team: Team) -> Override:
    return _judged(new_id("ovr"), sent.over({"windows": [], "staff_id": None}), zone, team)


def changed(override: Override, sent: Sent, zone: ZoneInfo, team: Team) -> Override:
    """The override, with what was sent of it."""
    present = {
        "date": override.day,
        "windows": [WindowRequest(start_time=start, end_time=end) for start, end in _times(override)],
        "staff_id": override.staff_id,
    }
    return _judged(override.id, sent.over(present), zone, team)


def override_view(override: Override) -> OverrideView:
    return OverrideView(
        id=override.id,
        date=override.day,
        windows=[WindowView(start_time=start, end_time=end) for start, end in _times(override)],
        staff_id=override.staff_id,
    )


def _judged(override_id: str, sent: Sent, zone: ZoneInfo, team: Team) -> Override:
    sent.check("staff_id", one_of(team), "staff_id")
    windows = {at: window.over({}) for at, window in sent.entries("windows", WindowRequest).items()}
    for at, window in windows.items():
        window.check("end_time", wall.window_problem, "start_time", "end_time")
        if "date" in sent.values and not window.problems:
            sent.wrong(at, _missing_problem(zone, sent.values["date"], _window(window)))
    sent.refuse()
    spans = [_window(window) for window in windows.values()]
    return Override(
        id=override_id,
        staff_id=sent.values["staff_id"],
        day=sent.values["date"],
        windows=[minute for span in spans for minute in (span.start, span.end)],
        midnight_as_zero=any(window.values["end_time"] == wall.ZERO for window in windows.values()),
    )


def _window(window: Sent) -> Window:
    return wall.window_of(window.values["start_time"], window.values["end_time"])


def _missing_problem(zone: ZoneInfo, day: date, window: Window) -> str | None:
    if is_missing(zone, day, window):
        return f"the clocks skip these hours on {day}: nothing can be booked in them"
    return None


def _times(override: Override) -> list[tuple[str, str]]:
    return [
        (wall.spelled(start), wall.end_spelled(end, midnight_as_zero=override.midnight_as_zero))
        for start, end in zip(override.windows[::2], override.windows[1::2], strict=True)
    ]
