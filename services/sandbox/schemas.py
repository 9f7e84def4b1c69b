"""What the sandbox's own addresses take and give; those of the companies have the companies' shapes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from services.kernel.http.bodies import Wire
from services.sandbox.domain.messages import Message
from services.sandbox.store.resend import Faults
from services.sandbox.store.stripe import FAULT_NAMES, StripeFaults

_MOST_CALLS = 10_000
_LONGEST_DELAY_MS = 60_000
_MOST_COPIES = 50
_FARTHEST_SECONDS = 400 * 24 * 3600

Calls = Annotated[int, msgspec.Meta(ge=0, le=_MOST_CALLS)]
AccountId = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


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


class StripeFaultsRequest(Wire, frozen=True, kw_only=True):
    """Faults of the stand-in for Stripe, for one account or for all; what is not named stays."""

    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_DELAY_MS)] | None = None
    fail_next: Calls | None = None
    drop_webhooks: bool | None = None
    duplicate_webhooks: Annotated[int, msgspec.Meta(ge=0, le=_MOST_COPIES)] | None = None
    shuffle_webhooks: bool | None = None
    decline_all: bool | None = None
    refunds_wait: bool | None = None
    refuse_refunds: bool | None = None
    account_id: AccountId | None = None
    reset: bool = False

    @property
    def wanted(self) -> dict[str, Any]:
        """The faults that are named."""
        named = {name: getattr(self, name) for name in FAULT_NAMES}
        return {name: value for name, value in named.items() if value is not None}


class StripeFaultsView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What holds now, for that account or, without one, for all."""

    delay_ms: int
    fail_next: int
    drop_webhooks: bool
    duplicate_webhooks: int
    shuffle_webhooks: bool
    decline_all: bool
    refunds_wait: bool
    refuse_refunds: bool
    account_id: str | None

    @classmethod
    def of(cls, faults: StripeFaults, account_id: str | None) -> "StripeFaultsView":
        return cls(**{name: getattr(faults, name) for name in FAULT_NAMES}, account_id=account_id)


class AccountRequest(Wire, frozen=True, kw_only=True):
    """One business's account."""

    account_id: AccountId


class RestrictRequest(Wire, frozen=True, kw_only=True):
    """An account on which nothing may be charged any more, or may again."""

    account_id: AccountId
    reason: Literal["requirements.past_due", "listed", "rejected.fraud", "under_review", "other"] = (
        "requirements.past_due"
    )
    lift: bool = False


class StripeAccountView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An account as far as it matters for taking money."""

    account_id: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    disabled_reason: str | None

    @classmethod
    def of(cls, account: Mapping[str, Any]) -> "StripeAccountView":
        return cls(
            account_id=account["id"],
            charges_enabled=account["charges_enabled"],
            payouts_enabled=account["payouts_enabled"],
            details_submitted=account["details_submitted"],
            disabled_reason=account["requirements"]["disabled_reason"],
        )


class AdvanceRequest(Wire, frozen=True, kw_only=True):
    """How far the stand-in's clock goes forward; back it never goes."""

    advance_seconds: Annotated[int, msgspec.Meta(ge=0, le=_FARTHEST_SECONDS)]


class ClockView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The stand-in's time, in seconds since 1970."""

    now: int


class ResendRequest(Wire, frozen=True, kw_only=True):
    """An event that is to go out once more."""

    event_id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
