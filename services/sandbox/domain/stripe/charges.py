"""Charges: one for each try to pay; what succeeded and was captured is settled into the account's books."""

from typing import Any, Final

from services.sandbox.domain.stripe import banks, fees, methods
from services.sandbox.domain.stripe.cards import Behaviour, Decline
from services.sandbox.domain.stripe.changes import DAY, Change, Object
from services.sandbox.domain.stripe.refusals import StripeRefusal

_KEPT_UNTIL: Final = 7 * DAY


def tried(
    change: Change,
    intent: Object,
    method: Object,
    *,
    decline: Decline | None = None,
    asked: bool = False,
    is_on_its_way: bool = False,
) -> Object:
    """What a try to pay leaves behind, whatever comes of it."""
    does = methods.behaviour(method)
    paid = decline is None and not is_on_its_way
    captured = decline is None and intent["capture_method"] != "manual"
    _checked(change, method, does)
    charge = change.made(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=intent["amount"] if captured else 0,
        amount_refunded=0,
        application=intent["application"],
        application_fee=None,
        application_fee_amount=intent["application_fee_amount"],
        balance_transaction=None,
        billing_details=method["billing_details"],
        calculated_statement_descriptor="SIMULATED",
        captured=captured,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=None if decline is None else decline.code,
        failure_message=None if decline is None else decline.message,
        fraud_details={},
        metadata=dict(intent["metadata"]),
        outcome=_outcome(does, decline),
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(change, intent, method, asked=asked and paid),
        receipt_email=intent["receipt_email"],
        receipt_number=None,
        refunded=False,
        shipping=intent.get("shipping"),
        statement_descriptor=intent.get("statement_descriptor"),
        statement_descriptor_suffix=intent.get("statement_descriptor_suffix"),
        status="pending" if is_on_its_way else ("succeeded" if paid else "failed"),
    )
    charge["receipt_url"] = f"{change.scene.url}/receipts/{charge['id']}" if paid else None
    charge["_refund"] = does.refund
    charge["_skips_pending"] = does.skips_pending
    return charge


def arrived(change: Change, charge: Object, decline: Decline | None) -> None:
    """It is known by now whether the money comes."""
    if decline is None:
        change.alter(charge, status="succeeded", paid=True, receipt_url=f"{change.scene.url}/receipts/{charge['id']}")
        change.tell("charge.succeeded", charge)
    else:
        change.alter(
            charge,
            status="failed",
            captured=False,
            amount_captured=0,
            failure_code=decline.code,
            failure_message=decline.message,
        )
        change.tell("charge.failed", charge)


def settle(change: Change, charge: Object) -> None:
    """The captured amount comes into the books, less the platform's fee and Stripe's own cut."""
    currency, amount = charge["currency"], charge["amount_captured"]
    parts = []
    facts: dict[str, Any] = {}
    if charge["application_fee_amount"]:
        facts["application_fee"] = fees.collect(change, charge, charge["application_fee_amount"])["id"]
        parts.append(fees.part("application_fee", charge["application_fee_amount"], currency))
    parts.append(fees.part("stripe_fee", fees.stripes_cut(amount, currency), currency))
    line = fees.movement(
        change,
        "charge",
        amount,
        source=charge["id"],
        currency=currency,
        parts=parts,
        at_once=charge["_skips_pending"],
        description=charge["description"],
    )
    previous = change.alter(charge, balance_transaction=line["id"], **facts)
    change.tell("charge.updated", charge, previous=previous)


def capture(change: Change, charge: Object, amount: int) -> None:
    """Takes what was set aside, or a part of it; the rest is the customer's again."""
    change.alter(charge, captured=True, amount_captured=amount, amount_refunded=charge["amount"] - amount)
    change.tell("charge.captured", charge)
    settle(change, charge)


def release(change: Change, charge: Object) -> None:
    """What was set aside is the customer's again; no money has moved."""
    previous = change.alter(charge, amount_refunded=charge["amount"], refunded=True)
    change.tell("charge.refunded", charge, previous=previous)


def update(change: Change, charge: Object, facts: dict[str, Any]) -> None:
    previous = change.alter(charge, **facts)
    if previous:
        change.tell("charge.updated", charge, previous=previous)


def capturable(charge: Object) -> None:
    if charge["captured"]:
        raise StripeRefusal(f"Charge {charge['id']} has already been captured.", code="charge_already_captured")
    if charge["status"] != "succeeded" or charge["refunded"]:
        raise StripeRefusal(f"Charge {charge['id']} can't be captured.", code="charge_expired_for_capture")


def _checked(change: Change, method: Object, does: Behaviour) -> None:
    """The bank has looked at the security code now."""
    if method["type"] != "card":
        return
    checks = method["card"]["checks"]
    if checks["cvc_check"] is not None:
        change.alter(method, card={**method["card"], "checks": {**checks, "cvc_check": does.cvc_check}})


def _outcome(does: Behaviour, decline: Decline | None) -> Object:
    score = {"normal": 12, "elevated": 70, "highest": 92}[does.risk]
    if decline is None:
        status, kind, reason, message = "approved_by_network", "authorized", None, "Payment complete."
    elif does.is_blocked:
        status, kind, reason = "not_sent_to_network", "blocked", "highest_risk_level"
        message = "Stripe blocked this payment as too risky."
    else:
        status, kind, reason = "declined_by_network", "issuer_declined", decline.decline_code
        message = f"The bank returned the decline code `{decline.decline_code}`."
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": status,
        "reason": reason,
        "risk_level": does.risk,
        "risk_score": score,
        "seller_message": message,
        "type": kind,
    }


def _details(change: Change, intent: Object, method: Object, *, asked: bool) -> Object:
    """What was paid with, as it was then."""
    if method["type"] == "card":
        return {"type": "card", "card": _card(change, intent, method, asked=asked)}
    same = ("account_holder_type", "account_type", "bank_name", "fingerprint", "last4", "routing_number")
    account = {name: method[banks.TYPE][name] for name in same}
    return {"type": banks.TYPE, banks.TYPE: {**account, "mandate": None, "payment_reference": None}}


def _card(change: Change, intent: Object, method: Object, *, asked: bool) -> Object:
    card = method["card"]
    same = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
    held = intent["capture_method"] == "manual"
    return {
        **{name: card[name] for name in same},
        "amount_authorized": intent["amount"],
        "capture_before": change.scene.now + _KEPT_UNTIL if held else None,
        "installments": None,
        "mandate": None,
        "network": card["brand"],
        "three_d_secure": {
            "authentication_flow": "challenge",
            "electronic_commerce_indicator": "05",
            "exemption_indicator": None,
            "result": "authenticated",
            "result_reason": None,
            "transaction_id": None,
            "version": "2.2.0",
        }
        if asked
        else None,
    }
