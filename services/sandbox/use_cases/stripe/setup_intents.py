"""Setup intents: a card is kept without paying."""

from typing import Final

from services.sandbox.domain.stripe import setups
from services.sandbox.domain.stripe.attempts import Way
from services.sandbox.domain.stripe.refusals import CardDeclined
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations

_TERMS: Final = ("customer", "description", "metadata", "payment_method", "payment_method_data")
_CONFIRMING: Final = ("payment_method", "payment_method_data", "return_url", "mandate_data")


async def create(call: Call) -> Body:
    changing.only(
        call, *_TERMS, *_CONFIRMING, "automatic_payment_methods", "allowed_payment_method_types", "confirm", "usage"
    )
    changing.can_charge(call)
    change = changing.begun(call)
    method = await changing.chosen_method(call, change)
    await changing.customer(call, call.params.get("customer"))
    setup = setups.created(change, call.params, method)
    if call.params.get("confirm"):
        setups.confirm(change, setup, method, Way.of(call.params))
    return await changing.keep(call, change, setup)


async def retrieve(call: Call) -> Body:
    return (await call.target("setup_intent")).body


async def every(call: Call) -> Body:
    return await call.page(
        "setup_intent", customer=call.params.get("customer"), payment_method=call.params.get("payment_method")
    )


async def update(call: Call) -> Body:
    changing.only(call, *_TERMS)
    change = changing.begun(call)
    setup = await changing.target(call, "setup_intent")
    method = await changing.chosen_method(call, change)
    await changing.customer(call, call.params.get("customer"))
    setups.update(change, setup, call.params, method)
    return await changing.keep(call, change, setup)


async def confirm(call: Call) -> Body:
    changing.only(call, *_CONFIRMING)
    change = changing.begun(call)
    setup = await changing.target(call, "setup_intent")
    method = await changing.chosen_method(call, change)
    if method is None and setup["payment_method"] is not None:
        method = await changing.there(call, "payment_method", setup["payment_method"])
    setups.confirm(change, setup, method, Way.of(call.params, is_publishable=call.is_publishable))
    return await changing.keep(call, change, setup)


async def cancel(call: Call) -> Body:
    changing.only(call, "cancellation_reason")
    change = changing.begun(call)
    setup = await changing.target(call, "setup_intent")
    setups.cancel(change, setup, call.params.get("cancellation_reason"))
    return await changing.keep(call, change, setup)


async def answer_bank(call: Call) -> Body:
    """As with payment intents."""
    call.path = {"intent": call.params["intent"]}
    call.is_publishable = True
    setup = await changing.target(call, "setup_intent")
    change = changing.begun(call)
    method = await changing.found(call, "payment_method", setup["payment_method"])
    setups.answer_bank(change, setup, method or {}, passed=call.params["passed"])
    try:
        return await changing.keep(call, change, setup)
    except CardDeclined:
        return changing.whole(call, setup)


OPERATIONS: Final[Operations] = {
    "POST /v1/setup_intents": create,
    "GET /v1/setup_intents": every,
    "GET /v1/setup_intents/{intent}": retrieve,
    "POST /v1/setup_intents/{intent}": update,
    "POST /v1/setup_intents/{intent}/confirm": confirm,
    "POST /v1/setup_intents/{intent}/cancel": cancel,
}
