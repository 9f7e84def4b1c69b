"""The business gives money back."""

from dataclasses import dataclass

from services.booking.clients import Refund
from services.booking.domain.bookings import Booking
from services.booking.domain.errors import BookingNotFound, MoneyOperationOpen, RefundExceedsPayment
from services.booking.domain.operations import Operation
from services.booking.store import bookings, operations, timeline
from services.booking.use_cases.operations import close_balance, open_in, perform
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.money import Money

# Each time a link was open that had to be closed first.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Refunded:
    """What is decided. Without payments' answer it is on its way all the same."""

    booking: Booking
    operation: Operation
    answer: Refund | None

    @property
    def amount(self) -> int:
        if self.answer is not None:
            return self.answer.amount
        left = self.booking.paid - self.booking.refunded
        return left if self.operation.amount is None else self.operation.amount


async def refund(
    tools: Tools, *, tenant_id: str, booking_id: str, amount: int | None, reason: str | None, actor: str
) -> Refunded:
    """All that is left where no amount is given. Refused `REFUND_EXCEEDS_PAYMENT`, `MONEY_OPERATION_OPEN`."""
    for _ in range(_TRIES):
        booking, operation = await _opened(tools, tenant_id, booking_id, amount=amount, reason=reason, actor=actor)
        if operation.kind == "balance":
            # Nobody shall pay at a link while money goes back.
            await close_balance(tools, booking, operation)
            continue
        try:
            outcome = await perform(tools, booking, operation)
        except (errors.Unavailable, errors.TooOften):
            # It is decided, and made as soon as payments can be asked: saying no would invite a second one.
            return Refunded(booking, operation, None)
        if outcome.refusal is not None:
            raise outcome.refusal
        async with tools.db.transaction(tenant_id) as tx:
            now_known = await bookings.find(tx, booking_id)
        return Refunded(now_known or booking, outcome.operation, outcome.refund)
    raise MoneyOperationOpen


async def _opened(
    tools: Tools, tenant_id: str, booking_id: str, *, amount: int | None, reason: str | None, actor: str
) -> tuple[Booking, Operation]:
    """This refund, or the link that has to be closed before."""
    async with tools.db.transaction(tenant_id) as tx:
        now = tools.clock.now()
        booking = await bookings.lock(tx, booking_id)
        if booking is None or booking.state == "draft":
            raise BookingNotFound
        current = await operations.open_of(tx, booking_id)
        if current is not None and current.is_link:
            return booking, current
        if current is not None:
            raise MoneyOperationOpen
        left = booking.paid - booking.refunded
        if amount is not None and amount > left:
            raise RefundExceedsPayment(details={"amount": f"must be at most {Money(max(0, left), booking.currency)}"})
        if left <= 0:
            raise RefundExceedsPayment("Nothing is left of what was paid.")
        opened = await open_in(tx, booking, "refund", cause="asked", amount=amount, reason=reason, actor=actor, now=now)
        details = {"amount": left if amount is None else amount, "currency": booking.currency, "reason": reason}
        await timeline.add(tx, booking_id, "refund_asked", by="tenant", actor=actor, at=now, details=details)
        return booking, opened
