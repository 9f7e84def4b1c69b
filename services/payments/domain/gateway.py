"""What a company that moves money must be able to do for us; each gateway is an adapter to this.

Amounts are `Money` in the currency's own smallest unit: what a company counts otherwise, its adapter converts.
`key` is our own row's id: the same key twice is one act at the company. What it refused under a key, it refuses under
that key for good; what was `Unavailable` may have been done all the same, and the same key finds out. Every call may
raise a refusal of `domain.errors`, and nothing else that a company can cause.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from services.kernel.money import Money

IntentStatus = Literal["requires_payment", "requires_action", "processing", "succeeded", "canceled"]
RefundStatus = Literal["pending", "succeeded", "failed", "canceled"]


@dataclass(frozen=True, slots=True)
class Account:
    """A business's account at the company."""

    id: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    # What the company wants to know from the business, in its own words.
    requirements: tuple[str, ...] = ()
    disabled_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, as far as the company is told."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be paid on a business's account, and what of it is the platform's."""

    account_id: str
    amount: Money
    fee: Money
    description: str
    # Comes back with everything that the company tells of it: tenant_id, booking_id, payment_id, kind.
    metadata: Mapping[str, str]
    payer: Payer


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a try did not succeed; `sentence` is for the customer."""

    code: str
    decline_code: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment that was asked for, as the company knows it now."""

    id: str
    status: IntentStatus
    amount: Money
    account_id: str
    metadata: Mapping[str, str]
    # Needed by the customer's browser; never stored.
    client_secret: str | None = None
    charge_id: str | None = None
    fee: Money | None = None
    # The company's own cut, once it says so.
    cost: Money | None = None
    customer_id: str | None = None
    payment_method_id: str | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the company on which the customer pays."""

    id: str
    url: str
    status: Literal["open", "complete", "expired"]
    intent_id: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Repayment:
    """A refund, as the company knows it now."""

    id: str
    status: RefundStatus
    amount: Money
    account_id: str
    charge_id: str | None
    intent_id: str | None
    metadata: Mapping[str, str]
    failure_reason: str | None = None
    # What of the platform's fee went back with it, where the company was asked and has written it down.
    fee: Money | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """What the company moved because of a dispute, and what that cost the business besides; below zero: gave back."""

    amount: Money
    cost: Money


@dataclass(frozen=True, slots=True)
class Dispute:
    """A payment that the customer's bank demands back."""

    id: str
    status: Literal["open", "won", "lost", "warning_closed"]
    amount: Money
    account_id: str
    charge_id: str
    intent_id: str | None
    reason: str
    # Nothing is taken for a mere question, and nothing given back unless the business has won.
    taken: Shift | None = None
    returned: Shift | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the company's own books for a business's account, for reconciling."""

    id: str
    kind: Literal["charge", "refund", "dispute", "fee_refund", "payout", "other"]
    amount: Money
    # The company's cut and the platform's fee that were taken from it.
    cost: Money
    fee: Money
    # The charge, refund or dispute that it belongs to.
    about: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What a company's webhook says: which object of which account changed. What it is now, is asked or in `object`."""

    id: str
    kind: str
    account_id: str | None
    created: datetime
    # The object as it was when the notice was made: `id`, `object` and all else.
    object: Mapping[str, Any] = field(default_factory=dict)
    # Made in the mode, live or test, that our keys are of; what is of the other mode is no news to us.
    is_ours: bool = True


class Gateway(Protocol):
    """One company."""

    name: str

    # Accounts

    async def open_account(
        self, *, key: str, country: str, email: str | None, name: str, metadata: Mapping[str, str]
    ) -> Account: ...
    async def onboarding_url(self, account_id: str, *, return_url: str, refresh_url: str) -> str: ...
    async def account(self, account_id: str) -> Account: ...
    async def dashboard_url(self, account_id: str) -> str: ...

    # Payments

    async def ask(self, order: Order, *, key: str, save_card: bool) -> Intent:
        """A payment that the customer makes in the browser, with `client_secret`."""
        ...

    async def charge(self, order: Order, *, key: str, customer_id: str, payment_method_id: str) -> Intent:
        """The saved card, while the customer is away. A bank that asks for the customer is status requires_action; a
        card that is declined is requires_payment with its `failure`.
        """
        ...

    async def intent(self, account_id: str, intent_id: str, *, with_cost: bool = False) -> Intent: ...

    async def find(self, account_id: str, *, customer_id: str, payment_id: str) -> Intent | None:
        """The customer's newest payment with that `payment_id` in its metadata, where its name was never heard."""
        ...

    async def cancel(self, account_id: str, intent_id: str) -> Intent:
        """As it is afterwards: canceled, or succeeded or processing where it was too late."""
        ...

    async def open_link(
        self, order: Order, *, key: str, return_url: str, expires_at: datetime, save_card: bool
    ) -> Link: ...
    async def link(self, account_id: str, link_id: str) -> Link: ...
    async def close_link(self, account_id: str, link_id: str) -> Link: ...

    # Back

    async def refund(
        self,
        account_id: str,
        *,
        charge_id: str,
        amount: Money,
        key: str,
        metadata: Mapping[str, str],
        with_fee: bool,
    ) -> Repayment:
        """With the platform's fee in proportion, where there was one."""
        ...

    async def repayment(self, account_id: str, repayment_id: str) -> Repayment: ...
    async def repayments(self, account_id: str, *, charge_id: str) -> Sequence[Repayment]: ...
    async def dispute(self, account_id: str, dispute_id: str) -> Dispute: ...

    # What it says by itself

    def notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Raises `NoticeForged` for what it did not sign, or signed too long ago or in the future."""
        ...

    def told(self, body: bytes) -> Notice:
        """The same from a text that was stored, for which nobody vouches any more."""
        ...

    async def movements(self, account_id: str, *, since: datetime, until: datetime) -> Sequence[Movement]: ...

    # The same objects from a notice's `object`, without asking.

    def intent_in(self, notice: Notice) -> Intent: ...
    def repayment_in(self, notice: Notice) -> Repayment: ...
    def dispute_in(self, notice: Notice) -> Dispute: ...
    def account_in(self, notice: Notice) -> Account: ...

    async def close(self) -> None: ...
