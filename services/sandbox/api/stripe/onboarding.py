"""The pages on which a business tells Stripe about itself, and sees what it earned."""

from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from services.sandbox.api import markup
from services.sandbox.api.forms import read_form
from services.sandbox.api.markup import Html, tag
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.store.stripe import Body
from services.sandbox.use_cases.stripe import accounts
from services.sandbox.use_cases.stripe.frame import Stripe

_STEPS: Final = ("Who you are, with a passport or licence", "What your business sells, and where", "Where payouts go")


@get("/onboarding/{link_id:str}")
async def ask(stripe: NamedDependency[Stripe], link_id: FromPath[str]) -> Response[Any]:
    """What the business sees when it follows an account link; one that is no longer good leads back."""
    account, link = await stripe.act(PLATFORM, accounts.visit, link_id=link_id)
    if account is None:
        return _gone_on(link.private["refresh_url"])
    return markup.page(
        "Onboarding",
        tag(
            "section",
            tag("h1", "Get paid"),
            tag("p", "A platform would like to take payments for your business.", class_="quiet"),
            _facts(account.body),
            tag("h2", "What the real Stripe asks now"),
            tag("ul", [tag("li", step) for step in _STEPS], class_="steps"),
            tag("p", "Nothing of it is needed here: one button answers everything.", class_="quiet"),
            tag(
                "form",
                tag("button", "Complete onboarding", type="submit", name="decision", value="complete"),
                tag(
                    "button", "Return without finishing", type="submit", name="decision", value="leave", class_="plain"
                ),
                method="post",
                action=f"/sandbox/stripe/onboarding/{link_id}",
                class_="stack",
            ),
            class_="narrow",
        ),
    )


@post("/onboarding/{link_id:str}")
async def take(
    request: Request[Any, Any, Any], stripe: NamedDependency[Stripe], link_id: FromPath[str]
) -> Response[Any]:
    """The business is done, or has had enough; either way it goes back to where it came from."""
    decision = (await read_form(request)).get("decision")
    leads_to = await stripe.act(PLATFORM, accounts.finish_visit, link_id=link_id, is_complete=decision == "complete")
    return _gone_on(leads_to)


@get("/express/{account_id:str}")
async def express(stripe: NamedDependency[Stripe], account_id: FromPath[str]) -> Response[str]:
    """What a login link leads to."""
    held = await stripe.find("account", account_id)
    if held is None:
        raise StripeRefusal("There is no such account.", status=404)
    return markup.page(
        "Express Dashboard",
        tag(
            "section",
            tag("h1", "Express Dashboard"),
            tag("p", "What the business would see of its payouts.", class_="quiet"),
            _facts(held.body),
            tag("p", tag("a", "All payments of the sandbox", href="/sandbox#payments")),
            class_="narrow",
        ),
    )


def _facts(account: Body) -> Html:
    facts = {
        "Account": account["id"],
        "Country": account["country"],
        "Email": account["email"] or "not given",
        "Charges": "enabled" if account["charges_enabled"] else "not yet",
        "Payouts": "enabled" if account["payouts_enabled"] else "not yet",
    }
    return tag("dl", [[tag("dt", name), tag("dd", fact)] for name, fact in facts.items()])


def _gone_on(address: str) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": address, "Cache-Control": "no-store"})


def _refused(_: Request[Any, Any, Any], refusal: StripeRefusal) -> Response[str]:
    section = tag("section", tag("h1", "Not found"), tag("p", refusal.message), class_="narrow")
    return markup.page("Not found", section, status=refusal.status)


ROUTER: Final = Router(
    "/sandbox/stripe",
    route_handlers=[ask, take, express],
    exception_handlers={StripeRefusal: _refused},
    include_in_schema=False,
)
