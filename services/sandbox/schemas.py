"""What the sandbox's own addresses take and give; those of the companies have the companies' shapes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from services.kernel.http.bodies import Wire
from services.sandbox.domain.messages import Message
from services.sandbox.store import Faults

_MOST_CALLS = 10_000
_LONGEST_DELAY_MS = 60_000

Calls = Annotated[int, msgspec.Meta(ge=0, le=_MOST_CALLS)]


class MessageView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A message that was caught; `links` stand in the order of the message, the first is its action."""

    id: str
    channel: Literal["email", "sms"]
    to: str
    recipients: list[str]
    sender: str = msgspec.field(name="from")
    subject: str
    text: str
    html: str
    links: list[str]
    sent_at: datetime
    details: Mapping[str, Any]

    @classmethod
    def of(cls, message: Message) -> "MessageView":
        return cls(
            id=message.id,
            channel=message.channel,
            to=message.recipients[0],
            recipients=message.recipients,
            sender=message.sender,
            subject=message.subject,
            text=message.text,
            html=message.html,
            links=message.links,
            sent_at=message.sent_at,
            details=message.details,
        )


class FaultsRequest(Wire, frozen=True, kw_only=True):
    """Faults on demand: calls that fail, answers that get lost after the mail was taken, and slowness."""

    fail_next: Calls | None = None
    lose_answers: Calls | None = None
    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_DELAY_MS)] | None = None
    reset: bool = False


class FaultsView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What holds now."""

    fail_next: int
    lose_answers: int
    delay_ms: int

    @classmethod
    def of(cls, faults: Faults) -> "FaultsView":
        return cls(fail_next=faults.fail_next, lose_answers=faults.lose_answers, delay_ms=faults.delay_ms)
