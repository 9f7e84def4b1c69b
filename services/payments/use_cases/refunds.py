"""What the company says of a refund, also of one that the business made there by itself."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from services.contracts.payments import RefundFailed, RefundSucceeded
from services.kernel import ids
from services.kernel.db import Tx
from services.payments.domain import fees, states
from services.payments.domain import ledger as entries
from services.payments.domain.errors import StillUnderWay
from services.payments.domain.gateway import Repayment
from services.payments.domain.money import Payment, Refund
from services.payments.store import ledger, money, payments, refunds, timers
from services.payments.store.parked import Misfit, Reason
from services.payments.use_cases import intents, yielding
from services.payments.use_cases.applying import Applied, park, tell
from services.payments.use_cases.tools import Tools

# One that the company is still making is asked about.
LOOK_AGAIN: Final = timedelta(seconds=60)


async def apply(tools: Tools, *, tenant_id: str, repayment: Repayment) -> Applied:
    """The refund becomes what the company says it is. Of a payment that we do not know to be paid, it is asked first."""
    async with tools.db.transaction(tenant_id) as tx:
        known, payment = await _match(tx, repayment)
    if known is None and payment is not None and repayment.fee is None:
        # Made elsewhere: whether the platform gave back of its fee, only the company's books say.
        repayment = await tools.gateway.repayment(repayment.account_id, repayment.id)
    if payment is not None and payment.status != "succeeded" and payment.intent_id is not None:
        await intents.ask(tools, payment)
    async with tools.db.transaction(tenant_id) as tx:
        known, payment = await _match(tx, repayment)
        if payment is None:
            if "payment_id" not in repayment.metadata:
                return "unknown"
            return await park(tools, tx, _misfit(repayment, "unknown", None, repayment.status))
        # The money's row first: what else is known of the refund may change until it is locked.
        await money.lock(tx, payment.booking_id)
        known, _ = await _match(tx, repayment)
        payment = await payments.find(tx, payment.id) or payment
        if payment.status != "succeeded":
            raise StillUnderWay
        refund, misfit = await _fitting(tools, tx, payment, known, repayment)
        if misfit is not None:
            return await park(tools, tx, misfit)
        if refund is None:
            return "unchanged"
        is_news = await _settled(tools, tx, payment, refund, repayment)
        return "applied" if is_news or known is None else "unchanged"


async def fail(tools: Tools, tx: Tx, payment: Payment, refund: Refund, *, failure: str | None) -> None:
    """No more tries: what was to go back counts as kept again. Under the lock of the booking's money."""
    now = tools.clock.now()
    await timers.end(tx, "refund", refund.id)
    await refunds.set_status(tx, refund.id, "failed", failure=failure, ended_at=now)
    await payments.give_back(tx, payment.id, -refund.amount)
    changed = await money.change(tx, payment.booking_id, refunded=-refund.amount)
    if refund.repayment_id is not None:
        await ledger.add(tx, entries.refund_returned(refund, payment, now))
    await tell(
        tools,
        tx,
        RefundFailed,
        changed,
        payment_id=payment.id,
        amount=refund.amount,
        refund_id=refund.id,
        operation_id=refund.operation_id,
    )


async def count(tx: Tx, payment: Payment, refund: Refund) -> None:
    """So much of the payment is on its way back. Under the lock of the booking's money."""
    await payments.give_back(tx, payment.id, refund.amount)
    await money.change(tx, payment.booking_id, refunded=refund.amount)


async def _match(tx: Tx, repayment: Repayment) -> tuple[Refund | None, Payment | None]:
    """By its name, else by ours in its metadata, unless that refund is another at the company."""
    refund = await refunds.by_repayment(tx, repayment.id)
    if refund is None:
        described = await refunds.find(tx, repayment.metadata.get("refund_id", ""))
        # Between the two questions another may have written the name down.
        refund = described if described is not None and described.repayment_id in {None, repayment.id} else None
    if refund is not None:
        return refund, await payments.find(tx, refund.payment_id)
    payment = None
    if repayment.intent_id is not None:
        payment = await payments.by_intent(tx, repayment.intent_id)
    if payment is None and repayment.charge_id is not None:
        payment = await payments.by_charge(tx, repayment.charge_id)
    return None, payment


async def _fitting(
    tools: Tools, tx: Tx, payment: Payment, known: Refund | None, repayment: Repayment
) -> tuple[Refund | None, Misfit | None]:
    """Our row of it, or why it can't have one. Neither, where it came to nothing before we heard of it."""
    if repayment.account_id != payment.account_id:
        return None, _misfit(repayment, "account", payment.account_id, repayment.account_id, payment)
    if repayment.amount.currency != payment.currency:
        return None, _misfit(repayment, "currency", payment.money, repayment.amount, payment)
    if known is None and repayment.status in {"failed", "canceled"}:
        return None, None
    refund = known or await _adopted(tools, tx, payment, repayment)
    if refund is None:
        return None, _misfit(repayment, "amount", payment.amount - payment.refunded, repayment.amount, payment)
    if repayment.amount.amount != refund.amount:
        resized = await _resized(tools, tx, payment, refund, repayment)
        return resized, None if resized else _misfit(repayment, "amount", refund.amount, repayment.amount, payment)
    return refund, None


