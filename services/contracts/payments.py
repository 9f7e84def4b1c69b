"""What payments tells the others."""

from typing import ClassVar, Final, Literal

from services.kernel.events import Event


class AccountChanged(Event, frozen=True, kw_only=True):
    """Whether a business can be paid by card, as its payment account says now."""

    TYPE: ClassVar[str] = "payments.account.changed.v1"

    tenant_id: str
    version: int
    charges_enabled: bool
    payouts_enabled: bool = False
    # Whether the payment company waits for something from the business.
    needs_attention: bool = False


class MoneyEvent(Event, frozen=True, kw_only=True):
    """Money of a booking moved, or did not. Each tells the whole sum as well, so that none depends on another one.

    Amounts are in the currency's smallest unit. `version` grows with each event about the same booking.
    """

    tenant_id: str
    booking_id: str
    version: int
    payment_id: str
    currency: str
    # Of this payment or refund.
    amount: int
    # Of the whole booking, as it is now: what was taken, and what of it went back or is on its way back.
    paid: int
    refunded: int


class DepositSucceeded(MoneyEvent, frozen=True, kw_only=True):
    """The deposit was paid."""

    TYPE: ClassVar[str] = "payments.deposit.succeeded.v1"

    card_saved: bool = False


class DepositFailed(MoneyEvent, frozen=True, kw_only=True):
    """A try to pay the deposit failed; the customer may try again."""

    TYPE: ClassVar[str] = "payments.deposit.failed.v1"

    decline_code: str | None = None


class DepositCanceled(MoneyEvent, frozen=True, kw_only=True):
    """The deposit can't be paid any more, and was not."""

    TYPE: ClassVar[str] = "payments.deposit.canceled.v1"


class BalanceSucceeded(MoneyEvent, frozen=True, kw_only=True):
    """The rest of the price was paid."""

    TYPE: ClassVar[str] = "payments.balance.succeeded.v1"

    operation_id: str


class BalanceFailed(MoneyEvent, frozen=True, kw_only=True):
    """The rest of the price could not be had, and this try is over."""

    TYPE: ClassVar[str] = "payments.balance.failed.v1"

    operation_id: str
    decline_code: str | None = None


class BalanceActionRequired(MoneyEvent, frozen=True, kw_only=True):
    """The customer has to do something before the rest of the price is paid; where, payments tells on request."""

    TYPE: ClassVar[str] = "payments.balance.action_required.v1"

    operation_id: str


class RefundSucceeded(MoneyEvent, frozen=True, kw_only=True):
    """Money went back to the customer. One made elsewhere names no operation."""

    TYPE: ClassVar[str] = "payments.refund.succeeded.v1"

    refund_id: str
    operation_id: str | None = None


class RefundDelayed(MoneyEvent, frozen=True, kw_only=True):
    """Money that is owed could not be sent back yet; it is tried again."""

    TYPE: ClassVar[str] = "payments.refund.delayed.v1"

    refund_id: str
    operation_id: str | None = None


class RefundFailed(MoneyEvent, frozen=True, kw_only=True):
    """Money could not be sent back, and no more tries are made: a person has to look."""

    TYPE: ClassVar[str] = "payments.refund.failed.v1"

    refund_id: str
    operation_id: str | None = None


class DisputeOpened(MoneyEvent, frozen=True, kw_only=True):
    """The customer's bank demands a payment back."""

    TYPE: ClassVar[str] = "payments.dispute.opened.v1"

    dispute_id: str
    reason: str


class DisputeClosed(MoneyEvent, frozen=True, kw_only=True):
    """The bank has decided."""

    TYPE: ClassVar[str] = "payments.dispute.closed.v1"

    dispute_id: str
    outcome: Literal["won", "lost", "warning_closed"]


PUBLISHED: Final[tuple[type[Event], ...]] = (
    AccountChanged,
    DepositSucceeded,
    DepositFailed,
    DepositCanceled,
    BalanceSucceeded,
    BalanceFailed,
    BalanceActionRequired,
    RefundSucceeded,
    RefundDelayed,
    RefundFailed,
    DisputeOpened,
    DisputeClosed,
)
