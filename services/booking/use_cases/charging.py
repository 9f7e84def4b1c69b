"""After the job: what is left of the final amount is charged."""

from dataclasses import dataclass

from services.booking.clients import Balance
from services.booking.domain.bookings import Booking
from services.booking.domain.errors import BookingNotFound, InvalidStatusChange, MoneyOperationOpen
from services.booking.domain.operations import CHARGED, Operation
from services.booking.store import bookings, operations
from services.booking.use_cases.operations import close_balance, give_up, open_in, perform
from services.booking.use_cases.tools import Tools
from services.kernel import errors

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Charged:
    """What became of it, as payments says."""

    booking: Booking
    answer: Balance


async def charge_balance(tools: Tools, *, tenant_id: str, booking_id: str, final_amount: int, actor: str) -> Charged:
    """The same final amount again gives the same link, as long as one is open; another one closes that link first.
    Where payments can't say what became of it, it is given up, so that nobody is charged once this has said no.

    Refused `NOTHING_DUE`, `MONEY_OPERATION_OPEN`.
    """
    for _ in range(_TRIES):
        booking, operation = await _opened(tools, tenant_id, booking_id, final_amount=final_amount, actor=actor)
        if operation.final_amount != final_amount:
            await close_balance(tools, booking, operation)
            continue
        try:
            outcome = await perform(tools, booking, operation)
        except (errors.Unavailable, errors.TooOften):
            await give_up(tools, booking, operation)
            raise
        if outcome.refusal is not None:
            raise outcome.refusal
        if outcome.balance is not None:
            return Charged(booking, outcome.balance)
    raise MoneyOperationOpen


async def _opened(
    tools: Tools, tenant_id: str, booking_id: str, *, final_amount: int, actor: str
) -> tuple[Booking, Operation]:
    """This charge, one of the same amount that is open already, or the link that has to be closed before."""
    async with tools.db.transaction(tenant_id) as tx:
        now = tools.clock.now()
        booking = await bookings.lock(tx, booking_id)
        if booking is None or booking.state == "draft":
            raise BookingNotFound
        if booking.state not in CHARGED:
            raise InvalidStatusChange("Only a booking that stands can be charged for.")
        current = await operations.open_of(tx, booking_id)
        if current is None:
            return booking, await open_in(
                tx, booking, "balance", cause="asked", final_amount=final_amount, actor=actor, now=now
            )
        is_same = current.kind == "balance" and current.final_amount == final_amount
        if current.is_closing or not (is_same or current.is_link):
            raise MoneyOperationOpen
        return booking, current