async def _adopted(tools: Tools, tx: Tx, payment: Payment, repayment: Repayment) -> Refund | None:
    """A refund that was made elsewhere, as one of ours; nothing where more would go back than was paid."""
    amount = repayment.amount.amount
    if payment.refunded + amount > payment.amount:
        # What was owed and could not be sent is sent now, if by another hand.
        same = [one for one in await yielding.unsent_of(tx, payment) if one.amount == amount]
        if same:
            return same[-1]
    emptied = await yielding.make_room(tools, tx, payment, amount)
    if emptied is None:
        return None
    if emptied:
        # It is carried out by this one, and those behind it with it.
        carried_out = replace(emptied[0], amount=amount)
        await yielding.drop(tx, emptied[1:])
        await refunds.resize(tx, carried_out.id, amount, fee=0)
        await count(tx, payment, carried_out)
        return carried_out
    refund = Refund(
        id=ids.new_id("rfnd"),
        tenant_id=payment.tenant_id,
        booking_id=payment.booking_id,
        payment_id=payment.id,
        operation_id=None,
        repayment_id=None,
        amount=amount,
        fee=0,
        currency=payment.currency,
        status="pending",
        reason=None,
        created_at=tools.clock.now(),
    )
    await refunds.add(tx, refund)
    await count(tx, payment, refund)
    await timers.set(tx, "refund", refund.id, refund.created_at + LOOK_AGAIN)
    return refund


async def _resized(tools: Tools, tx: Tx, payment: Payment, refund: Refund, repayment: Repayment) -> Refund | None:
    """One that was made before it had given way to another; nothing where the company told another amount before."""
    if refund.repayment_id is not None or refund.status != "pending":
        return None
    amount = repayment.amount.amount
    emptied = await yielding.make_room(tools, tx, payment, amount - refund.amount, besides=refund.id)
    if emptied is None:
        return None
    await yielding.drop(tx, emptied)
    resized = replace(refund, amount=amount)
    await refunds.resize(tx, refund.id, amount, fee=0)
    await count(tx, payment, replace(refund, amount=amount - refund.amount))
    return resized


async def _settled(tools: Tools, tx: Tx, payment: Payment, refund: Refund, repayment: Repayment) -> bool:
    """Whether the refund's state is another now."""
    was = refund.status
    if refund.repayment_id is None:
        if was == "failed":
            # Given up by us, and made all the same.
            emptied = await yielding.make_room(tools, tx, payment, refund.amount)
            if emptied is None:
                await park(tools, tx, _misfit(repayment, "state", was, repayment.status, payment))
                return False
            await yielding.drop(tx, emptied)
            await _reopened(tools, tx, payment, refund)
        refund = await _made(tools, tx, payment, refund, repayment)
    after = states.refund_after(refund.status, repayment.status)
    if after == refund.status:
        return after != was
    if after == "failed":
        await fail(tools, tx, payment, refund, failure=repayment.failure_reason)
    else:
        await _sent(tools, tx, payment, refund)
    return True


async def _reopened(tools: Tools, tx: Tx, payment: Payment, refund: Refund) -> None:
    await count(tx, payment, refund)
    await refunds.set_status(tx, refund.id, "pending", failure=None, ended_at=None)
    await timers.set(tx, "refund", refund.id, tools.clock.now() + LOOK_AGAIN)


async def _made(tools: Tools, tx: Tx, payment: Payment, refund: Refund, repayment: Repayment) -> Refund:
    """From now on the money is gone from the business's balance; the platform's part of it came back, if we sent it."""
    is_own = payment.fee > 0 and repayment.metadata.get("refund_id") == refund.id
    fee = 0
    if repayment.fee is not None:
        fee = min(repayment.fee.amount, payment.fee - payment.fee_returned)
    elif is_own:
        sent = await refunds.sent_with_fee(tx, payment.id) + refund.amount
        fee = fees.part_of(payment, refunded=sent, returned=payment.fee_returned)
    await refunds.make(tx, refund.id, repayment.id, fee=fee, with_fee=is_own)
    await payments.return_fee(tx, payment.id, fee)
    made = await refunds.find(tx, refund.id)
    if made is None:
        raise AssertionError("a refund is never deleted")
    await ledger.add(tx, entries.refund(made, payment, tools.clock.now()))
    return made


async def _sent(tools: Tools, tx: Tx, payment: Payment, refund: Refund) -> None:
    await timers.end(tx, "refund", refund.id)
    await refunds.set_status(tx, refund.id, "succeeded", failure=None, ended_at=tools.clock.now())
    changed = await money.next_version(tx, payment.booking_id)
    await tell(
        tools,
        tx,
        RefundSucceeded,
        changed,
        payment_id=payment.id,
        amount=refund.amount,
        refund_id=refund.id,
        operation_id=refund.operation_id,
    )


def _misfit(
    repayment: Repayment, reason: Reason, expected: object, found: object, payment: Payment | None = None
) -> Misfit:
    return Misfit(
        kind="refund",
        object_id=repayment.id,
        reason=reason,
        account_id=repayment.account_id,
        payment_id=repayment.metadata.get("payment_id", "")[:64] if payment is None else payment.id,
        expected=None if expected is None else str(expected),
        found=str(found),
    )
