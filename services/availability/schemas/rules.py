"""Weekly hours, as they are sent and shown."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import wall
from services.availability.schemas.fields import Day, EndTime, StaffId, StartTime
from services.availability.schemas.sent import Sent, one_of
from services.availability.store.rules import Rule
from services.availability.use_cases.hours import MOST_RULES
from services.availability.use_cases.staff import Team
from services.kernel.http.bodies import Check, Partly
from services.kernel.ids import new_id

Weekday = Annotated[
    int, Meta(ge=0, le=6, description="0 = Sunday. Hours over midnight belong to the day they start on.")
]

# What a new rule need not say.
_UNSAID: Final[Mapping[str, Any]] = {"staff_id": None, "valid_from": None, "valid_until": None}


class RuleRequest(Partly, frozen=True, kw_only=True):
    """A window that comes again every week, from one date to another if it is not for ever.

    A new one needs `dayOfWeek`, `startTime` and `endTime`; of one that is there, only what is sent changes.
    """

    CHECKS: ClassVar[Mapping[str, Check]] = {
        "start_time": wall.start_problem,
        "end_time": wall.end_problem,
        "valid_from": wall.day_problem,
        "valid_until": wall.day_problem,
    }

    day_of_week: Weekday | UnsetType = UNSET
    start_time: StartTime | UnsetType = UNSET
    end_time: EndTime | UnsetType = UNSET
    staff_id: StaffId | UnsetType | None = UNSET
    valid_from: Day | UnsetType | None = UNSET
    valid_until: Day | UnsetType | None = UNSET


class WeekRequest(Partly, frozen=True, kw_only=True):
    """All `rules` of the business, of every staff member; what is not among them is gone."""

    rules: Annotated[list[RuleRequest], Meta(max_length=MOST_RULES)] | UnsetType = UNSET


class RuleView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A window that comes again every week."""

    id: str
    day_of_week: int
    start_time: str
    end_time: str
    staff_id: str | None
    valid_from: date | None
    valid_until: date | None


def rule_of(sent: Sent, team: Team) -> Rule:
    _judge(sent.over(_UNSAID), team)
    sent.refuse()
    return _rule(new_id("rul"), sent.values)


def week_of(sent: Sent, team: Team) -> list[Rule]:
    entries = sent.over({}).entries("rules", RuleRequest).values()
    for entry in entries:
        _judge(entry.over(_UNSAID), team)
    sent.refuse()
    return [_rule(new_id("rul"), entry.values) for entry in entries]


def changed(rule: Rule, sent: Sent, team: Team) -> Rule:
    """The rule, with what was sent of it."""
    _judge(sent.over(_said(rule)), team)
    sent.refuse()
    return _rule(rule.id, sent.values)


def rule_view(rule: Rule) -> RuleView:
    return RuleView(id=rule.id, **_said(rule))


def _judge(sent: Sent, team: Team) -> None:
    sent.check("end_time", wall.window_problem, "start_time", "end_time")
    sent.check("valid_until", _until_problem, "valid_from", "valid_until")
    sent.check("staff_id", one_of(team), "staff_id")


def _until_problem(first: date | None, last: date | None) -> str | None:
    return "must not be before validFrom" if first is not None and last is not None and last < first else None


def _rule(rule_id: str, said: Mapping[str, Any]) -> Rule:
    window = wall.window_of(said["start_time"], said["end_time"])
    return Rule(
        id=rule_id,
        staff_id=said["staff_id"],
        weekday=said["day_of_week"],
        start_minute=window.start,
        end_minute=window.end,
        midnight_as_zero=said["end_time"] == wall.ZERO,
        valid_from=said["valid_from"],
        valid_until=said["valid_until"],
    )


def _said(rule: Rule) -> dict[str, Any]:
    return {
        "day_of_week": rule.weekday,
        "start_time": wall.spelled(rule.start_minute),
        "end_time": wall.end_spelled(rule.end_minute, midnight_as_zero=rule.midnight_as_zero),
        "staff_id": rule.staff_id,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
    }
