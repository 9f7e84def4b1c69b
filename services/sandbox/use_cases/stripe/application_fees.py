"""The platform's fees, which are in the platform's books whoever's charge they were taken of."""

from typing import Final

from services.sandbox.domain.stripe import fees
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import missing
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations


async def retrieve(call: Call) -> Body:
    return (await call.target("application_fee")).body


async def every(call: Call) -> Body:
    return await call.page("application_fee", charge=call.params.get("charge"))


async def give_back(call: Call) -> Body:
    """Without a refund of the charge: a present of the platform's to the business."""
    changing.only(call, "amount", "metadata")
    fee = await changing.target(call, "application_fee")
    change = changing.begun(call)
    amount = call.params.get("amount", fee["amount"] - fee["amount_refunded"])
    back = fees.give_back(change, fee, amount, merged({}, call.params.get("metadata")))
    fees.movement(
        change,
        "application_fee_refund",
        amount,
        source=back["id"],
        currency=fee["currency"],
        at_once=True,
        on=fee["account"],
    )
    return await changing.keep(call, change, back)


async def refunds(call: Call) -> Body:
    fee = await call.target("application_fee")
    return await call.page("fee_refund", fee=fee.id)


async def refund(call: Call) -> Body:
    held = await call.target("fee_refund", "id")
    if held.body["fee"] != call.path["fee"]:
        raise missing("fee_refund", held.id)
    return held.body


async def update_refund(call: Call) -> Body:
    changing.only(call, "metadata")
    change = changing.begun(call)
    fee = await changing.target(call, "application_fee", "fee")
    back = await changing.target(call, "fee_refund", "id")
    if back["fee"] != fee["id"]:
        raise missing("fee_refund", back["id"])
    change.alter(back, metadata=merged(back["metadata"], call.params.get("metadata")))
    data = [changing.whole(call, back) if each["id"] == back["id"] else each for each in fee["refunds"]["data"]]
    change.alter(fee, refunds={**fee["refunds"], "data": data})
    return await changing.keep(call, change, back)


OPERATIONS: Final[Operations] = {
    "GET /v1/application_fees": every,
    "GET /v1/application_fees/{id}": retrieve,
    "GET /v1/application_fees/{id}/refunds": refunds,
    "POST /v1/application_fees/{id}/refunds": give_back,
    "GET /v1/application_fees/{fee}/refunds/{id}": refund,
    "POST /v1/application_fees/{fee}/refunds/{id}": update_refund,
}
