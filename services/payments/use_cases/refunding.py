"""Refunds that booking orders: decided once under the lock of the booking's money, then made at the company until it
says that they are made.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.contracts.payments import RefundDelayed
from services.kernel import errors, ids
from services.kernel.db import Tx
from services.kernel.money import Money
from services.payments.domain import fees, pauses, splitting, states
from services.payments.domain.errors import OrderDiffers, PaymentRefused, RefundExceedsPayment
from services.payments.domain.gateway import Repayment
from services.payments.domain.money import BookingMoney, Operation, Payment, Refund, metadata_of
from services.payments.domain.splitting import Left
from services.payments.domain.states import OrderStatus
from services.payments.store import money, payments, refunds, timers
from services.payments.use_cases.applying import tell
from services.payments.use_cases.refunds import LOOK_AGAIN, apply, count, fail
from services.payments.use_cases.tools import Tools

# If whoever ordered dies before the company is asked, another asks it then.
_FIRST_LOOK: Final = timedelta(seconds=20)
# A company that is away for a moment is no delay that anybody must hear of.
_PATIENT_TRIES: Final = 2
_SLOWEST_LOOK: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """How the order stands, and the booking's money with it."""

    operation_id: str
    amount: int
    status: OrderStatus
    refunds: tuple[Refund, ...]
    money: BookingMoney


async def refund(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    operation_id: str,
    amount: int | None,
    reason: str | None,
) -> Refunded:
    """So much of what was paid goes back, or all that is left. The same order again is the same refund."""
    decided = await _decided(
        tools,
        tenant_id=tenant_id,
        booking_id=booking_id,
        operation_id=operation_id,
        amount=amount,
        reason=reason,
    )
    fresh = [one for one in decided if one.status == "pending" and one.delayed_at is None]
    await asyncio.gather(*(send(tools, tenant_id=tenant_id, refund_id=one.id) for one in fresh))
    async with tools.db.transaction(tenant_id) as tx:
        parts = await refunds.of_operation(tx, operation_id)
        held = await money.find(tx, booking_id)
    if held is None:
        raise AssertionError("a booking's money is never deleted")
    return Refunded(
        operation_id=operation_id,
        amount=sum(one.amount for one in parts),
        status=states.order_status(one.status for one in parts),
        refunds=tuple(parts),
        money=held,
    )


async def send(tools: Tools, *, tenant_id: str, refund_id: str, tries: int = 1) -> None:
    """Have the company make the refund, or say how far it is. What it can't do now is left for later."""
    found = await _pending(tools, tenant_id, refund_id)
    if found is None:
        return
    one, payment = found
    try:
        repayment = await _made(tools, one, payment)
        if repayment is None:
            return
        applied = await apply(tools, tenant_id=tenant_id, repayment=repayment)
    except (errors.Unavailable, errors.TooOften):
        await _later(tools, one, wait=pauses.while_away(tries), is_delay=tries >= _PATIENT_TRIES)
        return
    except errors.Refusal as refusal:
        await _refused(tools, one, refusal)
        return
    if applied == "parked":
        await _later(tools, one, wait=pauses.PARKED, is_delay=True)
    elif repayment.status == "pending":
        await _later(tools, one, wait=min(LOOK_AGAIN * tries, _SLOWEST_LOOK), is_delay=tries >= _PATIENT_TRIES)


async def _pending(tools: Tools, tenant_id: str, refund_id: str) -> tuple[Refund, Payment] | None:
    """Nothing once it has ended."""
    async with tools.db.transaction(tenant_id) as tx:
        one = await refunds.find(tx, refund_id)
        payment = None if one is None else await payments.find(tx, one.payment_id)
        if one is None or payment is None or one.status != "pending":
            await timers.end(tx, "refund", refund_id)
            return None
        return one, payment


async def _made(tools: Tools, one: Refund, payment: Payment) -> Repayment | None:
    """The refund as the company knows it now; nothing where it turns out that it has ended by other hands."""
    if one.repayment_id is None and one.tries > 0:
        # As it was before it may have been made, with the answer lost.
        found = await _learnt(tools, one, payment)
        if found is None:
            return None
        one = found
    try:
        return await _asked(tools, one, payment)
    except (PaymentRefused, RefundExceedsPayment):
        # More may have gone back than we have heard of: then what is left is asked for, and that is another refund.
        found = await _learnt(tools, one, payment)
        if found is None:
            return None
        if (found.amount, found.repayment_id) == (one.amount, one.repayment_id):
            raise
        return await _asked(tools, found, payment)


