"""Stripe's objects, as it answers them and as they stand in its notices, read as our own values."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from services.kernel.money import Money
from services.payments.domain.gateway import (
    Account,
    Dispute,
    Failure,
    Intent,
    IntentStatus,
    Link,
    Movement,
    Notice,
    RefundStatus,
    Repayment,
    Shift,
)
from services.payments.gateways.stripe import declines
from services.payments.gateways.stripe.amounts import from_stripe

Object = Mapping[str, Any]

_INTENT_STATUS: Final[Mapping[str, IntentStatus]] = {
    "requires_payment_method": "requires_payment",
    "requires_confirmation": "requires_payment",
    "requires_action": "requires_action",
    # Nothing is ever captured later here; where somebody else asked for that, the money is not had yet.
    "requires_capture": "processing",
    "processing": "processing",
    "succeeded": "succeeded",
    "canceled": "canceled",
}
_REFUND_STATUS: Final[Mapping[str, RefundStatus]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "canceled",
}
_ASKS_FOR_CUSTOMER: Final = "authentication_required"
_OURS: Final = "application_fee"


def account(said: Object) -> Account:
    wanted = said.get("requirements") or {}
    names = [*(wanted.get("past_due") or ()), *(wanted.get("currently_due") or ())]
    return Account(
        id=said["id"],
        charges_enabled=bool(said.get("charges_enabled")),
        payouts_enabled=bool(said.get("payouts_enabled")),
        details_submitted=bool(said.get("details_submitted")),
        # What is overdue is listed among what is due as well.
        requirements=tuple(sorted(set(names))),
        disabled_reason=wanted.get("disabled_reason"),
    )


def intent(said: Object, account_id: str) -> Intent:
    currency = said["currency"]
    status = _INTENT_STATUS[said["status"]]
    # What was received is what counts, once something was.
    number = said["amount_received"] if status == "succeeded" else said["amount"]
    fee = said.get("application_fee_amount")
    charge = said.get("latest_charge")
    return Intent(
        id=said["id"],
        status=status,
        amount=from_stripe(number, currency),
        account_id=account_id,
        metadata=dict(said.get("metadata") or {}),
        client_secret=said.get("client_secret"),
        charge_id=id_of(charge),
        fee=None if fee is None else from_stripe(fee, currency),
        cost=_cost_of_charge(charge, currency),
        customer_id=id_of(said.get("customer")),
        payment_method_id=id_of(said.get("payment_method")),
        failure=_failure(said.get("last_payment_error")),
    )


def charged(said: Object, account_id: str) -> Intent:
    """Of a try without the customer: that the bank asks for them is no failure, but something to do."""
    found = intent(said, account_id)
    error = said.get("last_payment_error") or {}
    if found.status == "requires_payment" and _ASKS_FOR_CUSTOMER in {error.get("code"), error.get("decline_code")}:
        return Intent(
            **{name: getattr(found, name) for name in found.__slots__ if name != "status"}, status="requires_action"
        )
    return found


def link(said: Object) -> Link:
    return Link(
        id=said["id"],
        # Only one that is open has an address.
        url=said.get("url") or "",
        status=said["status"],
        intent_id=id_of(said.get("payment_intent")),
        expires_at=instant(said["expires_at"]),
    )


def repayment(said: Object, account_id: str) -> Repayment:
    return Repayment(
        id=said["id"],
        status=_REFUND_STATUS[said["status"]],
        amount=from_stripe(said["amount"], said["currency"]),
        account_id=account_id,
        charge_id=id_of(said.get("charge")),
        intent_id=id_of(said.get("payment_intent")),
        metadata=dict(said.get("metadata") or {}),
        failure_reason=said.get("failure_reason"),
        fee=_fee_back(said),
    )


def dispute(said: Object, account_id: str) -> Dispute:
    currency = said["currency"]
    status = said["status"]
    lines = said.get("balance_transactions") or ()
    return Dispute(
        id=said["id"],
        status="won" if status == "won" else "lost" if status == "lost" else _undecided(status),
        amount=from_stripe(said["amount"], currency),
        account_id=account_id,
        charge_id=id_of(said["charge"]) or "",
        intent_id=id_of(said.get("payment_intent")),
        reason=said["reason"],
        taken=_shifted(said, [line for line in lines if line["amount"] < 0]),
        returned=_shifted(said, [line for line in lines if line["amount"] > 0]),
    )


def movement(said: Object) -> Movement:
    details = said.get("fee_details") or ()
    ours = sum(one["amount"] for one in details if one["type"] == _OURS)
    currency = said["currency"]
    return Movement(
        id=said["id"],
        kind=_kind(said["type"], said.get("reporting_category") or ""),
        amount=from_stripe(said["amount"], currency),
        cost=from_stripe(said["fee"] - ours, currency),
        fee=from_stripe(ours, currency),
        about=id_of(said.get("source")),
        at=instant(said["created"]),
    )


def notice(said: Object, *, is_live: bool) -> Notice:
    return Notice(
        id=said["id"],
        kind=said["type"],
        account_id=said.get("account"),
        created=instant(said["created"]),
        object=said["data"]["object"],
        # An endpoint of live mode hears of what businesses do in test mode, too.
        is_ours=bool(said.get("livemode")) is is_live,
    )


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def id_of(value: Any) -> str | None:
    """Of a reference that may have been opened into the whole object."""
    found: str | None = value["id"] if isinstance(value, Mapping) else value
    return found


def _failure(error: Object | None) -> Failure | None:
    if not error:
        return None
    code, decline_code = error.get("code"), error.get("decline_code")
    return Failure(
        code=str(code or "card_declined"),
        decline_code=decline_code,
        sentence=declines.meaning(decline_code, code).sentence,
    )


def _cost_of_charge(charge: Any, currency: str) -> Money | None:
    """Known only where the charge and its line in Stripe's books were asked for, and Stripe has written the line."""
    line = charge.get("balance_transaction") if isinstance(charge, Mapping) else None
    if not isinstance(line, Mapping):
        return None
    ours = sum(one["amount"] for one in line.get("fee_details") or () if one["type"] == _OURS)
    number = line["fee"] - ours
    if line["currency"] != currency:
        # The account is kept in another currency: back by the rate at which Stripe turned this very charge.
        number = _share(number, charge["amount"], line["amount"])
    return from_stripe(number, currency)


