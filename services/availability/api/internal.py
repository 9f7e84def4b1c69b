"""What booking asks: a time held, confirmed, given up, held longer, swapped."""

from datetime import timedelta
from typing import Annotated

from litestar import get, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import JSONBody, PathParameter, QueryParameter

from services.availability.api.asking import Has
from services.availability.schemas.claims import (
    ClaimView,
    HoldRequest,
    MoveRequest,
    OutcomeView,
    RenewRequest,
    VersionRequest,
    claim_view,
    outcome_view,
)
from services.availability.use_cases import claims
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.identity import Verifier
from services.kernel.ids import is_id

BookingId = Annotated[str, PathParameter(max_length=64)]
TenantId = Annotated[str, QueryParameter(name="tenantId", max_length=64)]


async def booking_only(connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard: nobody but booking has a say in what is sold."""
    verifier: Verifier = connection.app.state.verifier
    if verifier.context(connection.headers.get(who.HEADER, "")).iss != "booking":
        raise errors.Forbidden("Only booking may ask this.")


@post("/internal/holds", status_code=200, guards=[booking_only], include_in_schema=False)
async def hold(tools: Has, data: JSONBody[HoldRequest]) -> Ok[ClaimView]:
    """The same again gives the same claim. 409 `SLOT_UNAVAILABLE`, `CLAIM_DIFFERS`, `BOOKING_OVER`."""
    taken = await claims.hold(
        tools,
        tenant_id=data.tenant_id,
        booking_id=data.booking_id,
        version=data.version,
        service_id=data.service_id,
        starts_at=data.starts_at,
        kind=data.kind,
        staff_id=data.staff_id,
        grace=timedelta(seconds=data.grace_seconds),
        by_hand=data.any_time,
        replaces=data.replaces,
    )
    return envelope.ok(claim_view(taken))


@post("/internal/claims/{booking_id:str}/confirm", status_code=200, guards=[booking_only], include_in_schema=False)
async def confirm(tools: Has, booking_id: BookingId, data: JSONBody[VersionRequest]) -> Ok[OutcomeView]:
    """409 `SLOT_UNAVAILABLE` where the hold ran out and the time is gone."""
    outcome = await claims.confirm(
        tools, tenant_id=data.tenant_id, booking_id=_checked(booking_id), version=data.version
    )
    return envelope.ok(outcome_view(outcome))


@post("/internal/claims/{booking_id:str}/release", status_code=200, guards=[booking_only], include_in_schema=False)
async def release(tools: Has, booking_id: BookingId, data: JSONBody[VersionRequest]) -> Ok[OutcomeView]:
    """Whatever is known of the booking, this does not fail."""
    outcome = await claims.release(
        tools, tenant_id=data.tenant_id, booking_id=_checked(booking_id), version=data.version
    )
    return envelope.ok(outcome_view(outcome))


@post("/internal/claims/{booking_id:str}/renew", status_code=200, guards=[booking_only], include_in_schema=False)
async def renew(tools: Has, booking_id: BookingId, data: JSONBody[RenewRequest]) -> Ok[OutcomeView]:
    """409 `HOLD_EXPIRED` where nothing is left to prolong."""
    outcome = await claims.renew(
        tools,
        tenant_id=data.tenant_id,
        booking_id=_checked(booking_id),
        version=data.version,
        length=timedelta(seconds=data.seconds),
    )
    return envelope.ok(outcome_view(outcome))


@post("/internal/claims/{booking_id:str}/move", status_code=200, guards=[booking_only], include_in_schema=False)
async def move(tools: Has, booking_id: BookingId, data: JSONBody[MoveRequest]) -> Ok[OutcomeView]:
    """409 `SLOT_UNAVAILABLE`: the old time is kept."""
    outcome = await claims.move(
        tools,
        tenant_id=data.tenant_id,
        booking_id=_checked(booking_id),
        move_id=data.move_id,
        version=data.version,
        starts_at=data.starts_at,
        staff_id=data.staff_id,
        service_id=data.service_id,
        by_hand=data.any_time,
    )
    return envelope.ok(outcome_view(outcome))


@get("/internal/claims/{booking_id:str}", guards=[booking_only], include_in_schema=False)
async def known(tools: Has, booking_id: BookingId, tenant_id: TenantId) -> Ok[OutcomeView]:
    """404 `BOOKING_NOT_FOUND` where nobody ever spoke of it."""
    outcome = await claims.known(tools, tenant_id=tenant_id, booking_id=_checked(booking_id))
    return envelope.ok(outcome_view(outcome))


def _checked(booking_id: str) -> str:
    if not is_id(booking_id):
        raise errors.NotFound
    return booking_id


ROUTES = (hold, confirm, release, renew, move, known)
