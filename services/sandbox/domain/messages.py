"""A message that was caught: a mail or a text that goes no further."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from services.sandbox.domain.addresses import folded
from services.sandbox.domain.links import links_in
from services.sandbox.domain.mails import Mail
from services.sandbox.domain.texts import Text, segments

Channel = Literal["email", "sms"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What somebody would have received."""

    id: str
    channel: Channel
    sender: str
    recipients: list[str]
    reached: list[str]
    subject: str
    text: str
    html: str
    links: list[str]
    sent_at: datetime
    # What only that channel has: copies, tags, attachments; segments.
    details: Mapping[str, Any] = field(default_factory=dict)


def caught_mail(mail: Mail, *, message_id: str, at: datetime) -> Message:
    reached = dict.fromkeys(folded(address) for address in (*mail.to, *mail.cc, *mail.bcc))
    details: dict[str, Any] = {
        "cc": mail.cc,
        "bcc": mail.bcc,
        "replyTo": mail.reply_to,
        "headers": mail.headers,
        "tags": mail.tags,
        "scheduledAt": mail.scheduled_at,
        "attachments": [
            {"filename": file.filename, "contentType": file.content_type, "size": file.size, "path": file.path}
            for file in mail.attachments
        ],
    }
    return Message(
        id=message_id,
        channel="email",
        sender=mail.sender,
        recipients=list(mail.to),
        reached=list(reached),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        links=links_in(mail.html, mail.text),
        sent_at=at,
        details={name: value for name, value in details.items() if value},
    )


def caught_text(text: Text, *, message_id: str, at: datetime) -> Message:
    return Message(
        id=message_id,
        channel="sms",
        sender=text.sender,
        recipients=[text.to],
        reached=[folded(text.to)],
        subject="",
        text=text.body,
        html="",
        links=links_in("", text.body),
        sent_at=at,
        details={"segments": segments(text.body)}
        | ({"statusCallback": text.status_callback} if text.status_callback else {}),
    )
