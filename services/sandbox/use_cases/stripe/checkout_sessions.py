"""Checkout sessions: pages of Stripe on which a customer pays."""

from typing import Final

from services.sandbox.domain.stripe import checkout
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations

_KNOWN: Final = (
    "adaptive_pricing", "allowed_payment_method_types", "cancel_url", "client_reference_id", "currency", "customer",
    "customer_creation", "customer_email", "excluded_payment_method_types", "expires_at", "line_items", "locale",
    "metadata", "mode", "payment_intent_data", "submit_type", "success_url", "ui_mode",
)  # fmt: skip


async def create(call: Call) -> Body:
    changing.only(call, *_KNOWN)
    changing.can_charge(call)
    change = changing.begun(call)
    await changing.customer(call, call.params.get("customer"))
    session = checkout.created(change, call.params)
    return await changing.keep(call, change, session)


async def retrieve(call: Call) -> Body:
    return (await call.target("checkout.session")).body


async def every(call: Call) -> Body:
    names = ("customer", "payment_intent", "status")
    return await call.page("checkout.session", **{name: call.params.get(name) for name in names})


async def update(call: Call) -> Body:
    changing.only(call, "metadata")
    change = changing.begun(call)
    session = await changing.target(call, "checkout.session")
    change.alter(session, metadata=merged(session["metadata"], call.params.get("metadata")))
    return await changing.keep(call, change, session)


async def line_items(call: Call) -> Body:
    return checkout.line_items(await changing.target(call, "checkout.session"))


async def expire(call: Call) -> Body:
    change = changing.begun(call)
    session = await changing.target(call, "checkout.session")
    intent = await changing.found(call, "payment_intent", session["payment_intent"])
    charge = await changing.found(call, "charge", intent["latest_charge"]) if intent else None
    checkout.expire(change, session, intent, charge)
    return await changing.keep(call, change, session)


async def come_due(call: Call) -> None:
    """The time of the session `id` has run out."""
    session = await changing.found(call, "checkout.session", call.params["id"])
    if session is None or session["status"] != "open" or session["expires_at"] > call.now:
        return
    change = changing.begun(call)
    intent = await changing.found(call, "payment_intent", session["payment_intent"])
    checkout.expire(change, session, intent, None)
    await changing.keep(call, change)


OPERATIONS: Final[Operations] = {
    "POST /v1/checkout/sessions": create,
    "GET /v1/checkout/sessions": every,
    "GET /v1/checkout/sessions/{session}": retrieve,
    "POST /v1/checkout/sessions/{session}": update,
    "POST /v1/checkout/sessions/{session}/expire": expire,
    "GET /v1/checkout/sessions/{session}/line_items": line_items,
}
