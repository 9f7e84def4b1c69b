"""What Resend accepts as a mail, and what it says of one that it does not."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.sandbox.domain.addresses import bare_address
from services.sandbox.domain.errors import ResendRefusal

MOST_RECIPIENTS: Final = 50
MOST_IN_A_BATCH: Final = 100
_MOST_TAGS: Final = 75
_LONGEST_TAG: Final = 256
_LONGEST_KEY: Final = 256
_TAG: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file beside a mail; what is in it is not kept."""

    filename: str
    content_type: str
    size: int | None
    path: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One mail as it was handed over."""

    sender: str
    to: tuple[str, ...]
    subject: str
    html: str
    text: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    scheduled_at: str | None = None


def checked_key(key: str | None) -> str | None:
    """The idempotency key, if there is one and Resend would take it."""
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise ResendRefusal(400, "invalid_idempotency_key", f"The key must be between 1-{_LONGEST_KEY} chars.")
    return key


def checked_batch(body: Any) -> list[Mail]:
    """All mails of a batch; one bad mail refuses the whole."""
    if not isinstance(body, list) or not body:
        raise _invalid("The request body must be a list of emails.")
    if len(body) > MOST_IN_A_BATCH:
        raise _invalid(f"A batch can hold at most {MOST_IN_A_BATCH} emails.")
    for entry in body:
        for name in ("attachments", "scheduled_at"):
            if isinstance(entry, dict) and entry.get(name):
                raise _invalid(f"The `{name}` field is not supported in a batch.")
    return [checked_mail(entry) for entry in body]


def checked_mail(body: Any) -> Mail:
    """The mail that a request describes."""
    if not isinstance(body, dict):
        raise _invalid("The request body must be a JSON object.")
    if _holds_nul(body):
        raise _invalid("The request body must not contain NUL characters.")
    for name in ("from", "to", "subject"):
        if not body.get(name):
            raise _missing(f"`{name}`")
    html, text = _text(body, "html"), _text(body, "text")
    if not html and not text:
        raise _missing("`html` or `text`")
    to = _addresses(body, "to")
    if len(to) > MOST_RECIPIENTS:
        raise _invalid(f"The `to` field can hold at most {MOST_RECIPIENTS} addresses.")
    return Mail(
        sender=_sender(body),
        to=to,
        cc=_addresses(body, "cc"),
        bcc=_addresses(body, "bcc"),
        reply_to=_addresses(body, "reply_to"),
        subject=_text(body, "subject"),
        html=html,
        text=text,
        headers=_headers(body),
        tags=_tags(body),
        attachments=_attachments(body),
        scheduled_at=_text(body, "scheduled_at") or None,
    )


def _invalid(message: str) -> ResendRefusal:
    return ResendRefusal(422, "validation_error", message)


def _missing(what: str) -> ResendRefusal:
    return ResendRefusal(422, "missing_required_field", f"Missing {what} field.")


def _bad_address(name: str) -> ResendRefusal:
    return _invalid(
        f"Invalid `{name}` field. The email address needs to follow the"
        " `email@example.com` or `Name <email@example.com>` format."
    )


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _invalid(f"The `{name}` field must be a `string`.")
    return value


def _sender(body: Mapping[str, Any]) -> str:
    sender = body["from"]
    if not isinstance(sender, str) or bare_address(sender) is None:
        raise _bad_address("from")
    return sender


def _addresses(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """One address or a list of them, without the names beside them."""
    value = body.get(name)
    if not value:
        return ()
    found: list[str] = []
    for entry in value if isinstance(value, list) else [value]:
        address = bare_address(entry) if isinstance(entry, str) else None
        if address is None:
            raise _bad_address(name)
        found.append(address)
    return tuple(found)


def _headers(body: Mapping[str, Any]) -> dict[str, str]:
    headers = body.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise _invalid("The `headers` field must be an object with string values.")
    return headers


def _tags(body: Mapping[str, Any]) -> dict[str, str]:
    tags = body.get("tags") or []
    if not isinstance(tags, list) or len(tags) > _MOST_TAGS:
        raise _invalid(f"The `tags` field must be a list of at most {_MOST_TAGS} tags.")
    found: dict[str, str] = {}
    for tag in tags:
        pair = (tag.get("name"), tag.get("value")) if isinstance(tag, dict) else (None, None)
        for part in pair:
            if not isinstance(part, str) or len(part) > _LONGEST_TAG or _TAG.fullmatch(part) is None:
                raise _invalid("Tags should only contain ASCII letters, numbers, underscores, or dashes.")
        found[str(pair[0])] = str(pair[1])
    return found


def _attachments(body: Mapping[str, Any]) -> tuple[Attachment, ...]:
    attachments = body.get("attachments") or []
    if not isinstance(attachments, list):
        raise _invalid("The `attachments` field must be a list.")
    return tuple(_attachment(entry) for entry in attachments)


def _attachment(entry: Any) -> Attachment:
    if not isinstance(entry, dict):
        raise _invalid("An attachment must be an object.")
    content, path = entry.get("content"), _text(entry, "path") or None
    if not content and not path:
        raise _invalid("An attachment must have either a `content` or `path`.")
    filename = _text(entry, "filename")
    if content and not filename:
        raise _invalid("An attachment with `content` must have a `filename`.")
    return Attachment(
        filename=filename or str(path).rpartition("/")[2],
        content_type=_text(entry, "content_type"),
        size=_size(content) if content else None,
        path=path,
    )


def _size(content: Any) -> int:
    """How many bytes the content has, which is base64 or, as older clients send it, a list of bytes."""
    if isinstance(content, str):
        try:
            return len(base64.b64decode(content, validate=True))
        except (binascii.Error, ValueError) as error:
            raise _invalid("The `content` of an attachment must be base64.") from error
    if isinstance(content, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in content):  # noqa: PLR2004
        return len(content)
    raise _invalid("The `content` of an attachment must be base64.")


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, Mapping):
        return any(_holds_nul(name) or _holds_nul(inner) for name, inner in value.items())
    return isinstance(value, Sequence) and any(_holds_nul(inner) for inner in value)
