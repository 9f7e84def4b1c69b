"""The sandbox's page: everything that happened at the stand-ins, for a person."""

from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from services.kernel.db import Database
from services.sandbox.api import markup, messages
from services.sandbox.api.markup import Content, Html, tag
from services.sandbox.api.messages import PageNumber
from services.sandbox.api.stripe import board
from services.sandbox.domain.google import Account
from services.sandbox.store import stripe_board
from services.sandbox.use_cases import signing_in

_PLACES: Final = {
    "email": "Mails",
    "sms": "Texts",
    "payments": "Payments",
    "webhooks": "Webhooks",
    "accounts": "Accounts",
    "faults": "Faults",
}
_SHOWN: Final = 25


@get("/sandbox", include_in_schema=False)
async def overview(
    db: NamedDependency[Database],
    to: FromQuery[str | None] = None,
    page: PageNumber = 1,
    refresh: Annotated[int | None, QueryParameter(ge=1, le=3600)] = None,
) -> Response[str]:
    """Everything, for a person."""
    address = messages.wanted_address(to)
    caught = await messages.sections(db, address=address, page=page)
    people = _people(await signing_in.known_accounts(db))
    return markup.page(
        "PeepoPay sandbox",
        tag("h1", "PeepoPay sandbox"),
        tag("p", "What the product would have sent to the companies on the internet.", class_="quiet"),
        tag("nav", [tag("a", words, href=f"#{anchor}") for anchor, words in _PLACES.items()], aria_label="Sections"),
        tag(
            "div",
            tag("div", _bar(address, refresh), caught, people),
            tag("div", await _stripe(db)),
            class_="columns",
        ),
        refresh=refresh,
        layout="wide",
    )


async def _stripe(db: Database) -> list[Html]:
    async with db.transaction() as tx:
        accounts = await stripe_board.accounts(tx, limit=_SHOWN)
        return [
            board.payments(
                await stripe_board.payments(tx, limit=_SHOWN), await stripe_board.count(tx, "payment_intent")
            ),
            board.webhooks(await stripe_board.events(tx, limit=_SHOWN), await stripe_board.count(tx, "event")),
            board.accounts(accounts, await stripe_board.count(tx, "account")),
            board.faults(await stripe_board.faults(tx), accounts),
        ]


def _bar(address: str | None, refresh: int | None) -> Html:
    def here(**changes: str) -> str:
        kept = ({"to": address} if address else {}) | changes
        return f"/sandbox?{urlencode(kept)}" if kept else "/sandbox"

    return tag(
        "div",
        tag(
            "form",
            tag(
                "input", type="search", name="to", value=address or "", placeholder="Recipient", aria_label="Recipient"
            ),
            tag("button", "Filter", type="submit"),
            method="get",
            action="/sandbox",
        ),
        tag("a", "Stop refreshing", href=here()) if refresh else tag("a", "Refresh every 3 s", href=here(refresh="3")),
        tag("a", "As JSON", href=here().replace("/sandbox", "/sandbox/messages", 1)),
        class_="bar",
    )


def _people(people: Sequence[Account]) -> Html:
    shown: Content = tag("p", "Nobody has signed in with Google yet.", class_="empty")
    if people:
        shown = tag(
            "div",
            tag(
                "dl",
                [
                    [tag("dt", person.name), tag("dd", person.email, "" if person.is_verified else " (not verified)")]
                    for person in people
                ],
                class_="inside",
            ),
            class_="card",
        )
    return tag("section", tag("h2", "Google accounts ", tag("small", str(len(people)))), shown)


ROUTES: Final[list[ControllerRouterHandler]] = [overview]
