"""Refunds of ours that the company has not made yet give way to money that really went back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from services.kernel.db import Tx
from services.payments.domain import fees, splitting
from services.payments.domain.errors import RefundExceedsPayment
from services.payments.domain.money import Payment, Refund
from services.payments.domain.splitting import Left
from services.payments.store import money, payments, refunds, timers
from services.payments.use_cases.tools import Tools

# No question to the company takes so long: by then it is known whether what was shrunk had been made as it was.
_ANSWERED_BY_THEN: Final = timedelta(seconds=30)


async def make_room(
    tools: Tools, tx: Tx, payment: Payment, amount: int, *, besides: str | None = None
) -> Sequence[Refund] | None:
    """So much more of the payment has gone back: what was to go back in our name, the newest first, becomes what is
    left. Answers those of which nothing is left, and nothing at all where more would go back than was paid.

    Under the lock of the booking's money.
    """
    excess = payment.refunded + amount - payment.amount
    if excess <= 0:
        return ()
    unsent = {one.id: one for one in await unsent_of(tx, payment) if one.id != besides}
    try:
        parts = splitting.parts(excess, [Left(one.id, one.amount) for one in unsent.values()])
    except RefundExceedsPayment:
        return None
    emptied = []
    for part in parts:
        one = unsent[part.id]
        await payments.give_back(tx, payment.id, -part.amount)
        await money.change(tx, payment.booking_id, refunded=-part.amount)
        left = one.amount - part.amount
        if left == 0:
            emptied.append(one)
            continue
        before = replace(payment, refunded=payment.refunded - one.amount)
        await refunds.resize(tx, one.id, left, fee=fees.expected(before, left))
        await timers.postpone(tx, "refund", one.id, tools.clock.now() + _ANSWERED_BY_THEN)
    return emptied


async def unsent_of(tx: Tx, payment: Payment) -> list[Refund]:
    """What is to go back of the payment, and of which the company has told nothing."""
    known = await refunds.of_payments(tx, [payment.id])
    return [one for one in known if one.status == "pending" and one.repayment_id is None]


async def drop(tx: Tx, emptied: Sequence[Refund]) -> None:
    """Their orders are carried out by other hands, and have no part left that could fail."""
    for one in emptied:
        await timers.end(tx, "refund", one.id)
        await refunds.remove(tx, one.id)
