"""Times that are not to be had."""

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
from services.availability.schemas.blocks import BlockRequest, BlockView, block_of, block_view, changed
from services.availability.schemas.fields import NothingView
from services.availability.schemas.sent import Sent
from services.availability.use_cases import blocks
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent

_TAGS = ["Blocked times"]


@get("/api/availability/blocked-dates", guards=[who.member], tags=_TAGS, summary="Blocked times")
async def blocked(
    request: AnyRequest,
    tools: Has,
    *,
    first: From = None,
    last: To = None,
    staff_id: OfStaff = None,
    page: PageNumber = 1,
    limit: PageLength = None,
) -> Listed[BlockView]:
    """Those that reach into these days, by their start. From one to another at most 400 days."""
    first_day, last_day = days_between(first, last)
    found = await blocks.listed(tools, tenant_id=tenant_of(request), first=first_day, last=last_day, staff_id=staff_id)
    return listed(found, block_view, page=page, limit=limit)


@post(
    "/api/availability/blocked-dates",
    status_code=201,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Block a time",
)
async def add(request: AnyRequest, tools: Has, data: JSONBody[BlockRequest]) -> Ok[BlockView]:
    """A day, some days, or from an hour of one to an hour of another. What is booked in it stays."""
    sent = await Sent.by(request, data)
    block = await blocks.add(tools, tenant_id=tenant_of(request), make=lambda team: block_of(sent, team))
    return envelope.ok(block_view(block))


@put("/api/availability/blocked-dates/{id:str}", guards=[IN_CHARGE], tags=_TAGS, summary="Change a blocked time")
async def change(request: AnyRequest, tools: Has, block_id: Id, data: JSONBody[BlockRequest]) -> Ok[BlockView]:
    """Only what is sent."""
    sent = await Sent.by(request, data)
    block = await blocks.change(
        tools, tenant_id=tenant_of(request), block_id=block_id, change=lambda block, team: changed(block, sent, team)
    )
    return envelope.ok(block_view(block))


@delete(
    "/api/availability/blocked-dates/{id:str}",
    status_code=200,
    guards=[IN_CHARGE],
    tags=_TAGS,
    summary="Unblock a time",
)
async def remove(request: AnyRequest, tools: Has, block_id: Id) -> Ok[NothingView]:
    """It can be booked again at once."""
    await blocks.remove(tools, tenant_id=tenant_of(request), block_id=block_id)
    return envelope.ok(NothingView())


ROUTES = (blocked, add, change, remove)
