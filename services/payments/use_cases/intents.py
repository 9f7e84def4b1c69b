"""What the company says of an intent: by a webhook, as the answer to a call of ours, or when asked. In any order."""

from datetime import timedelta
from typing import Final

from services.contracts.payments import (
    BalanceFailed,
    BalanceSucceeded,
    DepositCanceled,
    DepositFailed,
    DepositSucceeded,
)
from services.kernel.db import Tx
from services.payments.domain import ledger as entries
from services.payments.domain import states
from services.payments.domain.errors import PaymentsNotReady
from services.payments.domain.gateway import Intent
from services.payments.domain.money import Payment
from services.payments.store import ledger, money, payments, timers
from services.payments.store.parked import Misfit
from services.payments.use_cases.applying import Applied, park, tell
from services.payments.use_cases.tools import Tools

# What the company itself takes is rarely known at once.
COST_LATER: Final = timedelta(seconds=5)


async def apply(tools: Tools, *, tenant_id: str, intent: Intent) -> Applied:
    """The payment becomes what the company says it is; each change is told once. What does not fit is parked."""
    async with tools.db.transaction(tenant_id) as tx:
        known = await _match(tx, intent)
        if known is None:
            if "payment_id" not in intent.metadata:
                return "unknown"
            return await park(tools, tx, _unknown(intent))
        # The money's row first: what else is known of the payment may change until it is locked.
        await money.lock(tx, known.booking_id)
        payment = await payments.find(tx, known.id)
        if payment is None:
            raise AssertionError("a payment is never deleted")
        misfit = await _misfit(tx, payment, intent)
        if misfit is not None:
            return await park(tools, tx, misfit)
        if payment.intent_id is None:
            await payments.name_intent(tx, payment.id, intent.id)
        return "applied" if await _changed(tools, tx, payment, intent) else "unchanged"


async def ask(tools: Tools, payment: Payment, *, with_cost: bool = False) -> tuple[Intent, Applied]:
    """Have the company say what the payment is now."""
    if payment.intent_id is None:
        raise AssertionError("only an intent that has a name can be asked about")
    intent = await tools.gateway.intent(payment.account_id, payment.intent_id, with_cost=with_cost)
    return intent, await apply(tools, tenant_id=payment.tenant_id, intent=intent)


async def cancel(tools: Tools, payment: Payment) -> Applied:
    """Have the company give up the intent; it may say that the customer was quicker."""
    if payment.intent_id is None:
        raise AssertionError("only an intent that has a name can be canceled")
    try:
        intent = await tools.gateway.cancel(payment.account_id, payment.intent_id)
    except PaymentsNotReady:
        # The business has taken its account away from us, and with it the means to pay there through us.
        return await out_of_reach(tools, payment)
    return await apply(tools, tenant_id=payment.tenant_id, intent=intent)


async def out_of_reach(tools: Tools, payment: Payment) -> Applied:
    """On an account that we can't get at any more nobody can pay."""
    async with tools.db.transaction(payment.tenant_id) as tx:
        await money.lock(tx, payment.booking_id)
        known = await payments.find(tx, payment.id)
        if known is None or not known.is_open:
            return "unchanged"
        await ended_unpaid(tools, tx, known)
        return "applied"


async def ended_unpaid(tools: Tools, tx: Tx, payment: Payment, *, keeps_payer: bool = False) -> None:
    """The company has given up on it, and nothing was paid; under the lock of the booking's money."""
    now = tools.clock.now()
    await timers.end(tx, "intent", payment.id)
    await timers.end(tx, "link", payment.id)
    if payment.kind == "deposit":
        await payments.set_status(tx, payment.id, "canceled", now, keeps_payer=keeps_payer)
        changed = await money.next_version(tx, payment.booking_id)
        await tell(tools, tx, DepositCanceled, changed, payment_id=payment.id, amount=payment.amount)
        return
    operation = await money.operation(tx, payment.operation_id or "")
    if operation is not None and operation.closed:
        # Whoever gave it up knows.
        await payments.set_status(tx, payment.id, "canceled", now)
        return
    # A page that was not used is the end of the order; a card that was asked in vain may be followed by a page.
    status = "failed" if payment.way == "link" else states.payment_without_customer(payment.decline_code)
    await payments.set_status(tx, payment.id, status, now)
    if status == "failed":
        changed = await money.next_version(tx, payment.booking_id)
        await tell(
            tools,
            tx,
            BalanceFailed,
            changed,
            payment_id=payment.id,
            amount=payment.amount,
            operation_id=payment.operation_id,
            decline_code=payment.decline_code,
        )


async def _match(tx: Tx, intent: Intent) -> Payment | None:
    """By its name, else by ours in its metadata, unless that payment has another intent."""
    named = await payments.by_intent(tx, intent.id)
    if named is not None:
        return named
    described = await payments.find(tx, intent.metadata.get("payment_id", ""))
    # Between the two questions another may have written the name down.
    return described if described is not None and described.intent_id in {None, intent.id} else None


