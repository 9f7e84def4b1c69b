"""Payment intents: asked for, confirmed by a server or by a browser, captured, canceled."""

from typing import Final

from services.sandbox.domain.stripe import attempts, checkout, intents
from services.sandbox.domain.stripe.attempts import Way
from services.sandbox.domain.stripe.changes import Change, Object
from services.sandbox.domain.stripe.refusals import CardDeclined, StripeRefusal
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations

_TERMS: Final = (
    "allowed_payment_method_types", "amount", "application_fee_amount", "capture_method", "currency", "customer",
    "description", "metadata", "payment_method", "payment_method_data", "receipt_email", "setup_future_usage",
    "shipping", "statement_descriptor", "statement_descriptor_suffix",
)  # fmt: skip
_CONFIRMING: Final = ("error_on_requires_action", "mandate_data", "off_session", "return_url")
# A browser speaks for the customer, who sets neither terms nor how the money is taken.
_BROWSERS: Final = (
    "payment_method", "payment_method_data", "receipt_email", "return_url", "setup_future_usage", "shipping",
    "mandate_data",
)  # fmt: skip


async def create(call: Call) -> Body:
    ways = ("automatic_payment_methods", "excluded_payment_method_types", "confirm", "confirmation_method")
    changing.only(call, *_TERMS, *_CONFIRMING, *ways)
    changing.can_charge(call)
    change = changing.begun(call)
    method = await changing.chosen_method(call, change)
    await changing.customer(call, call.params.get("customer"))
    intent = intents.created(change, call.params, method)
    if call.params.get("confirm"):
        intents.confirm(change, intent, method, call.params, Way.of(call.params))
    return await changing.keep(call, change, intent)


async def retrieve(call: Call) -> Body:
    return (await call.target("payment_intent")).body


async def every(call: Call) -> Body:
    return await call.page("payment_intent", customer=call.params.get("customer"))


async def update(call: Call) -> Body:
    changing.only(call, *_TERMS)
    change = changing.begun(call)
    intent = await changing.target(call, "payment_intent")
    method = await changing.chosen_method(call, change)
    await changing.customer(call, call.params.get("customer"))
    intents.update(change, intent, call.params, method)
    return await changing.keep(call, change, intent)


async def confirm(call: Call) -> Body:
    known = _BROWSERS if call.is_publishable else (*_BROWSERS, *_CONFIRMING)
    changing.only(call, *known)
    changing.can_charge(call)
    session = await _session_of(call)
    intent = await changing.target(call, "payment_intent")
    change = changing.begun(call)
    way = Way.of(call.params, is_publishable=call.is_publishable)
    # An intent that is over refuses before a card is looked at.
    intents.confirmable(intent, way)
    method = await changing.chosen_method(call, change)
    if method is None and intent["payment_method"] is not None:
        method = await changing.there(call, "payment_method", intent["payment_method"])
    intents.confirm(change, intent, method, call.params, way)
    _finish(change, session, intent, method)
    return await changing.keep(call, change, intent)


async def capture(call: Call) -> Body:
    changing.only(call, "amount_to_capture", "application_fee_amount", "metadata")
    change = changing.begun(call)
    intent = await changing.target(call, "payment_intent")
    charge = await changing.found(call, "charge", intent["latest_charge"])
    intents.capture(change, intent, charge, call.params)
    return await changing.keep(call, change, intent)


async def cancel(call: Call) -> Body:
    changing.only(call, "cancellation_reason")
    change = changing.begun(call)
    intent = await changing.target(call, "payment_intent")
    charge = await changing.found(call, "charge", intent["latest_charge"])
    intents.cancel(change, intent, charge, call.params.get("cancellation_reason"))
    return await changing.keep(call, change, intent)


async def answer_bank(call: Call) -> Body:
    """What the customer answered to the bank's question: `intent`, its `client_secret`, and whether they `passed`."""
    call.path = {"intent": call.params["intent"]}
    call.is_publishable = True
    session = await _session_of(call)
    intent = await changing.target(call, "payment_intent")
    change = changing.begun(call)
    if intent["status"] == "requires_action":
        method = await changing.there(call, "payment_method", intent["payment_method"])
        attempts.answer_bank(change, intent, method, passed=call.params["passed"])
        _finish(change, session, intent, method)
    else:
        attempts.answer_bank(change, intent, {}, passed=False)
    try:
        return await changing.keep(call, change, intent)
    except CardDeclined:
        # The intent itself says what the bank said after the answer.
        return changing.whole(call, intent)


async def come_due(call: Call) -> None:
    """What was on its way to pay `id` has arrived by now, or will never."""
    call.path = {"intent": call.params["id"]}
    session = await _session_of(call)
    intent = await changing.found(call, "payment_intent", call.params["id"])
    if intent is None or intent["status"] != "processing" or (intent["_due"] or call.now + 1) > call.now:
        return
    charge = await changing.there(call, "charge", intent["latest_charge"])
    method = await changing.there(call, "payment_method", intent["payment_method"])
    change = changing.begun(call)
    attempts.arrived(change, intent, charge, method)
    if session is not None:
        checkout.arrived(change, session, intent)
    await changing.keep(call, change)


async def _session_of(call: Call) -> Object | None:
    """The Checkout session that the intent belongs to; locked before the intent, like everywhere."""
    intent = await changing.glimpsed(call, "payment_intent", call.path["intent"])
    return None if intent is None else await changing.found(call, "checkout.session", intent.get("_session"))


def _finish(change: Change, session: Object | None, intent: Object, method: Object | None) -> None:
    if session is None or method is None:
        return
    if session["status"] == "expired":
        raise StripeRefusal("This Checkout Session has expired.", code="payment_intent_unexpected_state")
    if intent["status"] in {"succeeded", "requires_capture", "processing"}:
        checkout.paid(change, session, intent, method)


OPERATIONS: Final[Operations] = {
    "POST /v1/payment_intents": create,
    "GET /v1/payment_intents": every,
    "GET /v1/payment_intents/{intent}": retrieve,
    "POST /v1/payment_intents/{intent}": update,
    "POST /v1/payment_intents/{intent}/confirm": confirm,
    "POST /v1/payment_intents/{intent}/capture": capture,
    "POST /v1/payment_intents/{intent}/cancel": cancel,
}
