"""The messages that were caught: as JSON for programs, and as sections of the sandbox's page."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from services.kernel.db import Database
from services.kernel.http.envelope import Listed, listed
from services.sandbox.api.markup import Content, Html, tag
from services.sandbox.domain.messages import Message
from services.sandbox.schemas import MessageView
from services.sandbox.use_cases import catching

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
    found, total = await catching.all_caught(db, to=wanted_address(to), channel=channel, page=page, limit=limit)
    return listed([MessageView.of(message) for message in found], page=page, limit=limit, total=total)


async def sections(db: Database, *, address: str | None, page: int) -> list[Html]:
    """One for each channel, for a person."""
    shown = []
    for channel, heading in _HEADINGS.items():
        found, total = await catching.all_caught(db, to=address, channel=channel, page=page, limit=_ON_A_PAGE)
        shown.append(_section(heading, channel, found, total, address=address, page=page))
    return shown


def wanted_address(to: str | None) -> str | None:
    """An address or number to look for. A plus in a query arrives as a space, which none of them holds."""
    return (to or "").strip("\t\r\n").replace(" ", "+").strip() or None


def _section(
    heading: str, anchor: str, found: Sequence[Message], total: int, *, address: str | None, page: int
) -> Html:
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
        id=anchor,
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


ROUTES: Final[list[ControllerRouterHandler]] = [caught_messages]
