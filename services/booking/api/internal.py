"""What other contexts ask of a booking: whether it needs its time, and what a message about it says."""

from typing import Annotated

from litestar import get
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import PathParameter, QueryParameter

from services.booking.api.asking import Has
from services.booking.schemas.internal import ClaimView, LetterView, claim_view, letter_view
from services.booking.use_cases import letters
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.identity import Verifier

BookingId = Annotated[str, PathParameter(max_length=64)]
TenantId = Annotated[str, QueryParameter(name="tenantId", max_length=64)]


class Only:
    """Guard: no other context but this one may ask."""

    def __init__(self, context: str) -> None:
        self._context = context

    async def __call__(self, connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
        verifier: Verifier = connection.app.state.verifier
        if verifier.context(connection.headers.get(who.HEADER, "")).iss != self._context:
            raise errors.Forbidden(f"Only {self._context} may ask this.")


@get("/internal/bookings/{booking_id:str}/claim", guards=[Only("availability")], include_in_schema=False)
async def claim(tools: Has, booking_id: BookingId, tenant_id: TenantId) -> Ok[ClaimView]:
    """404 `BOOKING_NOT_FOUND` where there is no such booking: whoever took time for it may give it up."""
    return envelope.ok(claim_view(await letters.known(tools, tenant_id=tenant_id, booking_id=booking_id)))


@get("/internal/bookings/{booking_id:str}/letter", guards=[Only("notify")], include_in_schema=False)
async def letter(tools: Has, booking_id: BookingId, tenant_id: TenantId) -> Ok[LetterView]:
    """404 `BOOKING_NOT_FOUND` also for one that is still being made."""
    return envelope.ok(letter_view(await letters.letter(tools, tenant_id=tenant_id, booking_id=booking_id)))


ROUTES = (claim, letter)
