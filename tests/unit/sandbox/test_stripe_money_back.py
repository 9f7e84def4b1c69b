"""The money rules of the stand-in for Stripe: what goes back, what banks demand back, and pages paid once."""

from typing import Any

import pytest

from services.sandbox.domain.stripe import (
    checkout,
    disputes,
    intents,
)
from services.sandbox.domain.stripe.refusals import StripeRefusal
from tests.unit.sandbox.stripe_desk import Desk

# Refunds


def test_a_refund_is_refused_where_nothing_can_come_back() -> None:
    desk = Desk()
    charge = desk.pay(amount=6000)
    with pytest.raises(
        StripeRefusal, match=r"Refund amount \(\$60\.01\) is greater than unrefunded amount on charge \(\$60\.00\)"
    ):
        desk.refund(charge["id"], amount=6001)
    with pytest.raises(StripeRefusal, match="does not have an application fee"):
        desk.refund(charge["id"], refund_application_fee=True)
    desk.refund(charge["id"], amount=2500)
    assert desk.refund(charge["id"])["amount"] == 3500
    with pytest.raises(StripeRefusal) as refused:
        desk.refund(charge["id"], amount=1)
    assert refused.value.error["code"] == "charge_already_refunded"
    disputed = desk.pay("4000000000000259")
    with pytest.raises(StripeRefusal) as refused:
        desk.refund(disputed["id"])
    assert refused.value.error["code"] == "charge_disputed"


def test_some_refunds_come_later_and_some_fail_afterwards() -> None:
    desk = Desk()
    charge = desk.pay("4000000000007726")
    refund = desk.refund(charge["id"])
    assert refund["status"] == "pending"
    assert desk.let_time_pass(refund["id"]) == ["refund.updated", "charge.refund.updated"]
    assert desk.get(refund["id"])["status"] == "succeeded"

    charge = desk.pay("4000000000005126", application_fee_amount=500)
    refund = desk.refund(charge["id"], amount=1000, refund_application_fee=True)
    assert refund["status"] == "succeeded"
    assert "refund.failed" in desk.let_time_pass(refund["id"])
    failed = desk.get(refund["id"])
    assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert desk.get(charge["id"])["amount_refunded"] == 0
    desk.refund(charge["id"], refund_application_fee=True)
    assert desk.get(charge["application_fee"])["amount_refunded"] == 500, "all of the fee, and not a cent twice"


def test_where_the_balance_is_too_low_a_refund_waits_until_it_is_not() -> None:
    desk = Desk()
    charge = desk.pay()
    desk.refunds_wait = True
    refund = desk.refund(charge["id"])
    assert (refund["status"], refund["pending_reason"]) == ("pending", "insufficient_funds")
    assert desk.let_time_pass(refund["id"]) == []
    desk.refunds_wait = False
    desk.let_time_pass(refund["id"])
    assert desk.get(refund["id"])["status"] == "succeeded"


# Disputes


def test_a_dispute_is_decided_by_what_the_business_says() -> None:
    for text, status, is_back in ((disputes.WINNING, "won", True), (disputes.LOSING, "lost", False)):
        desk = Desk()
        charge = desk.pay("4000000000000259")
        (dispute,) = desk.every("dispute")
        assert (dispute["status"], charge["disputed"]) == ("needs_response", True)
        assert [name for name, _ in desk.told][-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
        change = desk.change()
        disputes.update(change, dispute, charge, {"evidence": {"uncategorized_text": text}})
        told = desk.keep(change)
        assert told[:2] == ["charge.dispute.updated", "charge.dispute.closed"]
        assert ("charge.dispute.funds_reinstated" in told) is is_back
        closed = desk.get(dispute["id"])
        assert closed["status"] == status
        assert sum(line["net"] for line in closed["balance_transactions"]) == (0 if is_back else -6500)
        with pytest.raises(StripeRefusal, match="already closed"):
            disputes.update(desk.change(), closed, charge, {"evidence": {"uncategorized_text": text}})


def test_an_inquiry_takes_no_money_until_it_is_escalated() -> None:
    desk = Desk()
    charge = desk.pay("4000000000001976")
    (dispute,) = desk.every("dispute")
    assert (dispute["status"], charge["disputed"], dispute["balance_transactions"]) == (
        "warning_needs_response",
        False,
        [],
    )
    change = desk.change()
    disputes.update(change, dispute, charge, {"evidence": {"uncategorized_text": disputes.ESCALATING}, "submit": True})
    assert (dispute["status"], charge["disputed"]) == ("needs_response", True)
    disputes.close(change, dispute)
    assert dispute["status"] == "lost"


# Checkout


def _session(desk: Desk, **sent: object) -> dict[str, object]:
    change = desk.change()
    price = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Balance"}}
    session = checkout.created(
        change,
        {
            "mode": "payment",
            "success_url": "https://x.example",
            "line_items": [{"price_data": price, "quantity": 2}],
            **sent,
        },
    )
    desk.keep(change)
    return session


def test_a_session_is_paid_once_or_expires_with_its_intent() -> None:
    desk = Desk()
    session = _session(desk, payment_intent_data={"application_fee_amount": 125, "metadata": {"booking": "b1"}})
    assert (session["amount_total"], session["status"]) == (5000, "open")
    change = desk.change()
    intent = checkout.intent_of(change, session)
    assert (intent["application_fee_amount"], intent["metadata"]) == (125, {"booking": "b1"})
    desk.keep(change)
    with pytest.raises(StripeRefusal, match="created by a Checkout Session"):
        intents.cancel(desk.change(), desk.get(intent["id"]), None, None)
    method = desk.card("4242424242424242")
    desk.confirm(intent["id"], method)
    change = desk.change()
    checkout.paid(change, session, desk.get(intent["id"]), method)
    checkout.paid(change, session, desk.get(intent["id"]), method)
    assert desk.keep(change) == ["checkout.session.completed"]
    with pytest.raises(StripeRefusal, match="status of `complete`"):
        checkout.expire(desk.change(), session, None, None)

    other = _session(desk)
    change = desk.change()
    intent = checkout.intent_of(change, other)
    checkout.expire(change, other, intent, None)
    assert (intent["status"], other["status"]) == ("canceled", "expired")


def test_a_session_is_refused_that_could_not_be_paid() -> None:
    desk = Desk()
    yen = {"currency": "jpy", "unit_amount": 49, "product_data": {"name": "x"}}
    wrongs: list[dict[str, Any]] = [
        {"line_items": []},
        {"line_items": [{"price_data": yen, "quantity": 1}]},
        {"payment_intent_data": {"application_fee_amount": 5001}},
        {"expires_at": desk.now + 60},
        {"customer": "cus_1", "customer_email": "a@b.example"},
    ]
    for wrong in wrongs:
        with pytest.raises(StripeRefusal):
            _session(desk, **wrong)
