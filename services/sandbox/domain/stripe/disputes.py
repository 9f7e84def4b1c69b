"""Disputes: a customer's bank demands a payment back, and decides by what the business has to say to it."""

from typing import Any, Final

from services.sandbox.domain.stripe import fees
from services.sandbox.domain.stripe.changes import DAY, Change, Object
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import StripeRefusal

_DAYS_TO_ANSWER: Final = 9
_OPEN: Final = ("needs_response", "warning_needs_response")
_EVIDENCE: Final = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip
# Stripe's texts for tests: what is written here decides.
WINNING: Final = "winning_evidence"
LOSING: Final = "losing_evidence"
ESCALATING: Final = "escalate_inquiry_evidence"


def opened(change: Change, charge: Object, method: Object, *, reason: str, is_inquiry: bool) -> Object:
    """The bank asks (an inquiry), or has taken the money already."""
    dispute = change.made(
        "dispute",
        "du",
        amount=charge["amount_captured"],
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={**dict.fromkeys(_EVIDENCE), "enhanced_evidence": {}},
        evidence_details={
            "due_by": change.scene.now + _DAYS_TO_ANSWER * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        intended_submission_method=None,
        is_charge_refundable=is_inquiry,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        **_details(method, is_inquiry=is_inquiry),
        status="warning_needs_response" if is_inquiry else "needs_response",
    )
    if not is_inquiry:
        _mark(change, charge)
    change.tell("charge.dispute.created", dispute)
    if not is_inquiry:
        _withdraw(change, dispute)
    return dispute


def _details(method: Object, *, is_inquiry: bool) -> Object:
    if method["type"] != "card":
        return {}
    network = method["card"]["brand"]
    case = "inquiry" if is_inquiry else "chargeback"
    card = {"brand": network, "case_type": case, "network": network, "network_reason_code": "10.4"}
    return {"network_reason_code": "10.4", "payment_method_details": {"type": "card", "card": card}}


def update(change: Change, dispute: Object, charge: Object, sent: dict[str, Any]) -> None:
    """What the business has to say. Submitting it is final, and here the bank reads it at once."""
    facts: dict[str, Any] = {}
    if "metadata" in sent:
        facts["metadata"] = merged(dispute["metadata"], sent["metadata"])
    submits = bool(sent.get("submit", "evidence" in sent))
    if "evidence" in sent or sent.get("submit"):
        if dispute["status"] not in _OPEN:
            raise StripeRefusal("This dispute is already closed.", code="charge_disputed")
        plain = {name: value or None for name, value in (sent.get("evidence") or {}).items() if name in _EVIDENCE}
        evidence = {**dispute["evidence"], **plain}
        details = dispute["evidence_details"]
        facts["evidence"] = evidence
        facts["evidence_details"] = {
            **details,
            "has_evidence": any(evidence[name] for name in _EVIDENCE),
            "submission_count": details["submission_count"] + int(submits),
            "submission_method": "manual" if submits else details["submission_method"],
        }
        if submits:
            waits = dispute["status"] == "warning_needs_response"
            facts["status"] = "warning_under_review" if waits else "under_review"
    previous = change.alter(dispute, **facts)
    if previous:
        change.tell("charge.dispute.updated", dispute, previous=previous)
    if submits and "status" in facts:
        _judged(change, dispute, charge)


def close(change: Change, dispute: Object) -> None:
    """The business gives in."""
    if dispute["status"] not in _OPEN:
        raise StripeRefusal("This dispute is already closed.")
    _closed(change, dispute, "warning_closed" if dispute["status"].startswith("warning") else "lost")


def _judged(change: Change, dispute: Object, charge: Object) -> None:
    text = dispute["evidence"]["uncategorized_text"]
    is_inquiry = dispute["status"] == "warning_under_review"
    if is_inquiry and text == ESCALATING:
        previous = change.alter(dispute, status="needs_response", is_charge_refundable=False)
        _mark(change, charge)
        change.tell("charge.dispute.updated", dispute, previous=previous)
        _withdraw(change, dispute)
    elif text == WINNING:
        if is_inquiry:
            _closed(change, dispute, "warning_closed")
            return
        line = fees.movement(
            change,
            "adjustment",
            dispute["amount"],
            source=dispute["id"],
            currency=dispute["currency"],
            parts=[fees.part("stripe_fee", -fees.dispute_cost(dispute["currency"]), dispute["currency"])],
            category="dispute_reversal",
            description=f"Chargeback reversal for {dispute['charge']}",
        )
        change.alter(dispute, balance_transactions=[*dispute["balance_transactions"], line])
        _closed(change, dispute, "won")
        change.tell("charge.dispute.funds_reinstated", dispute)
    elif text == LOSING:
        _closed(change, dispute, "warning_closed" if is_inquiry else "lost")


def _closed(change: Change, dispute: Object, status: str) -> None:
    previous = change.alter(dispute, status=status, is_charge_refundable=status in {"won", "warning_closed"})
    change.tell("charge.dispute.closed", dispute, previous=previous)


def _mark(change: Change, charge: Object) -> None:
    previous = change.alter(charge, disputed=True)
    change.tell("charge.updated", charge, previous=previous)


def _withdraw(change: Change, dispute: Object) -> None:
    line = fees.movement(
        change,
        "adjustment",
        -dispute["amount"],
        source=dispute["id"],
        currency=dispute["currency"],
        parts=[fees.part("stripe_fee", fees.dispute_cost(dispute["currency"]), dispute["currency"])],
        category="dispute",
        description=f"Chargeback withdrawal for {dispute['charge']}",
    )
    change.alter(dispute, balance_transactions=[*dispute["balance_transactions"], line])
    change.tell("charge.dispute.funds_withdrawn", dispute)
