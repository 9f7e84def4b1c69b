"""What was caught: as JSON for programs, and as a page for people."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from services.kernel.db import Database
from services.kernel.http.envelope import Listed, listed
from services.sandbox.api import markup
from services.sandbox.api.markup import Content, Html, tag
from services.sandbox.domain.google import Account
from services.sandbox.domain.messages import Message
from services.sandbox.schemas import MessageView
from services.sandbox.use_cases import catching, signing_in

_ON_A_PAGE: Final = 20
_HEADINGS: Final[dict[Literal["email", "sms"], str]] = {"email": "Mails", "sms": "Text messages"}

PageNumber = Annotated[int, QueryParameter(ge=1, le=100_000)]


@get("/sandbox/messages")
async def caught_messages(
    db: NamedDependency[Database],
    to: FromQuery[str | None] = None,
    channel: FromQuery[Literal["email", "sms"] | None] = None,
    page: PageNumber = 1,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 50,
) -> Listed[MessageView]:
    """The captured messages, newest first."""
    found, total = await catching.all_caught(db, to=_address(to), channel=channel, page=page, limit=limit)
    return listed([MessageView.of(message) for message in found], page=page, limit=limit, total=total)


@get("/sandbox", include_in_schema=False)
async def overview(
    db: NamedDependency[Database],
    to: FromQuery[str | None] = None,
    page: PageNumber = 1,
    refresh: Annotated[int | None, QueryParameter(ge=1, le=3600)] = None,
) -> Response[str]:
    """Everything that was caught, for a person."""
    address = _address(to)
    sections: list[Html] = []
    for channel, heading in _HEADINGS.items():
        found, total = await catching.all_caught(db, to=address, channel=channel, page=page, limit=_ON_A_PAGE)
        sections.append(_section(heading, found, total, address=address, page=page))
    sections.append(_people(await signing_in.known_accounts(db)))
    return markup.page(
        "PeepoPay sandbox",
        tag("h1", "PeepoPay sandbox"),
        tag("p", "What the product would have sent to the companies on the internet.", class_="quiet"),
        _bar(address, refresh),
        sections,
        refresh=refresh,
    )


def _address(to: str | None) -> str | None:
    """An address or number to look for. A plus in a query arrives as a space, which none of them holds."""
    return (to or "").strip("\t\r\n").replace(" ", "+").strip() or None


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


def _section(heading: str, found: Sequence[Message], total: int, *, address: str | None, page: int) -> Html:
    shown: Content = tag("p", "None yet.", class_="empty")
    if found:
        shown = [_card(message, is_open=index == 0 and page == 1) for index, message in enumerate(found)]
    turn = []
    for words, number, is_there in (
        ("Newer", page - 1, page > 1),
        ("Older", page + 1, page * _ON_A_PAGE < total),
    ):
        query = {"page": str(number)} | ({"to": address} if address else {})
        if is_there:
            turn.append(tag("a", words, href=f"/sandbox?{urlencode(query)}"))
    return tag(
        "section",
        tag("h2", f"{heading} ", tag("small", str(total))),
        shown,
        tag("p", turn, class_="bar") if turn else None,
    )


def _card(message: Message, *, is_open: bool) -> Html:
    title = message.subject or message.text[:120] or "(empty)"
    return tag(
        "details",
        tag(
            "summary",
            tag("strong", title),
            tag("time", f"{message.sent_at:%d %b %Y, %H:%M:%S} UTC", datetime=message.sent_at.isoformat()),
            tag("span", f"to {', '.join(message.recipients)}"),
        ),
        tag("div", _facts(message), _links(message), _body(message), class_="inside"),
        class_="card",
        open=is_open,
    )


def _facts(message: Message) -> Html:
    facts = {"From": message.sender, "Id": message.id}
    for name, words in (("cc", "Copy to"), ("bcc", "Hidden copy to"), ("replyTo", "Reply to")):
        if held := message.details.get(name):
            facts[words] = ", ".join(held)
    if attachments := message.details.get("attachments"):
        facts["Attached"] = ", ".join(file["filename"] for file in attachments)
    if tags := message.details.get("tags"):
        facts["Tags"] = ", ".join(f"{name}={value}" for name, value in tags.items())
    if "segments" in message.details:
        facts["Segments"] = str(message.details["segments"])
    return tag("dl", [[tag("dt", name), tag("dd", value)] for name, value in facts.items()])


def _links(message: Message) -> Html | None:
    """Beside the mail, because inside its frame no link leads anywhere."""
    if not message.links:
        return None
    return tag("ol", [tag("li", tag("a", link, href=link, rel="noopener noreferrer")) for link in message.links])


def _body(message: Message) -> Content:
    if not message.html:
        return tag("pre", message.text)
    # An empty sandbox attribute takes every right from the mail: no script, no form, no way out.
    framed = tag("iframe", sandbox="", srcdoc=message.html, loading="lazy", title=f"Mail: {message.subject}")
    plain = tag("details", tag("summary", "Plain text"), tag("pre", message.text)) if message.text else None
    return [framed, plain]


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


ROUTES: Final[list[ControllerRouterHandler]] = [caught_messages, overview]
