"""The states of payments and refunds. They only move forward, whatever is heard, how often, and in which order."""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from services.payments.domain.gateway import IntentStatus, RefundStatus

PaymentStatus: TypeAlias = Literal["requires_payment", "processing", "succeeded", "failed", "canceled"]
RepaidStatus: TypeAlias = Literal["pending", "succeeded", "failed"]
DepositStatus: TypeAlias = Literal["none", "pending", "paid", "failed", "partially_refunded", "refunded"]
OrderStatus: TypeAlias = Literal["pending", "succeeded", "failed"]

OPEN: Final[frozenset[PaymentStatus]] = frozenset({"requires_payment", "processing"})

_SAID: Final[dict[IntentStatus, PaymentStatus]] = {
    "requires_payment": "requires_payment",
    # To us the customer has not paid yet.
    "requires_action": "requires_payment",
    "processing": "processing",
    "succeeded": "succeeded",
    "canceled": "canceled",
}

# The bank wants to see the customer; it has not said no.
ASKS_FOR_CUSTOMER: Final = "authentication_required"


def payment_after(status: PaymentStatus, said: IntentStatus) -> PaymentStatus:
    """What a payment is once the company has said so of its intent.

    That it was paid has the last word: money that was taken is never denied. Else what has ended stays ended.
    """
    if said == "succeeded" or status in OPEN:
        return _SAID[said]
    return status


def payment_without_customer(declined_as: str | None) -> PaymentStatus:
    """How a try without the customer ends that the company has given up: for good, or for a page to pay on."""
    return "canceled" if declined_as in {None, ASKS_FOR_CUSTOMER} else "failed"


def refund_after(status: RepaidStatus, said: RefundStatus) -> RepaidStatus:
    """What a refund is once the company has said so. It may fail after it had succeeded: the bank can send it back."""
    if said in {"failed", "canceled"}:
        return "failed"
    return "succeeded" if status == "pending" and said == "succeeded" else status


def order_status(refunds: Iterable[RepaidStatus]) -> OrderStatus:
    """Of all the parts of one order."""
    found = set(refunds)
    if "pending" in found:
        return "pending"
    return "failed" if "failed" in found else "succeeded"


def deposit_status(
    status: PaymentStatus | None, *, was_declined: bool, amount: int = 0, refunded: int = 0
) -> DepositStatus:
    """How a booking's deposit is doing."""
    if status is None:
        return "none"
    if status in OPEN:
        return "failed" if was_declined and status == "requires_payment" else "pending"
    if status != "succeeded":
        return "failed"
    if refunded == 0:
        return "paid"
    return "refunded" if refunded >= amount else "partially_refunded"