def _fee_back(refund: Object) -> Money | None:
    """Known only where the refund's line in Stripe's books was asked for, and Stripe has written it."""
    line = refund.get("balance_transaction")
    if not isinstance(line, Mapping):
        return None
    number = -sum(one["amount"] for one in line.get("fee_details") or () if one["type"] == _OURS)
    if line["currency"] != refund["currency"]:
        number = _share(number, refund["amount"], abs(line["amount"]))
    return from_stripe(number, refund["currency"])


def _share(number: int, part: int, whole: int) -> int:
    """Half rounds up."""
    return (2 * number * part + whole) // (2 * whole) if whole else 0


def _shifted(said: Object, lines: Sequence[Object]) -> Shift | None:
    """In the currency of the payment, whatever the account is kept in."""
    if not lines:
        return None
    currency = said["currency"]
    number, cost = abs(sum(line["amount"] for line in lines)), sum(line["fee"] for line in lines)
    if any(line["currency"] != currency for line in lines):
        number, cost = said["amount"], _share(cost, said["amount"], number)
    return Shift(amount=from_stripe(number, currency), cost=from_stripe(cost, currency))


def _undecided(status: str) -> Any:
    # One that was warded off at the bank ends like a mere question: what goes back then, goes back as a refund.
    return "warning_closed" if status in {"warning_closed", "prevented"} else "open"


def _kind(name: str, category: str) -> Any:
    if name in {"charge", "payment"}:
        return "charge"
    if name in {"refund", "payment_refund", "refund_failure", "payment_failure_refund", "payment_reversal"}:
        return "refund"
    if category.startswith("dispute"):
        return "dispute"
    if name.startswith("application_fee_refund"):
        return "fee_refund"
    return "payout" if name.startswith("payout") else "other"
