"""The customer's own door: a booking by its link, no login."""

from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

from litestar import Response, get, post
from litestar.params import JSONBody, PathParameter

from services.booking.api.asking import AnyRequest, Has
from services.booking.domain.bookings import Booking
from services.booking.schemas.manage import CancelledView, CancelRequest, ManagedView, managed_view
from services.booking.schemas.moves import MoveRequest
from services.booking.schemas.shown import booking_view
from services.booking.use_cases import cancelling, managing, moving, receipts
from services.booking.use_cases.copies import tenant_of
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok
from services.kernel.http.money import money_view
from services.kernel.idempotency import Idempotent

_TAGS: Final = ["Manage a booking"]
# What lies behind a link is its owner's, and no cache's; and no other site is told of it.
_PRIVATE: Final[Mapping[str, str]] = {
    "cache-control": "private, no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex, nofollow",
}
# Who has a link makes no mistakes; nobody guesses 256 bits, and nobody shall keep the database busy by trying.
_GUESSES_PER_MINUTE: Final = 20
_GUESSES_AT_ONCE: Final = 20
# Why, nobody has to say.
_NO_REASON: Final = CancelRequest()

V = TypeVar("V")
Token = Annotated[str, PathParameter(name="token", max_length=200)]


@get("/api/manage/{token:str}", tags=_TAGS, summary="Look at a booking")
async def look(request: AnyRequest, tools: Has, manage_token: Token) -> Response[Ok[ManagedView]]:
    """With the terms as agreed and their dates, what a cancellation would give back now, and what is needed to pay.

    404 for every link that leads nowhere.
    """
    managed = await managing.look(tools, await _found(request, tools, manage_token))
    return _answer(envelope.ok(managed_view(managed, tools.clock.now())))


@post(
    "/api/manage/{token:str}/cancel",
    status_code=200,
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Cancel a booking",
)
async def cancel(
    request: AnyRequest, tools: Has, manage_token: Token, data: JSONBody[CancelRequest] = _NO_REASON
) -> Response[Ok[CancelledView]]:
    """What comes back is what `cancellation` said. 409 `INVALID_STATUS_CHANGE`, `BOOKING_IS_PAST`."""
    booking = await _found(request, tools, manage_token)
    cancelled = await cancelling.cancel(
        tools, tenant_id=booking.tenant_id, booking_id=booking.id, by="customer", reason=data.reason or None
    )
    tenant = await tenant_of(tools, booking.tenant_id)
    view = CancelledView(
        booking=booking_view(cancelled.booking, tenant.locale),
        status=cancelled.booking.state,
        refund=money_view(cancelled.refund, tenant.locale),
        refund_percent=cancelled.booking.cancel_percent or 0,
    )
    return _answer(envelope.ok(view))


@post(
    "/api/manage/{token:str}/reschedule",
    status_code=200,
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Move a booking",
)
async def reschedule(
    request: AnyRequest, tools: Has, manage_token: Token, data: JSONBody[MoveRequest]
) -> Response[Ok[ManagedView]]:
    """To a time that is offered. Nothing is charged again, and a late move does not make the terms better.

    409 `SLOT_UNAVAILABLE`: the booking has kept its time. 409 `INVALID_STATUS_CHANGE`, `BOOKING_IS_PAST`.
    """
    booking = await _found(request, tools, manage_token)
    moved = await moving.move(
        tools, tenant_id=booking.tenant_id, booking_id=booking.id, by="customer", starts=data.starts
    )
    managed = await managing.look(tools, moved)
    return _answer(envelope.ok(managed_view(managed, tools.clock.now())))


@get("/api/manage/{token:str}/receipt", media_type="application/pdf", tags=_TAGS, summary="The receipt")
async def receipt(request: AnyRequest, tools: Has, manage_token: Token) -> Response[bytes]:
    """As PDF, of everything that was paid and given back so far. 404 `NOTHING_PAID`."""
    booking = await _found(request, tools, manage_token)
    tenant = await tenant_of(tools, booking.tenant_id)
    body = await receipts.receipt(tools, booking, tenant)
    return _file(body, "application/pdf", f"receipt-{booking.reference}.pdf")


@get("/api/manage/{token:str}/calendar.ics", media_type="text/calendar", tags=_TAGS, summary="For a calendar")
async def calendar(request: AnyRequest, tools: Has, manage_token: Token) -> Response[bytes]:
    """The booking keeps its UID wherever it is moved, and its SEQUENCE grows; a cancelled one says so."""
    booking = await _found(request, tools, manage_token)
    tenant = await tenant_of(tools, booking.tenant_id)
    body = managing.calendar_file(tools, booking, tenant)
    return _file(body, "text/calendar", f"{booking.reference}.ics")


async def _found(request: AnyRequest, tools: Tools, token: str) -> Booking:
    """The booking; guesses are counted by where they come from."""
    try:
        return await managing.found(tools, token)
    except errors.NotFound:
        peer = "" if request.client is None else request.client.host
        address = request.headers.get("x-real-ip") or peer
        await tools.limits.spend("guessed-link", address[:64], per_minute=_GUESSES_PER_MINUTE, burst=_GUESSES_AT_ONCE)
        raise


def _answer(view: V) -> Response[V]:
    return Response(view, headers=dict(_PRIVATE))


def _file(body: bytes, media_type: str, name: str) -> Response[bytes]:
    disposition = f'attachment; filename="{name}"'
    return Response(body, media_type=media_type, headers={**_PRIVATE, "content-disposition": disposition})


ROUTES = (look, cancel, reschedule, receipt, calendar)
