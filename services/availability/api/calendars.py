"""Calendars kept elsewhere, whose busy times are not to be had."""

from litestar import delete, get, post
from litestar.params import JSONBody

from services.availability.api.asking import IN_CHARGE, AnyRequest, Has, Id, PageLength, PageNumber, listed, tenant_of
from services.availability.schemas.calendars import UNSAID, CalendarRequest, CalendarView, calendar_view
from services.availability.schemas.fields import NothingView
from services.availability.schemas.sent import Sent
from services.availability.use_cases import calendars
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent

_TAGS = ["Calendars"]


@get("/api/availability/calendars", guards=[who.member], tags=_TAGS, summary="List the external calendars")
async def everything(
    request: AnyRequest, tools: Has, page: PageNumber = 1, limit: PageLength = None
) -> Listed[CalendarView]:
    """In the order they came."""
    found = await calendars.listed(tools, tenant_id=tenant_of(request))
    return listed(found, calendar_view, page=page, limit=limit)


@post(
    "/api/availability/calendars",
    status_code=201,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Add an external calendar",
)
async def add(request: AnyRequest, tools: Has, data: JSONBody[CalendarRequest]) -> Ok[CalendarView]:
    """Of one staff member, the first where none is named. It is fetched at once, and then every 15 minutes.

    Read are 400 days ahead, or as many as a service can be booked. While it can't be fetched, the times that were read
    last stay taken, and `lastError` tells why. At most 20, then 409 `LIMIT_REACHED`.
    """
    sent = (await Sent.by(request, data)).over(UNSAID)
    known = await calendars.add(tools, tenant_id=tenant_of(request), facts=sent.values, problems=sent.problems)
    return envelope.ok(calendar_view(known))


@post(
    "/api/availability/calendars/{id:str}/refresh",
    status_code=202,
    guards=[IN_CHARGE],
    tags=_TAGS,
    summary="Fetch an external calendar now",
)
async def refresh(request: AnyRequest, tools: Has, calendar_id: Id) -> Ok[CalendarView]:
    """The answer is as it was before; some seconds later `lastFetchedAt` or `lastError` tells what came of it."""
    return envelope.ok(
        calendar_view(await calendars.refresh(tools, tenant_id=tenant_of(request), calendar_id=calendar_id))
    )


@delete(
    "/api/availability/calendars/{id:str}",
    status_code=200,
    guards=[IN_CHARGE],
    tags=_TAGS,
    summary="Remove an external calendar",
)
async def remove(request: AnyRequest, tools: Has, calendar_id: Id) -> Ok[NothingView]:
    """Its times can be had again at once."""
    await calendars.remove(tools, tenant_id=tenant_of(request), calendar_id=calendar_id)
    return envelope.ok(NothingView())


ROUTES = (everything, add, refresh, remove)
