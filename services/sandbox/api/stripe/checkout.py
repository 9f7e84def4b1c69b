"""The page that a Checkout session's address opens: what is paid, and the form to pay it with."""

from typing import Final
from urllib.parse import urlsplit

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from services.sandbox.api.markup import Content, Html, page, tag
from services.sandbox.api.stripe.amounts import written
from services.sandbox.settings import SandboxSettings
from services.sandbox.store.stripe import Body
from services.sandbox.use_cases.stripe import checkout_pages
from services.sandbox.use_cases.stripe.checkout_pages import Shown
from services.sandbox.use_cases.stripe.frame import Stripe

_TITLES: Final = {
    "complete": ("Payment complete", "Thank you. This payment has been made."),
    "expired": ("This link has run out", "Nothing was charged. Ask the business for a new one."),
}
_SCRIPTS: Final = ("/sandbox/stripe.js", "/sandbox/stripe/checkout.js")


@get("/sandbox/stripe/checkout/{session_id:str}", include_in_schema=False)
async def checkout(
    stripe: NamedDependency[Stripe], settings: NamedDependency[SandboxSettings], session_id: FromPath[str]
) -> Response[str]:
    shown = await checkout_pages.shown(stripe, session_id)
    return _unknown() if shown is None else _page(shown, key=settings.stripe_publishable_key)


def _page(shown: Shown, *, key: str) -> Response[str]:
    """The page in the session's own state. Only an open one has a secret to pay with."""
    session, secret = shown.session, shown.client_secret
    business = shown.business or "the business"
    done = _address(session.get("success_url"), session["id"])
    bill = tag(
        "section",
        tag("p", shown.business or "Payment", class_="quiet"),
        tag("h1", written(session["amount_total"], session["currency"])),
        tag("ul", [_line(line) for line in session["line_items"]["data"]]),
        _link("Back without paying", _address(session.get("cancel_url"), session["id"])) if secret else None,
    )
    if secret is None:
        title, words = _TITLES["complete" if session["status"] == "complete" else "expired"]
        there = done if session["status"] == "complete" else None
        over = tag(
            "section", tag("h2", title), tag("p", words), _link(f"Go on to {business}", there, "button"), class_="pay"
        )
        return page(title, tag("div", bill, over, class_="checkout"))
    form = tag(
        "form",
        tag("div", id="element"),
        tag("p", class_="problem", role="alert"),
        tag("button", f"Pay {written(session['amount_total'], session['currency'])}", type="submit", disabled=True),
        id="checkout",
        data_key=key,
        data_account=shown.account,
        data_secret=secret,
        data_business=business,
        data_done=done,
    )
    pay = tag(
        "section",
        tag("h2", "Pay by card"),
        tag("noscript", tag("p", "Paying needs JavaScript.")),
        form,
        class_="pay",
    )
    return page(f"Pay {business}", tag("div", bill, pay, class_="checkout"), scripts=_SCRIPTS)


def _unknown() -> Response[str]:
    section = tag(
        "section",
        tag("h1", "There is nothing to pay here"),
        tag("p", "This address belongs to no payment."),
        class_="narrow",
    )
    return page("Nothing to pay", section, status=404)


def _line(line: Body) -> Html:
    quantity = line.get("quantity") or 1
    name = line.get("description") or "Payment"
    words: Content = f"{name} × {quantity}" if quantity > 1 else name  # noqa: RUF001 - a sign of multiplication
    return tag("li", tag("span", words), tag("span", written(line["amount_total"], line["currency"])))


def _address(address: str | None, session_id: str) -> str | None:
    """Where the business wants its customer back; a browser is sent to pages only, and nowhere that runs a script."""
    if not address or urlsplit(address).scheme not in {"http", "https"}:
        return None
    return address.replace("{CHECKOUT_SESSION_ID}", session_id)


def _link(words: str, address: str | None, class_: str | None = None) -> Html | None:
    return tag("p", tag("a", words, href=address, class_=class_)) if address else None


ROUTES: Final[list[ControllerRouterHandler]] = [checkout]
