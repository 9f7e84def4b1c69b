"""Weekly hours, as they are sent and shown."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import wall
from services.availability.schemas.fields import Day, EndTime, StaffId, StartTime, sent
from services.availability.store.rules import Rule
from services.availability.use_cases.hours import MOST_RULES
from services.kernel import errors
from services.kernel.http.bodies import Check, Wire
from services.kernel.ids import new_id

Weekday = Annotated[
    int, Meta(ge=0, le=6, description="0 = Sunday. Hours over midnight belong to the day they start on.")
]

_CHECKS: Final[Mapping[str, Check]] = {
    "start_time": wall.start_problem,
    "end_time": wall.end_problem,
    "valid_from": wall.day_problem,
    "valid_until": wall.day_problem,
}


class RuleRequest(Wire, frozen=True, kw_only=True):
    """A window that comes again every week, from one date to another if it is not for ever."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    day_of_week: Weekday
    start_time: StartTime
    end_time: EndTime
    staff_id: StaffId | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None


class RuleChanges(Wire, frozen=True, kw_only=True):
    """What is to be otherwise."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    day_of_week: Weekday | UnsetType = UNSET
    start_time: StartTime | UnsetType = UNSET
    end_time: EndTime | UnsetType = UNSET
    staff_id: StaffId | UnsetType | None = UNSET
    valid_from: Day | UnsetType | None = UNSET
    valid_until: Day | UnsetType | None = UNSET


class WeekRequest(Wire, frozen=True, kw_only=True):
    """All rules of the business, of every staff member; what is not among them is gone."""

    rules: Annotated[list[RuleRequest], Meta(max_length=MOST_RULES)]


class RuleView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A window that comes again every week."""

    id: str
    day_of_week: int
    start_time: str
    end_time: str
    staff_id: str | None
    valid_from: date | None
    valid_until: date | None


def rule_of(request: RuleRequest) -> Rule:
    return rules_of([request], where="")[0]


def week_of(request: WeekRequest) -> list[Rule]:
    return rules_of(request.rules, where="rules.")


def rules_of(requests: list[RuleRequest], *, where: str) -> list[Rule]:
    """The rules that were sent, or a refusal that names every bad field."""
    problems: dict[str, str] = {}
    for index, request in enumerate(requests):
        prefix = f"{where}{index}." if where else ""
        problems |= {f"{prefix}{field}": problem for field, problem in _problems(request).items()}
    if problems:
        raise errors.Invalid(details=problems)
    return [_rule(new_id("rul"), request) for request in requests]


def changed(rule: Rule, changes: RuleChanges) -> Rule:
    """The rule, with what was sent of it."""
    request = RuleRequest(**{**_said(rule), **sent(changes)})
    if problems := _problems(request):
        raise errors.Invalid(details=problems)
    return _rule(rule.id, request)


def rule_view(rule: Rule) -> RuleView:
    return RuleView(id=rule.id, **_said(rule))


def _problems(request: RuleRequest) -> dict[str, str]:
    problems: dict[str, str] = {}
    if problem := wall.window_problem(request.start_time, request.end_time):
        problems["endTime"] = problem
    if request.valid_from is not None and request.valid_until is not None and request.valid_until < request.valid_from:
        problems["validUntil"] = "must not be before validFrom"
    return problems


def _rule(rule_id: str, request: RuleRequest) -> Rule:
    window = wall.window_of(request.start_time, request.end_time)
    return Rule(
        id=rule_id,
        staff_id=request.staff_id,
        weekday=request.day_of_week,
        start_minute=window.start,
        end_minute=window.end,
        midnight_as_zero=request.end_time == wall.ZERO,
        valid_from=request.valid_from,
        valid_until=request.valid_until,
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
