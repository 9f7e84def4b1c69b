"""Stripe's objects read as our own values: what each status means, and whose part of the money is whose."""

from typing import Any

import pytest

from services.kernel.money import Money
from services.payments.gateways.stripe import answers

ACCOUNT = "acct_1"


def intent(**facts: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "status": "requires_payment_method",
        "amount": 5000,
        "amount_received": 0,
        "currency": "nzd",
        "metadata": {"payment_id": "pay_1"},
        "latest_charge": None,
        **facts,
    }


def charge(**line: Any) -> dict[str, Any]:
    details = [
        {"type": "stripe_fee", "amount": 165},
        {"type": "application_fee", "amount": 125},
        {"type": "tax", "amount": 25},
    ]
    return {
        "id": "ch_1",
        "amount": 5000,
        "balance_transaction": {
            "id": "txn_1",
            "amount": 5000,
            "fee": 315,
            "currency": "nzd",
            "fee_details": details,
            **line,
        },
    }


@pytest.mark.parametrize(
    ("stripes", "ours"),
    [
        ("requires_payment_method", "requires_payment"),
        ("requires_confirmation", "requires_payment"),
        ("requires_action", "requires_action"),
        ("requires_capture", "processing"),
        ("processing", "processing"),
        ("succeeded", "succeeded"),
        ("canceled", "canceled"),
    ],
)
def test_every_status_of_an_intent(stripes: str, ours: str) -> None:
    assert answers.intent(intent(status=stripes), ACCOUNT).status == ours


def test_what_was_received_is_what_counts_once_something_was() -> None:
    assert answers.intent(intent(), ACCOUNT).amount == Money(5000, "NZD")
    paid = answers.intent(intent(status="succeeded", amount_received=4000), ACCOUNT)
    assert paid.amount == Money(4000, "NZD")


def test_stripes_cut_is_what_is_left_of_the_costs_without_the_platforms_fee() -> None:
    found = answers.intent(intent(status="succeeded", amount_received=5000, latest_charge=charge()), ACCOUNT)
    assert found.cost == Money(190, "NZD")
    assert found.charge_id == "ch_1"


def test_the_cut_of_an_account_in_another_currency_is_turned_back() -> None:
    # 50.00 NZD became 30.00 USD, of which 1.14 USD are Stripe's.
    details = [{"type": "stripe_fee", "amount": 114}, {"type": "application_fee", "amount": 75}]
    opened = charge(amount=3000, fee=189, currency="usd", fee_details=details)
    found = answers.intent(intent(status="succeeded", amount_received=5000, latest_charge=opened), ACCOUNT)
    assert found.cost == Money(190, "NZD")


@pytest.mark.parametrize("latest", [None, "ch_1", {"id": "ch_1", "amount": 5000, "balance_transaction": None}])
def test_until_stripe_has_written_its_books_the_cut_is_not_known(latest: Any) -> None:
    assert answers.intent(intent(latest_charge=latest), ACCOUNT).cost is None


def test_a_bank_that_asks_for_the_customer_is_something_to_do() -> None:
    asks = intent(
        last_payment_error={"code": "authentication_required", "decline_code": "authentication_required"},
        client_secret="pi_1_secret",
    )
    found = answers.charged(asks, ACCOUNT)
    assert found.status == "requires_action"
    assert found.client_secret == "pi_1_secret"
    assert answers.intent(asks, ACCOUNT).status == "requires_payment"


def test_a_card_that_is_declined_is_a_failure_with_a_sentence() -> None:
    found = answers.charged(
        intent(last_payment_error={"code": "card_declined", "decline_code": "insufficient_funds"}), ACCOUNT
    )
    assert found.status == "requires_payment"
    assert found.failure is not None
    assert (found.failure.code, found.failure.decline_code) == ("card_declined", "insufficient_funds")
    assert "funds" in found.failure.sentence


def test_a_dispute_says_what_was_taken_and_what_came_back() -> None:
    told = {
        "id": "du_1",
        "status": "won",
        "amount": 5000,
        "currency": "nzd",
        "charge": {"id": "ch_1"},
        "payment_intent": "pi_1",
        "reason": "fraudulent",
        "balance_transactions": [
            {"amount": -5000, "fee": 1500, "currency": "nzd"},
            {"amount": 5000, "fee": -1500, "currency": "nzd"},
        ],
    }
    found = answers.dispute(told, ACCOUNT)
    assert found.status == "won"
    assert found.charge_id == "ch_1"
    assert found.taken is not None
    assert found.returned is not None
    assert (found.taken.amount, found.taken.cost) == (Money(5000, "NZD"), Money(1500, "NZD"))
    assert (found.returned.amount, found.returned.cost) == (Money(5000, "NZD"), Money(-1500, "NZD"))
    question = answers.dispute({**told, "status": "warning_needs_response", "balance_transactions": []}, ACCOUNT)
    assert (question.status, question.taken, question.returned) == ("open", None, None)


@pytest.mark.parametrize(
    ("stripes", "ours"),
    [
        ("warning_needs_response", "open"),
        ("warning_under_review", "open"),
        ("warning_closed", "warning_closed"),
        ("needs_response", "open"),
        ("under_review", "open"),
        ("prevented", "warning_closed"),
        ("won", "won"),
        ("lost", "lost"),
    ],
)
def test_every_status_of_a_dispute(stripes: str, ours: str) -> None:
    told = {
        "id": "du_1",
        "status": stripes,
        "amount": 5000,
        "currency": "nzd",
        "charge": "ch_1",
        "reason": "fraudulent",
    }
    assert answers.dispute(told, ACCOUNT).status == ours


@pytest.mark.parametrize(
    ("kind", "category", "ours"),
    [
        ("charge", "charge", "charge"),
        ("payment", "charge", "charge"),
        ("refund", "refund", "refund"),
        ("payment_refund", "refund", "refund"),
        ("refund_failure", "refund_failure", "refund"),
        ("adjustment", "dispute", "dispute"),
        ("adjustment", "dispute_reversal", "dispute"),
        ("adjustment", "other_adjustment", "other"),
        ("application_fee_refund", "platform_earning_refund", "fee_refund"),
        ("payout", "payout", "payout"),
        ("payout_failure", "payout_reversal", "payout"),
        ("stripe_fee", "fee", "other"),
    ],
)
def test_every_line_of_the_books_has_a_kind(kind: str, category: str, ours: str) -> None:
    line = {
        "id": "txn_1",
        "type": kind,
        "reporting_category": category,
        "amount": -5000,
        "fee": -125,
        "currency": "nzd",
        "fee_details": [{"type": "application_fee", "amount": -125}],
        "source": "re_1",
        "created": 1_760_000_000,
    }
    found = answers.movement(line)
    assert found.kind == ours
    assert (found.amount, found.fee, found.cost) == (Money(-5000, "NZD"), Money(-125, "NZD"), Money(0, "NZD"))


def test_what_is_due_and_overdue_is_named_once() -> None:
    found = answers.account(
        {
            "id": ACCOUNT,
            "requirements": {
                "currently_due": ["external_account", "tos_acceptance.date"],
                "past_due": ["external_account"],
                "eventually_due": ["company.tax_id"],
                "disabled_reason": "requirements.past_due",
            },
        }
    )
    assert found.requirements == ("external_account", "tos_acceptance.date")
    assert found.disabled_reason == "requirements.past_due"
    assert not found.charges_enabled