def _unknown(intent: Intent) -> Misfit:
    return Misfit(
        kind="payment",
        object_id=intent.id,
        reason="unknown",
        account_id=intent.account_id,
        payment_id=intent.metadata["payment_id"][:64],
        found=f"{intent.status} {intent.amount}",
    )


async def _misfit(tx: Tx, payment: Payment, intent: Intent) -> Misfit | None:
    # What ends without money may differ as it likes.
    if intent.status == "canceled":
        return None

    def differs(reason: str, expected: object, found: object) -> Misfit:
        return Misfit(
            kind="payment",
            object_id=intent.id,
            reason=reason,  # type: ignore[arg-type] # one of the words below
            account_id=intent.account_id,
            payment_id=payment.id,
            expected=str(expected),
            found=str(found),
        )

    if intent.account_id != payment.account_id:
        return differs("account", payment.account_id, intent.account_id)
    if intent.amount.currency != payment.currency:
        return differs("currency", payment.money, intent.amount)
    if intent.amount != payment.money:
        return differs("amount", payment.money, intent.amount)
    if intent.status == "succeeded" and payment.kind == "deposit" and payment.status in {"failed", "canceled"}:
        live = await payments.deposit_of(tx, payment.booking_id)
        if live is not None and live.id != payment.id and (live.is_open or live.status == "succeeded"):
            return differs("state", live.id, payment.id)
    return None


async def _changed(tools: Tools, tx: Tx, payment: Payment, intent: Intent) -> bool:
    """Whether anything is new."""
    after = states.payment_after(payment.status, intent.status)
    if after == "succeeded":
        if payment.status == "succeeded":
            return await _cost_known(tools, tx, payment, intent)
        await _paid(tools, tx, payment, intent)
        return True
    declined = await _declined(tools, tx, payment, intent)
    if after == payment.status:
        return declined
    if after == "canceled":
        # With what was just written of its last try.
        ended = await payments.find(tx, payment.id)
        await ended_unpaid(tools, tx, ended or payment)
    else:
        await payments.set_status(tx, payment.id, after, tools.clock.now())
    return True


async def _paid(tools: Tools, tx: Tx, payment: Payment, intent: Intent) -> None:
    now = tools.clock.now()
    await payments.pay(
        tx,
        payment.id,
        charge_id=intent.charge_id,
        customer_id=intent.customer_id if payment.save_card else None,
        payment_method_id=intent.payment_method_id if payment.save_card else None,
        at=now,
    )
    await timers.end(tx, "intent", payment.id)
    await timers.end(tx, "link", payment.id)
    paid = await payments.find(tx, payment.id)
    if paid is None:
        raise AssertionError("a payment is never deleted")
    changed = await money.change(tx, payment.booking_id, paid=payment.amount)
    await ledger.add(tx, entries.payment(paid, now))
    if not await _cost_known(tools, tx, paid, intent):
        await timers.set(tx, "cost", paid.id, now + COST_LATER)
    if paid.kind == "deposit":
        is_saved = paid.customer_id is not None and paid.payment_method_id is not None
        await tell(tools, tx, DepositSucceeded, changed, payment_id=paid.id, amount=paid.amount, card_saved=is_saved)
    else:
        await tell(
            tools,
            tx,
            BalanceSucceeded,
            changed,
            payment_id=paid.id,
            amount=paid.amount,
            operation_id=paid.operation_id,
        )


async def _cost_known(tools: Tools, tx: Tx, payment: Payment, intent: Intent) -> bool:
    """The company's own cut, if it says so now and had not before."""
    if intent.cost is None or payment.cost is not None or intent.cost.currency != payment.currency:
        return False
    await payments.set_cost(tx, payment.id, intent.cost.amount)
    await timers.end(tx, "cost", payment.id)
    if intent.cost.amount != 0:
        await ledger.add(tx, entries.cost(payment, intent.cost.amount, tools.clock.now()))
    return True


async def _declined(tools: Tools, tx: Tx, payment: Payment, intent: Intent) -> bool:
    """Whether the company tells of a failed try that was not known. It keeps telling of the last one."""
    failure = intent.failure
    if failure is None or not payment.is_open:
        return False
    name = intent.charge_id or failure.code
    if name in payment.failed_tries:
        return False
    await payments.add_failed_try(tx, payment.id, name, failure)
    if payment.kind == "deposit" and intent.status != "canceled":
        changed = await money.next_version(tx, payment.booking_id)
        code = failure.decline_code or failure.code
        await tell(tools, tx, DepositFailed, changed, payment_id=payment.id, amount=payment.amount, decline_code=code)
    return True
