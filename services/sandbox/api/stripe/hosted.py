"""Pages to which Stripe sends a customer: the bank's question where the page has no script for it, and a receipt."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from services.kernel.secrets import same
from services.sandbox.api import markup
from services.sandbox.api.forms import read_form
from services.sandbox.api.markup import tag
from services.sandbox.api.stripe.amounts import written
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.store.stripe import Body, Held
from services.sandbox.use_cases.stripe import payment_intents, setup_intents
from services.sandbox.use_cases.stripe.frame import Stripe

_PAYMENT: Final = "payment_intent"
_SETUP: Final = "setup_intent"


@get("/3ds/{intent_id:str}")
async def ask(
    stripe: NamedDependency[Stripe], intent_id: FromPath[str], client_secret: FromQuery[str] = ""
) -> Response[str]:
    """What the customer's bank wants to know."""
    held = await _intent(stripe, intent_id, client_secret)
    if held.body["status"] != "requires_action":
        return _over(held.body)
    return markup.page(
        "3-D Secure",
        tag(
            "section",
            tag("h1", "Your bank asks"),
            tag("p", _question(held.body)),
            tag("p", "No bank is involved: either answer is yours to give.", class_="quiet"),
            tag(
                "form",
                tag("input", type="hidden", name="client_secret", value=client_secret),
                tag("button", "Complete authentication", type="submit", name="outcome", value="complete"),
                tag("button", "Fail authentication", type="submit", name="outcome", value="fail", class_="plain"),
                method="post",
                action=f"/sandbox/stripe/3ds/{intent_id}",
                class_="stack",
            ),
            class_="narrow",
        ),
    )


@post("/3ds/{intent_id:str}")
async def take(
    request: Request[Any, Any, Any], stripe: NamedDependency[Stripe], intent_id: FromPath[str]
) -> Response[Any]:
    """The answer; the customer goes back to the business with what came of it."""
    form = await read_form(request)
    secret = form.get("client_secret", "")
    held = await _intent(stripe, intent_id, secret)
    if held.body["status"] != "requires_action":
        return _over(held.body)
    back = (held.body["next_action"].get("redirect_to_url") or {}).get("return_url")
    act = payment_intents.answer_bank if held.kind == _PAYMENT else setup_intents.answer_bank
    passed = form.get("outcome") == "complete"
    intent = await stripe.act(held.account, act, intent=intent_id, client_secret=secret, passed=passed)
    if back is None or urlsplit(back).scheme not in {"http", "https"}:
        return _over(intent)
    return Response(None, status_code=303, headers={"Location": _with_outcome(back, intent)})


@get("/receipts/{charge_id:str}")
async def receipt(stripe: NamedDependency[Stripe], charge_id: FromPath[str]) -> Response[str]:
    """What Stripe would send the customer."""
    held = await stripe.find("charge", charge_id)
    if held is None or held.body["receipt_url"] is None:
        raise StripeRefusal("There is no such receipt.", status=404)
    charge = held.body
    facts = {
        "Paid": written(charge["amount_captured"], charge["currency"]),
        "Given back": written(charge["amount_refunded"], charge["currency"]) if charge["amount_refunded"] else None,
        "For": charge["description"],
        "Payment": charge["id"],
    }
    lines = [[tag("dt", name), tag("dd", fact)] for name, fact in facts.items() if fact]
    return markup.page("Receipt", tag("section", tag("h1", "Receipt"), tag("dl", lines), class_="narrow"))


async def _intent(stripe: Stripe, intent_id: str, secret: str) -> Held:
    kind = _SETUP if intent_id.startswith("seti_") else _PAYMENT
    held = await stripe.find(kind, intent_id)
    if held is None or not same(secret, held.body["client_secret"]):
        raise StripeRefusal("There is nothing to answer here.", status=404)
    return held


def _question(intent: Body) -> str:
    if intent["object"] == _SETUP:
        return "Do you want this card to be kept for later payments?"
    return f"Do you want to pay {written(intent['amount'], intent['currency'])}?"


def _over(intent: Body) -> Response[str]:
    words = {
        "succeeded": "It is done. You can close this page.",
        "requires_payment_method": "It was not confirmed. Go back and try again, or try another card.",
    }
    said = words.get(intent["status"], "Nothing is asked here any more.")
    return markup.page("3-D Secure", tag("section", tag("h1", "Thank you"), tag("p", said), class_="narrow"))


def _with_outcome(address: str, intent: Body) -> str:
    """Stripe tells the page that the customer comes back to which intent it was, and whether it went well."""
    parts = urlsplit(address)
    kind = intent["object"]
    has_failed = intent["status"] == "requires_payment_method"
    outcome = {
        kind: intent["id"],
        f"{kind}_client_secret": intent["client_secret"],
        "redirect_status": "failed" if has_failed else "succeeded",
    }
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), *outcome.items()])))


def _refused(_: Request[Any, Any, Any], refusal: StripeRefusal) -> Response[str]:
    section = tag("section", tag("h1", "Not found"), tag("p", refusal.message), class_="narrow")
    return markup.page("Not found", section, status=refusal.status)


ROUTER: Final = Router(
    "/sandbox/stripe",
    route_handlers=[ask, take, receipt],
    exception_handlers={StripeRefusal: _refused},
    include_in_schema=False,
)
