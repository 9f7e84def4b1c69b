"""A pending booking is given up by its own customer for another one."""

from services.booking.domain.errors import AlreadyPaid, InvalidStatusChange, PaymentServiceUnavailable
from services.booking.store import bookings
from services.booking.use_cases import links
from services.booking.use_cases.releasing import expire_in, give_up
from services.booking.use_cases.tools import Tools
from services.kernel import errors

_UNKNOWN = "must be the manageToken of a booking with this business"


async def unpayable(tools: Tools, tenant_id: str, token: str) -> str | None:
    """The id of the booking, once nobody can pay for it any more; none where it is over already."""
    try:
        link = await links.led_to(tools, token)
    except errors.NotFound as refusal:
        raise errors.Invalid(details={"replaces": _UNKNOWN}) from refusal
    if link.tenant_id != tenant_id:
        raise errors.Invalid(details={"replaces": _UNKNOWN})
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, link.booking_id)
    if booking is None:
        raise errors.Invalid(details={"replaces": _UNKNOWN})
    if booking.is_over:
        return None
    if booking.state != "pending":
        raise AlreadyPaid if booking.needs_deposit else InvalidStatusChange
    try:
        closed = await tools.payments.close_deposit(tenant_id=tenant_id, booking_id=booking.id)
    except errors.Unavailable as refusal:
        raise PaymentServiceUnavailable from refusal
    if closed.outcome in {"succeeded", "processing"}:
        raise AlreadyPaid
    return booking.id


async def ended(tools: Tools, tenant_id: str, booking_id: str) -> None:
    """It ends as one that was never paid for, whoever sees first that nobody can pay for it any more."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.lock(tx, booking_id)
        if booking is not None and booking.state == "pending":
            await expire_in(tools, tx, booking, tools.clock.now(), reason="replaced")
    await give_up(tools, tenant_id=tenant_id, booking_id=booking_id)
