"""The mails: what each says, as HTML and as plain text. The first link of a mail is its action."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from services.notify.domain.layout import Letter, html, plain
from services.notify.domain.messages import AccountKind, Kind

_SENDER: Final = re.compile(r"[^<>\r\n]*<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+")
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Whom to write to, and where the action of the mail leads; asked of auth when the mail is sent."""

    kind: AccountKind
    to: str
    name: str
    url: str
    expires_at: datetime
    tenant_name: str | None = None
    inviter_name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A mail as it is handed to the provider."""

    kind: Kind
    to: str
    subject: str
    html: str
    text: str


def is_sender(text: str) -> bool:
    return _SENDER.fullmatch(text) is not None


def mail_with(link: Link, *, asked_at: datetime) -> Mail:
    """The same mail for the same facts, however often it is made: a second try must not differ from the first."""
    return mail(link.kind, link.to, _LETTERS[link.kind](link, _lasting(link.expires_at - asked_at)))


def mail(kind: Kind, to: str, letter: Letter) -> Mail:
    if urlsplit(letter.url).scheme not in {"http", "https"}:
        raise ValueError("a mail's action must be a web address")
    return Mail(kind=kind, to=to, subject=letter.subject, html=html(letter), text=plain(letter))


def _verification(link: Link, lasting: str) -> Letter:
    return Letter(
        subject="Verify your e-mail address",
        preview="One tap and your account is ready.",
        title="Verify your e-mail address",
        paragraphs=(
            _greeting(link.name),
            "welcome to PeepoPay. Please verify that this address is yours, and you can take your first booking.",
        ),
        action="Verify e-mail address",
        url=link.url,
        notes=(f"The link works once, for {lasting}.", "If you did not sign up, ignore this mail: nothing happens."),
    )


def _password_reset(link: Link, lasting: str) -> Letter:
    return Letter(
        subject="Reset your password",
        preview="Choose a new password for PeepoPay.",
        title="Reset your password",
        paragraphs=(
            _greeting(link.name),
            "somebody asked for a new password for your PeepoPay account. If that was you, choose one here.",
        ),
        action="Choose a new password",
        url=link.url,
        notes=(
            f"The link works once, for {lasting}. Every device is signed out when you use it.",
            "If it was not you, ignore this mail: your password stays as it is.",
        ),
    )


def _invitation(link: Link, lasting: str) -> Letter:
    team = line(link.tenant_name or "") or "a team"
    inviter = line(link.inviter_name or "") or "Somebody"
    return Letter(
        subject=f"Join {team} on PeepoPay",
        preview=f"{inviter} invited you.",
        title=f"Join {team}",
        paragraphs=(
            _greeting(link.name),
            f"{inviter} invited you to work with {team} on PeepoPay: to see the jobs, the calendar and the customers.",
        ),
        action="Accept the invitation",
        url=link.url,
        notes=(
            f"The link works once, for {lasting}.",
            "If you do not know who this is, ignore this mail: nothing happens.",
        ),
    )


_LETTERS: Final = {"verification": _verification, "password_reset": _password_reset, "invitation": _invitation}


def _greeting(name: str) -> str:
    shown = line(name)
    return f"Hello {shown}," if shown else "Hello,"


def line(text: str) -> str:
    """Somebody's own words in a subject or a sentence: one line, of a bearable length."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return words if len(words) <= _LONGEST_NAME else f"{words[: _LONGEST_NAME - 1]}…"


def _lasting(lifetime: timedelta) -> str:
    """Rounded, because the event that asked for the mail came a moment after the link was made."""
    minutes = max(1, round(lifetime.total_seconds() / 60))
    hours, days = round(minutes / 60), round(minutes / 1440)
    if days > 1:
        return f"{days} days"
    if hours > 1:
        return f"{hours} hours"
    if hours == 1 and minutes >= 50:  # noqa: PLR2004 - from here on "an hour" is nearer than the minutes
        return "one hour"
    return f"{minutes} minutes" if minutes > 1 else "one minute"
