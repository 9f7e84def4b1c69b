"""The hours of a date instead of its weekday's."""

from litestar import delete, get, post, put
from litestar.params import JSONBody

from services.availability.api.asking import (
    IN_CHARGE,
    AnyRequest,
    From,
    Has,
    Id,
    OfStaff,
    PageLength,
    PageNumber,
    To,
    days_between,
    listed,
    tenant_of,
)
from services.availability.schemas.fields import NothingView
from services.availability.schemas.overrides import (
    OverrideRequest,
    OverrideView,
    changed,
    override_of,
    override_view,
)
from services.availability.schemas.sent import Sent
from services.availability.use_cases import hours
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent

_TAGS = ["Hours"]


@get("/api/availability/overrides", guards=[who.member], tags=_TAGS, summary="Dates with hours of their own")
async def overrides(
    request: AnyRequest,
    tools: Has,
    *,
    first: From = None,
    last: To = None,
    staff_id: OfStaff = None,
    page: PageNumber = 1,
    limit: PageLength = None,
) -> Listed[OverrideView]:
    """By date. From one to another at most 400 days."""
    first_day, last_day = days_between(first, last)
    found = await hours.listed_overrides(
        tools, tenant_id=tenant_of(request), first=first_day, last=last_day, staff_id=staff_id
    )
    return listed(found, override_view, page=page, limit=limit)


@post(
    "/api/availability/overrides",
    status_code=201,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Give a date hours of its own",
)
async def add(request: AnyRequest, tools: Has, data: JSONBody[OverrideRequest]) -> Ok[OverrideView]:
    """Instead of the weekday's. Without windows the date is closed, and closed wins; else those of a date add up."""
    sent = await Sent.by(request, data)
    override = await hours.add_override(
        tools, tenant_id=tenant_of(request), make=lambda zone, team: override_of(sent, zone, team)
    )
    return envelope.ok(override_view(override))


@put("/api/availability/overrides/{id:str}", guards=[IN_CHARGE], tags=_TAGS, summary="Change a date's hours")
async def change(request: AnyRequest, tools: Has, override_id: Id, data: JSONBody[OverrideRequest]) -> Ok[OverrideView]:
    """Only what is sent; windows as a whole."""
    sent = await Sent.by(request, data)
    override = await hours.change_override(
        tools,
        tenant_id=tenant_of(request),
        override_id=override_id,
        change=lambda override, zone, team: changed(override, sent, zone, team),
    )
    return envelope.ok(override_view(override))


@delete(
    "/api/availability/overrides/{id:str}",
    status_code=200,
    guards=[IN_CHARGE],
    tags=_TAGS,
    summary="Give a date its weekday's hours again",
)
async def remove(request: AnyRequest, tools: Has, override_id: Id) -> Ok[NothingView]:
    """What is booked stays."""
    await hours.remove_override(tools, tenant_id=tenant_of(request), override_id=override_id)
    return envelope.ok(NothingView())


ROUTES = (overrides, add, change, remove)
