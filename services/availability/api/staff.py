"""Who works."""

from litestar import delete, get, post, put
from litestar.params import JSONBody

from services.availability.api.asking import IN_CHARGE, AnyRequest, Has, Id, PageLength, PageNumber, listed, tenant_of
from services.availability.schemas.sent import Sent
from services.availability.schemas.staff import (
    UNSAID,
    ChangedStaffView,
    RemovedStaffView,
    StaffRequest,
    StaffView,
    changed_staff_view,
    staff_view,
)
from services.availability.use_cases import staff
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent

_TAGS = ["Staff"]


@get("/api/staff", guards=[who.member], tags=_TAGS, summary="List the staff")
async def everybody(
    request: AnyRequest, tools: Has, page: PageNumber = 1, limit: PageLength = None
) -> Listed[StaffView]:
    """In the order they came. Every business starts with one."""
    return listed(await staff.everybody(tools, tenant_id=tenant_of(request)), staff_view, page=page, limit=limit)


@post(
    "/api/staff",
    status_code=201,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Add somebody",
)
async def add(request: AnyRequest, tools: Has, data: JSONBody[StaffRequest]) -> Ok[StaffView]:
    """A person, or a thing that is booked like one. They keep the business's hours until they get their own."""
    sent = (await Sent.by(request, data)).over(UNSAID)
    person = await staff.add(
        tools,
        tenant_id=tenant_of(request),
        asked_by=who.person(request).sub,
        facts=sent.values,
        problems=sent.problems,
    )
    return envelope.ok(staff_view(person))


@put("/api/staff/{id:str}", guards=[IN_CHARGE], tags=_TAGS, summary="Change somebody")
async def change(request: AnyRequest, tools: Has, staff_id: Id, data: JSONBody[StaffRequest]) -> Ok[ChangedStaffView]:
    """Only what is sent. Who is not active is booked no more; `bookingsAhead` tells how many jobs they still have.

    409 `LAST_STAFF` for the last one who is active.
    """
    sent = await Sent.by(request, data)
    person, ahead = await staff.change(
        tools,
        tenant_id=tenant_of(request),
        staff_id=staff_id,
        asked_by=who.person(request).sub,
        facts=sent.values,
        problems=sent.problems,
    )
    return envelope.ok(changed_staff_view(person, bookings_ahead=ahead))


@delete("/api/staff/{id:str}", status_code=200, guards=[IN_CHARGE], tags=_TAGS, summary="Remove somebody")
async def remove(request: AnyRequest, tools: Has, staff_id: Id) -> Ok[RemovedStaffView]:
    """With their hours and leave. Their bookings stay, and `bookingsAhead` tells how many are to be seen to.

    409 `LAST_STAFF` for the last one who is active.
    """
    ahead = await staff.remove(tools, tenant_id=tenant_of(request), staff_id=staff_id)
    return envelope.ok(RemovedStaffView(id=staff_id, bookings_ahead=ahead))


ROUTES = (everybody, add, change, remove)
