"""The end of 3-D Secure, as the dialog of the browser script tells it: no part of Stripe's interface, and in its shapes."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, route
from litestar.di import NamedDependency

from services.sandbox.api.forms import read_form
from services.sandbox.api.stripe.interface import OPEN, preflight, refused
from services.sandbox.domain.stripe.browser import narrowed
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.use_cases.stripe import payment_intents, setup_intents
from services.sandbox.use_cases.stripe.frame import Stripe

_ACTS: Final = {"pi": payment_intents.answer_bank, "seti": setup_intents.answer_bank}
_OUTCOMES: Final = ("complete", "fail")


@route("/_authenticate", http_method=["POST", "OPTIONS"], status_code=200)
async def authenticate(request: Request[Any, Any, Any], stripe: NamedDependency[Stripe]) -> Response[bytes]:
    """What the customer answered to the bank: the intent as it is then, whatever that is."""
    if request.method == "OPTIONS":
        return preflight()
    form = await read_form(request)
    intent_id, outcome = form.get("intent", ""), form.get("outcome")
    act = _ACTS.get(intent_id.partition("_")[0])
    if act is None or outcome not in _OUTCOMES:
        raise StripeRefusal("An intent and an outcome, complete or fail, are needed.", param="outcome")
    account = request.headers.get("stripe-account") or PLATFORM
    secret = form.get("client_secret", "")
    passed = outcome == "complete"
    intent = await stripe.act(account, act, intent=intent_id, client_secret=secret, passed=passed)
    return Response(msgspec.json.encode(narrowed(intent)), media_type="application/json", headers=OPEN)


def _refused(_: Request[Any, Any, Any], refusal: StripeRefusal) -> Response[bytes]:
    return refused(refusal, {})


ROUTER: Final = Router(
    "/sandbox/stripe",
    route_handlers=[authenticate],
    exception_handlers={StripeRefusal: _refused},
    include_in_schema=False,
)
