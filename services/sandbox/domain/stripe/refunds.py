"""Refunds: never more than is left of a charge, with the platform's fee in proportion; some come later, some fail."""

from typing import Any, Final

from services.sandbox.domain.stripe import fees
from services.sandbox.domain.stripe.changes import Change, Object
from services.sandbox.domain.stripe.currencies import countable, spelled
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import StripeRefusal

# How long "some time later" is here.
LATER: Final = 3
# A refund that waits for money waits this long at Stripe; then it has failed.
_WAITS_AT_MOST: Final = 30 * 86_400


def refundable(charge: Object | None, amount: int | None) -> int:
    """What is to go back; refused where the charge does not allow it."""
    if charge is None:
        raise StripeRefusal("This PaymentIntent does not have a successful charge to refund.")
    charge_id, currency = charge["id"], charge["currency"]
    if not charge["paid"]:
        raise StripeRefusal(f"Charge {charge_id} has failed, and can't be refunded.", code="charge_not_refundable")
    if charge["refunded"]:
        raise StripeRefusal(f"Charge {charge_id} has already been refunded.", code="charge_already_refunded")
    if not charge["captured"]:
        raise StripeRefusal(
            f"Charge {charge_id} has not been captured: cancel its PaymentIntent instead.", code="charge_not_refundable"
        )
    if charge["disputed"]:
        raise StripeRefusal(f"Charge {charge_id} has been charged back; cannot issue a refund.", code="charge_disputed")
    left: int = charge["amount"] - charge["amount_refunded"]
    if amount is None:
        return left
    if amount < 1:
        raise StripeRefusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    countable(amount, currency)
    if amount > left:
        raise StripeRefusal(
            f"Refund amount ({spelled(amount, currency)}) is greater than unrefunded amount on charge "
            f"({spelled(left, currency)})",
            param="amount",
        )
    return amount


def made(change: Change, charge: Object, fee: Object | None, sent: dict[str, Any]) -> Object:
    """Money on its way back. `fee` is the platform's of that charge, if it is to go back in proportion."""
    amount = refundable(charge, sent.get("amount"))
    if sent.get("refund_application_fee") and fee is None:
        raise StripeRefusal(
            "Attempting to refund_application_fee on a charge which does not have an application fee.",
            param="refund_application_fee",
        )
    waits = change.scene.refunds_wait
    comes_later = charge["_refund"] == "later"
    refund = change.made(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details={
            "type": "card",
            "card": {
                "reference": None,
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
        },
        metadata=merged({}, sent.get("metadata")),
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        pending_reason="insufficient_funds" if waits else ("processing" if comes_later else None),
        reason=sent.get("reason"),
        status="pending" if waits or comes_later else "succeeded",
    )
    if waits or charge["_refund"] != "at_once":
        refund["_due"] = change.scene.now + LATER
    refund["_fails"] = charge["_refund"] == "fails_later"
    refund["_with_fee"] = bool(sent.get("refund_application_fee"))
    _take_back(change, charge, refund, fee if refund["_with_fee"] else None)
    return refund


def due(change: Change, refund: Object, charge: Object) -> None:
    """Some time has passed."""
    now = change.scene.now
    if refund["status"] == "pending" and refund["pending_reason"] == "insufficient_funds" and change.scene.refunds_wait:
        if now - refund["created"] >= _WAITS_AT_MOST:
            _failed(change, refund, charge, "insufficient_funds")
        else:
            change.alter(refund, _due=now + LATER)
    elif refund["_fails"] and refund["status"] == "succeeded":
        _failed(change, refund, charge, "expired_or_canceled_card")
    elif refund["status"] == "pending":
        later = now + LATER if refund["_fails"] else None
        _updated(change, refund, status="succeeded", pending_reason=None, _due=later)
    else:
        change.alter(refund, _due=None)


def not_cancelable(refund: Object) -> StripeRefusal:
    """Only those that wait for the customer to do something can be, and refunds to cards never do."""
    return StripeRefusal(
        f"Refund {refund['id']} can't be canceled because it has a status of {refund['status']}. Only a refund with the "
        "status requires_action can be canceled."
    )


def update(change: Change, refund: Object, sent: dict[str, Any]) -> None:
    if "metadata" in sent:
        _updated(change, refund, metadata=merged(refund["metadata"], sent["metadata"]))


def _take_back(change: Change, charge: Object, refund: Object, fee: Object | None) -> None:
    amount, currency = refund["amount"], refund["currency"]
    parts = []
    facts: dict[str, Any] = {}
    if fee is not None:
        with_fee = charge.get("_refunded_with_fee", 0) + amount
        facts["_refunded_with_fee"] = with_fee
        back = fees.fee_back(
            fee["amount"],
            currency,
            returned=fee["amount_refunded"],
            refunded=with_fee,
            charged=charge["amount_captured"],
        )
        if back:
            fees.give_back(change, fee, back)
            parts.append(fees.part("application_fee", -back, currency))
    line = fees.movement(
        change,
        "refund",
        -amount,
        source=refund["id"],
        currency=currency,
        parts=parts,
        at_once=True,
        description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
    )
    refund["balance_transaction"] = line["id"]
    refunded = charge["amount_refunded"] + amount
    previous = change.alter(charge, amount_refunded=refunded, refunded=refunded == charge["amount"], **facts)
    change.tell("charge.refunded", charge, previous=previous)
    change.tell("refund.created", refund)


def _failed(change: Change, refund: Object, charge: Object, reason: str) -> None:
    """The money stays with the business, as if it had never left. What the platform gave back of its fee, it gave."""
    line = fees.movement(
        change,
        "refund_failure",
        refund["amount"],
        source=refund["id"],
        currency=refund["currency"],
        at_once=True,
        description=f"REFUND FAILURE FOR CHARGE ({charge['description'] or charge['id']})",
    )
    facts: dict[str, Any] = {}
    if refund["_with_fee"]:
        facts["_refunded_with_fee"] = charge.get("_refunded_with_fee", 0) - refund["amount"]
    previous = change.alter(
        charge, amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False, **facts
    )
    change.tell("charge.updated", charge, previous=previous)
    _updated(
        change,
        refund,
        status="failed",
        pending_reason=None,
        failure_reason=reason,
        failure_balance_transaction=line["id"],
        _due=None,
    )
    change.tell("refund.failed", refund)


def _updated(change: Change, refund: Object, **facts: Any) -> None:
    previous = change.alter(refund, **facts)
    if previous:
        change.tell("refund.updated", refund, previous=previous)
        change.tell("charge.refund.updated", refund, previous=previous)
