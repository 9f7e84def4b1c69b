"""Payments as people look at them, and the sums of a business's ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kernel import errors
from services.payments.domain import states
from services.payments.domain.money import BookingMoney, Payment, Refund
from services.payments.domain.states import DepositStatus, PaymentStatus
from services.payments.store import ledger, money, payments, refunds
from services.payments.store.ledger import Day
from services.payments.use_cases.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A payment with what went back of it."""

    payment: Payment
    refunds: Sequence[Refund]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsMoney:
    """All there is of one booking's money."""

    money: BookingMoney
    deposit_status: DepositStatus
    card_saved: bool
    payments: Sequence[Payment]
    refunds: Sequence[Refund]


async def of_booking(tools: Tools, *, tenant_id: str, booking_id: str) -> BookingsMoney:
    """Nothing but zeros where nobody ever asked for money of it."""
    async with tools.db.transaction(tenant_id) as tx:
        # Under its lock, so that the sums and the rows are of one moment.
        held = await money.lock(tx, booking_id)
        paid = await payments.of_booking(tx, booking_id)
        back = await refunds.of_booking(tx, booking_id)
    if held is None:
        held = BookingMoney(
            booking_id=booking_id, tenant_id=tenant_id, currency=None, version=0, paid=0, refunded=0, closed=False
        )
    deposits = [one for one in paid if one.kind == "deposit"]
    last = deposits[-1] if deposits else None
    return BookingsMoney(
        money=held,
        deposit_status=states.deposit_status(
            None if last is None else last.status,
            was_declined=last is not None and bool(last.failed_tries),
            amount=0 if last is None else last.amount,
            refunded=0 if last is None else last.refunded,
        ),
        card_saved=any(
            one.status == "succeeded" and one.save_card and one.payment_method_id is not None for one in deposits
        ),
        payments=paid,
        refunds=back,
    )


async def listed(
    tools: Tools, *, tenant_id: str, booking_id: str | None, status: PaymentStatus | None, limit: int, offset: int
) -> tuple[list[Shown], int]:
    """The newest first, and how many there are in all."""
    async with tools.db.transaction(tenant_id) as tx:
        found, total = await payments.listed(tx, booking_id=booking_id, status=status, limit=limit, offset=offset)
        back = await refunds.of_payments(tx, [one.id for one in found])
    return [_shown(one, back) for one in found], total


async def find(tools: Tools, *, tenant_id: str, payment_id: str) -> Shown:
    async with tools.db.transaction(tenant_id) as tx:
        payment = await payments.find(tx, payment_id)
        if payment is None:
            raise errors.NotFound
        return _shown(payment, await refunds.of_payments(tx, [payment_id]))


async def by_day(tools: Tools, *, tenant_id: str, first: date, last: date, zone: str) -> Mapping[str, Sequence[Day]]:
    """What the ledger says of these days, by currency; only days on which something happened."""
    async with tools.db.transaction(tenant_id) as tx:
        found = await ledger.by_day(tx, first, last, zone=zone)
    return {
        currency: [day for day in found if day.currency == currency] for currency in {one.currency for one in found}
    }


def _shown(payment: Payment, back: Sequence[Refund]) -> Shown:
    return Shown(payment=payment, refunds=[one for one in back if one.payment_id == payment.id])
