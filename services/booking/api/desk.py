"""Bookings, for the people of the business."""

from datetime import date
from typing import Annotated, Final, cast, get_args

import msgspec
from litestar import Response, get, patch, post, put
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from services.booking.api.asking import (
    IN_CHARGE,
    AnyRequest,
    Has,
    Id,
    PageLength,
    PageNumber,
    Typed,
    is_in_charge,
    person_of,
    tenant_of,
)
from services.booking.api.book import key_of
from services.booking.domain.bookings import State
from services.booking.domain.errors import InvalidStatusChange
from services.booking.schemas.desk import (
    DetailView,
    HandRequest,
    MadeView,
    PatchRequest,
    StatusRequest,
    detail_view,
    made_view,
)
from services.booking.schemas.moves import DeskMoveRequest
from services.booking.schemas.shown import BookingView, booking_view
from services.booking.store.listing import Filter
from services.booking.use_cases import cancelling, detailing, links, listing, moving, ordering, working
from services.booking.use_cases.copies import tenant_of as business_of
from services.booking.use_cases.listing import Wanted
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent

_TAGS: Final = ["Bookings"]
_STATES: Final = frozenset(get_args(State)) - {"draft"}
_CSV: Final = "text/csv"

Chosen = Annotated[Filter | None, QueryParameter(name="filter", description="What is still to come, or what is over.")]
Status = Annotated[
    str | None, QueryParameter(name="status", max_length=200, description="One, or several parted by commas.")
]
From = Annotated[date | None, QueryParameter(name="from", description="The first day, by the business's clock.")]
To = Annotated[date | None, QueryParameter(name="to", description="The last day, by the business's clock.")]


@get("/api/bookings", guards=[who.member], tags=_TAGS, summary="List the bookings")
async def listed(
    request: AnyRequest,
    tools: Has,
    *,
    chosen: Chosen = None,
    status: Status = None,
    first: From = None,
    last: To = None,
    q: Typed = "",
    page: PageNumber = 1,
    limit: PageLength = 50,
) -> Response[Listed[BookingView]]:
    """What is to come by its start, everything else from the latest on. `Accept: text/csv` gives all of it as a table.

    `q` looks into reference, name, e-mail, phone and address; all of its words must be there.
    """
    wanted = _wanted(chosen, status, first, last, q)
    if _CSV in request.headers.get("accept", ""):
        return cast("Response[Listed[BookingView]]", _table(tools, tenant_of(request), wanted))
    found, total, tenant = await listing.page(
        tools, tenant_id=tenant_of(request), wanted=wanted, page_number=page, limit=limit
    )
    shown = [booking_view(booking, tenant.locale) for booking in found]
    return Response(envelope.listed(shown, page=page, limit=limit, total=total))


@get("/api/bookings/export", guards=[who.member], media_type=_CSV, tags=_TAGS, summary="Export the bookings")
async def export(
    request: AnyRequest,
    tools: Has,
    *,
    chosen: Chosen = None,
    status: Status = None,
    first: From = None,
    last: To = None,
    q: Typed = "",
) -> Stream:
    """The same filters as for the list; at most 100,000 lines, the earliest first. No cell is run as a formula."""
    return _table(tools, tenant_of(request), _wanted(chosen, status, first, last, q))


@post(
    "/api/bookings",
    status_code=201,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Book by hand",
)
async def add(request: AnyRequest, tools: Has, data: JSONBody[HandRequest]) -> Ok[MadeView]:
    """Confirmed at once; with `withDeposit` the time is held for a day for the customer, who pays at `manageUrl`.

    404; 409 `SLOT_UNAVAILABLE`, `SERVICE_NOT_OFFERED`, `PAYMENTS_NOT_READY`.
    """
    tenant_id, person = tenant_of(request), person_of(request)
    business = await business_of(tools, tenant_id)
    key = key_of(request, f"{tenant_id}\0{person}")
    ordered = await ordering.order(tools, data.order(tenant_id, currency=business.currency, actor=person, key=key))
    detail = await detailing.detail(
        tools, tenant_id=tenant_id, booking_id=ordered.booking.id, is_in_charge=is_in_charge(request)
    )
    return envelope.ok(made_view(ordered, detail, links.url_of(tools, ordered.booking)))


@get("/api/bookings/{id:str}", guards=[who.member], tags=_TAGS, summary="Read a booking")
async def read(request: AnyRequest, tools: Has, booking_id: Id) -> Ok[DetailView]:
    """With all that happened, its payments, and what can be done now."""
    return await _detail(request, tools, booking_id)


