"""The page of a Checkout session, as whoever opens it sees it."""

from dataclasses import dataclass

from services.sandbox.domain.stripe import checkout
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call
from services.sandbox.use_cases.stripe.frame import Stripe


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page of a Checkout session needs."""

    # With its line items.
    session: Body
    account: str
    business: str | None
    # Of the intent to be paid; nothing once the page is over.
    client_secret: str | None


async def shown(stripe: Stripe, session_id: str) -> Shown | None:
    """The page, if there is one by that id. Whoever looks at it first has the payment asked for."""
    held = await stripe.find("checkout.session", session_id)
    return None if held is None else await stripe.act(held.account, look, session_id=session_id)


async def look(call: Call) -> Shown:
    session = await changing.there(call, "checkout.session", call.params["session_id"])
    change = changing.begun(call)
    intent = await changing.found(call, "payment_intent", session["payment_intent"])
    secret = None
    if session["status"] == "open" and session["expires_at"] <= call.now:
        checkout.expire(change, session, intent, None)
    elif session["status"] == "open":
        secret = (intent or checkout.intent_of(change, session))["client_secret"]
    await changing.keep(call, change)
    profile = (call.connected or {}).get("business_profile") or {}
    body = {**changing.whole(call, session), "line_items": checkout.line_items(session)}
    return Shown(body, call.account, profile.get("name"), secret)
