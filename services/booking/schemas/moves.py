"""Another time, as it is asked for."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from services.booking.domain import wall
from services.booking.schemas.book import starts
from services.booking.use_cases.ordering import WallTime
from services.kernel.http.bodies import Check, Wire
from services.kernel.ids import is_id


def _staff_problem(text: str) -> str | None:
    return None if is_id(text, "stf") else "is not the id of a staff member"


Day = Annotated[date, Meta(description="By the business's clock; together with `time`.", examples=["2026-03-14"])]
Time = Annotated[str, Meta(description="In an hour that comes twice, its first pass.", examples=["09:30"])]
At = Annotated[datetime, Meta(tz=True, description="Instead of `date` and `time`.")]

CHECKS: Mapping[str, Check] = {
    "date": wall.day_problem,
    "time": wall.time_problem,
    "starts_at": wall.instant_problem,
    "staff_id": _staff_problem,
}


class MoveRequest(Wire, frozen=True, kw_only=True):
    """Another time: `date` and `time` by the business's clock, or an instant as `startsAt`."""

    CHECKS: ClassVar[Mapping[str, Check]] = CHECKS

    date: Day | None = None
    time: Time | None = None
    starts_at: At | None = None

    @property
    def starts(self) -> datetime | WallTime:
        return starts(self.date, self.time, self.starts_at)


class DeskMoveRequest(MoveRequest, frozen=True, kw_only=True):
    """Another time, and maybe another person."""

    staff_id: Annotated[str, Meta(max_length=64, description="This person and nobody else.")] | None = None
    any_time: Annotated[bool, Meta(description="Whatever is not taken, also what customers are not offered.")] = False
