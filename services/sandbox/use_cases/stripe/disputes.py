"""Disputes: what a business has to say to a bank, or that it gives in."""

from typing import Final

from services.sandbox.domain.stripe import disputes
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations


async def retrieve(call: Call) -> Body:
    return (await call.target("dispute")).body


async def every(call: Call) -> Body:
    return await call.page(
        "dispute", charge=call.params.get("charge"), payment_intent=call.params.get("payment_intent")
    )


async def update(call: Call) -> Body:
    changing.only(call, "evidence", "metadata", "submit")
    glimpse = await changing.glimpsed(call, "dispute", call.path["dispute"])
    charge = None if glimpse is None else await changing.there(call, "charge", glimpse["charge"])
    dispute = await changing.target(call, "dispute")
    change = changing.begun(call)
    disputes.update(change, dispute, charge or {}, call.params)
    return await changing.keep(call, change, dispute)


async def close(call: Call) -> Body:
    change = changing.begun(call)
    dispute = await changing.target(call, "dispute")
    disputes.close(change, dispute)
    return await changing.keep(call, change, dispute)


OPERATIONS: Final[Operations] = {
    "GET /v1/disputes": every,
    "GET /v1/disputes/{dispute}": retrieve,
    "POST /v1/disputes/{dispute}": update,
    "POST /v1/disputes/{dispute}/close": close,
}
