"""Weekly hours."""

from litestar import delete, get, post, put
from litestar.params import JSONBody

from services.availability.api.asking import IN_CHARGE, AnyRequest, Has, Id, PageLength, PageNumber, listed, tenant_of
from services.availability.schemas.fields import NothingView
from services.availability.schemas.rules import (
    RuleRequest,
    RuleView,
    WeekRequest,
    changed,
    rule_of,
    rule_view,
    week_of,
)
from services.availability.schemas.sent import Sent
from services.availability.use_cases import hours
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent

_TAGS = ["Hours"]


@get("/api/availability", guards=[who.member], tags=_TAGS, summary="Weekly hours")
async def week(request: AnyRequest, tools: Has, page: PageNumber = 1, limit: PageLength = None) -> Listed[RuleView]:
    """Of the business (without `staffId`) and of staff who have hours of their own."""
    return listed(await hours.week(tools, tenant_id=tenant_of(request)), rule_view, page=page, limit=limit)


@put("/api/availability", guards=[IN_CHARGE], tags=_TAGS, summary="Replace the whole week")
async def replace(request: AnyRequest, tools: Has, data: JSONBody[WeekRequest]) -> Listed[RuleView]:
    """All rules at once: what is not among them is gone. At most 500."""
    sent = await Sent.by(request, data)
    found = await hours.replace_week(tools, tenant_id=tenant_of(request), make=lambda team: week_of(sent, team))
    return listed(found, rule_view)


@post(
    "/api/availability",
    status_code=201,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Add weekly hours",
)
async def add(request: AnyRequest, tools: Has, data: JSONBody[RuleRequest]) -> Ok[RuleView]:
    """Windows of a day that touch or overlap are one. An end before the start lies in the next day."""
    sent = await Sent.by(request, data)
    rule = await hours.add_rule(tools, tenant_id=tenant_of(request), make=lambda team: rule_of(sent, team))
    return envelope.ok(rule_view(rule))


@put("/api/availability/{id:str}", guards=[IN_CHARGE], tags=_TAGS, summary="Change weekly hours")
async def change(request: AnyRequest, tools: Has, rule_id: Id, data: JSONBody[RuleRequest]) -> Ok[RuleView]:
    """Only what is sent."""
    sent = await Sent.by(request, data)
    rule = await hours.change_rule(
        tools, tenant_id=tenant_of(request), rule_id=rule_id, change=lambda rule, team: changed(rule, sent, team)
    )
    return envelope.ok(rule_view(rule))


@delete("/api/availability/{id:str}", status_code=200, guards=[IN_CHARGE], tags=_TAGS, summary="Remove weekly hours")
async def remove(request: AnyRequest, tools: Has, rule_id: Id) -> Ok[NothingView]:
    """What is booked stays."""
    await hours.remove_rule(tools, tenant_id=tenant_of(request), rule_id=rule_id)
    return envelope.ok(NothingView())


ROUTES = (week, replace, add, change, remove)
