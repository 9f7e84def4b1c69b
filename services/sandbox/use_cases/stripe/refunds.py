"""Refunds: decided under the lock of their charge, so that two at once never give back more than was paid."""

from typing import Final

from services.sandbox.domain.stripe import refunds
from services.sandbox.domain.stripe.changes import Object
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import PLATFORM, Body, Call, Operations


async def create(call: Call) -> Body:
    changing.only(call, "amount", "charge", "metadata", "payment_intent", "reason", "refund_application_fee")
    charge = await _charge(call)
    refunds.refundable(charge, call.params.get("amount"))
    if charge is None or call.faults.refuse_refunds:
        raise StripeRefusal(
            "Insufficient funds in your Stripe balance to refund this amount.", code="balance_insufficient"
        )
    wants_fee_back = call.params.get("refund_application_fee")
    fee_id = charge["application_fee"] if wants_fee_back else None
    fee = await changing.found(call, "application_fee", fee_id, account=PLATFORM)
    change = changing.begun(call)
    refund = refunds.made(change, charge, fee, call.params)
    return await changing.keep(call, change, refund)


async def retrieve(call: Call) -> Body:
    return (await call.target("refund")).body


async def every(call: Call) -> Body:
    return await call.page("refund", charge=call.params.get("charge"), payment_intent=call.params.get("payment_intent"))


async def update(call: Call) -> Body:
    changing.only(call, "metadata")
    change = changing.begun(call)
    refund = await changing.target(call, "refund")
    refunds.update(change, refund, call.params)
    return await changing.keep(call, change, refund)


async def cancel(call: Call) -> Body:
    raise refunds.not_cancelable(await changing.target(call, "refund"))


async def come_due(call: Call) -> None:
    """Some time has passed since `id` was made."""
    glimpse = await changing.glimpsed(call, "refund", call.params["id"])
    if glimpse is None:
        return
    charge = await changing.there(call, "charge", glimpse["charge"])
    refund = await changing.there(call, "refund", glimpse["id"])
    if refund.get("_due") is None or refund["_due"] > call.now:
        return
    change = changing.begun(call)
    refunds.due(change, refund, charge)
    await changing.keep(call, change)


async def _charge(call: Call) -> Object | None:
    """The one to give back, locked; of an intent the one that its last try made."""
    named, intent_id = call.params.get("charge"), call.params.get("payment_intent")
    if named is None and intent_id is None:
        raise StripeRefusal(
            "One of the following params should be provided for this request: payment_intent or charge."
        )
    if intent_id is not None:
        intent = (await call.load("payment_intent", intent_id, param="payment_intent")).body
        if named is not None and named != intent["latest_charge"]:
            raise StripeRefusal("The charge does not belong to the payment_intent.", param="charge")
        named = intent["latest_charge"] if intent["status"] == "succeeded" else None
    if named is None:
        return None
    return changing.seen(await call.load("charge", named, param="charge"))


OPERATIONS: Final[Operations] = {
    "POST /v1/refunds": create,
    "GET /v1/refunds": every,
    "GET /v1/refunds/{refund}": retrieve,
    "POST /v1/refunds/{refund}": update,
    "POST /v1/refunds/{refund}/cancel": cancel,
}
