"""Charges, as the tries to pay left them."""

from typing import Any, Final

from services.sandbox.domain.stripe import charges, intents
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import missing
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations


async def retrieve(call: Call) -> Body:
    return (await call.target("charge")).body


async def every(call: Call) -> Body:
    return await call.page(
        "charge", customer=call.params.get("customer"), payment_intent=call.params.get("payment_intent")
    )


async def update(call: Call) -> Body:
    changing.only(call, "description", "metadata", "receipt_email", "shipping")
    change = changing.begun(call)
    charge = await changing.target(call, "charge")
    facts: dict[str, Any] = changing.written(call, "description", "receipt_email", "shipping")
    facts["metadata"] = merged(charge["metadata"], call.params.get("metadata"))
    charges.update(change, charge, facts)
    return await changing.keep(call, change, charge)


async def capture(call: Call) -> Body:
    """Another way to the same: what its intent's capture does."""
    changing.only(call, "amount", "application_fee_amount")
    seen = await changing.glimpsed(call, "charge", call.path["charge"])
    if seen is None:
        raise missing("charge", call.path["charge"], param="charge")
    change = changing.begun(call)
    intent = await changing.there(call, "payment_intent", seen["payment_intent"])
    charge = await changing.target(call, "charge")
    charges.capturable(charge)
    sent = {name: value for name, value in call.params.items() if name == "application_fee_amount"}
    if "amount" in call.params:
        sent["amount_to_capture"] = call.params["amount"]
    intents.capture(change, intent, charge, sent)
    return await changing.keep(call, change, charge)


OPERATIONS: Final[Operations] = {
    "GET /v1/charges": every,
    "GET /v1/charges/{charge}": retrieve,
    "POST /v1/charges/{charge}": update,
    "POST /v1/charges/{charge}/capture": capture,
}