async def _asked(tools: Tools, one: Refund, payment: Payment) -> Repayment:
    if one.repayment_id is not None:
        return await tools.gateway.repayment(payment.account_id, one.repayment_id)
    return await tools.gateway.refund(
        payment.account_id,
        charge_id=payment.charge_id or "",
        amount=Money(one.amount, one.currency),
        # What the company has refused, it would refuse for ever under the same key.
        key=f"{one.id}:{one.tries}",
        metadata=_metadata(one, payment),
        with_fee=payment.fee > 0,
    )


async def _learnt(tools: Tools, one: Refund, payment: Payment) -> Refund | None:
    """What is left of it after all that went back of its payment, whoever had that made."""
    for repayment in await tools.gateway.repayments(payment.account_id, charge_id=payment.charge_id or ""):
        await apply(tools, tenant_id=payment.tenant_id, repayment=repayment)
    found = await _pending(tools, one.tenant_id, one.id)
    return None if found is None else found[0]


async def _decided(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    operation_id: str,
    amount: int | None,
    reason: str | None,
) -> list[Refund]:
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        held = await money.lock_or_open(tx, booking_id, now)
        if held is None:
            raise errors.NotFound
        known = await money.operation(tx, operation_id)
        if known is not None:
            if known.kind != "refund" or known.booking_id != booking_id or amount not in {None, known.amount}:
                raise OrderDiffers
            return await refunds.of_operation(tx, operation_id)
        paid = {one.id: one for one in await payments.of_booking(tx, booking_id) if one.left > 0}
        parts = splitting.parts(amount, [Left(one.id, one.left) for one in paid.values()])
        ordered = Operation(
            id=operation_id,
            tenant_id=tenant_id,
            kind="refund",
            booking_id=booking_id,
            amount=sum(part.amount for part in parts),
            closed=False,
        )
        if not await money.add_operation(tx, ordered, now):
            raise OrderDiffers
        found = []
        for part in parts:
            payment = paid[part.id]
            one = Refund(
                id=ids.new_id("rfnd"),
                tenant_id=tenant_id,
                booking_id=booking_id,
                payment_id=payment.id,
                operation_id=operation_id,
                repayment_id=None,
                amount=part.amount,
                fee=fees.expected(payment, part.amount),
                currency=payment.currency,
                status="pending",
                reason=reason,
                created_at=now,
            )
            await refunds.add(tx, one)
            await count(tx, payment, one)
            await timers.set(tx, "refund", one.id, now + _FIRST_LOOK)
            found.append(one)
        return found


async def _later(tools: Tools, one: Refund, *, wait: timedelta, is_delay: bool) -> None:
    async with tools.db.transaction(one.tenant_id) as tx:
        await money.lock(tx, one.booking_id)
        await timers.postpone(tx, "refund", one.id, tools.clock.now() + wait)
        if is_delay:
            await _delayed(tools, tx, one)


async def _refused(tools: Tools, one: Refund, refusal: errors.Refusal) -> None:
    async with tools.db.transaction(one.tenant_id) as tx:
        await money.lock(tx, one.booking_id)
        known = await refunds.find(tx, one.id)
        payment = await payments.find(tx, one.payment_id)
        if known is None or payment is None or known.status != "pending":
            return
        failure = f"{refusal.code}: {refusal.sentence}"
        wait = pauses.after_refusal(await refunds.refused(tx, one.id, failure))
        if wait is None:
            await fail(tools, tx, payment, known, failure=failure)
            return
        await timers.postpone(tx, "refund", one.id, tools.clock.now() + wait)
        await _delayed(tools, tx, known)


async def _delayed(tools: Tools, tx: Tx, one: Refund) -> None:
    """Told once."""
    known = await refunds.find(tx, one.id)
    if known is None or known.status != "pending" or not await refunds.delay(tx, one.id, tools.clock.now()):
        return
    changed = await money.next_version(tx, one.booking_id)
    await tell(
        tools,
        tx,
        RefundDelayed,
        changed,
        payment_id=one.payment_id,
        amount=one.amount,
        refund_id=one.id,
        operation_id=one.operation_id,
    )


def _metadata(one: Refund, payment: Payment) -> dict[str, str]:
    return metadata_of(
        tenant_id=one.tenant_id,
        booking_id=one.booking_id,
        payment_id=payment.id,
        kind=payment.kind,
        operation_id=one.operation_id,
        refund_id=one.id,
    )