@patch("/api/bookings/{id:str}", guards=[who.member], tags=_TAGS, summary="Correct a booking")
async def correct(request: AnyRequest, tools: Has, booking_id: Id, data: JSONBody[PatchRequest]) -> Ok[DetailView]:
    """Only what is sent changes. The address is the matter of those in charge."""
    if data.address is not msgspec.UNSET and not is_in_charge(request):
        raise errors.Forbidden
    await working.correct(
        tools,
        tenant_id=tenant_of(request),
        booking_id=booking_id,
        actor=person_of(request),
        notes=data.notes,
        address=data.address,
    )
    return await _detail(request, tools, booking_id)


@put("/api/bookings/{id:str}/status", guards=[who.member], tags=_TAGS, summary="Say what became of a booking")
async def turn(request: AnyRequest, tools: Has, booking_id: Id, data: JSONBody[StatusRequest]) -> Ok[DetailView]:
    """To `in_progress`, `completed`, `no_show`, or `cancelled`: then all that was paid goes back.

    409 `INVALID_STATUS_CHANGE`. A deposit confirms a booking, and time lets it expire: nobody says so.
    """
    tenant_id, person, reason = tenant_of(request), person_of(request), data.reason or None
    if data.status == "cancelled":
        if not is_in_charge(request):
            raise errors.Forbidden
        await cancelling.cancel(
            tools, tenant_id=tenant_id, booking_id=booking_id, by="tenant", reason=reason, actor=person
        )
    elif data.status in {"in_progress", "completed", "no_show"}:
        await working.turn(
            tools, tenant_id=tenant_id, booking_id=booking_id, step=data.status, actor=person, reason=reason
        )
    else:
        await _detail(request, tools, booking_id)
        raise InvalidStatusChange(f"Nobody can make a booking {data.status} by saying so.")
    return await _detail(request, tools, booking_id)


@post(
    "/api/bookings/{id:str}/reschedule",
    status_code=200,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Move a booking",
)
async def reschedule(
    request: AnyRequest, tools: Has, booking_id: Id, data: JSONBody[DeskMoveRequest]
) -> Ok[DetailView]:
    """To a time that is offered, or with `anyTime` to one that is not taken; the customer's terms get no worse.

    409 `SLOT_UNAVAILABLE`: the booking has kept its time. 409 `INVALID_STATUS_CHANGE`, `BOOKING_IS_PAST`.
    """
    await moving.move(
        tools,
        tenant_id=tenant_of(request),
        booking_id=booking_id,
        by="tenant",
        starts=data.starts,
        actor=person_of(request),
        staff_id=data.staff_id,
        any_time=data.any_time,
    )
    return await _detail(request, tools, booking_id)


async def _detail(request: AnyRequest, tools: Tools, booking_id: str) -> Ok[DetailView]:
    tenant_id = tenant_of(request)
    business = await business_of(tools, tenant_id)
    detail = await detailing.detail(
        tools, tenant_id=tenant_id, booking_id=booking_id, is_in_charge=is_in_charge(request)
    )
    return envelope.ok(detail_view(detail, business.locale))


def _wanted(chosen: Filter | None, status: str | None, first: date | None, last: date | None, typed: str) -> Wanted:
    """A refusal names what is wrong with it."""
    problems = {
        name: "must lie between the years 2000 and 2100"
        for name, day in (("from", first), ("to", last))
        if day is not None and not 2000 < day.year < 2100  # noqa: PLR2004 - years of which every zone's rules are known
    }
    states = [state.strip() for state in (status or "").split(",") if state.strip()]
    if unknown := [state for state in states if state not in _STATES]:
        problems["status"] = f"{unknown[0][:40]!r} is none of {', '.join(sorted(_STATES))}"
    if not problems and first is not None and last is not None and last < first:
        problems["to"] = "must not be before from"
    if problems:
        raise errors.Invalid(details=problems)
    return Wanted(filter=chosen, states=states, first=first, last=last, typed=typed)


def _table(tools: Tools, tenant_id: str, wanted: Wanted) -> Stream:
    headers = {"content-disposition": 'attachment; filename="bookings.csv"', "cache-control": "private, no-store"}
    return Stream(
        listing.table(tools, tenant_id=tenant_id, wanted=wanted),
        media_type=f"{_CSV}; charset=utf-8",
        headers=headers,
    )


ROUTES = (listed, export, add, read, correct, turn, reschedule)
