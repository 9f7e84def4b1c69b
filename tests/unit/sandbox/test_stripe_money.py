"""The money rules of the stand-in for Stripe: what cards and their banks do when somebody pays."""

from collections.abc import Callable
from typing import Any

import pytest

from services.sandbox.domain.stripe import (
    cards,
    charges,
    intents,
    methods,
    setups,
)
from services.sandbox.domain.stripe.attempts import Way
from services.sandbox.domain.stripe.changes import Change, Object
from services.sandbox.domain.stripe.refusals import CardDeclined, StripeRefusal
from tests.unit.sandbox.stripe_desk import BUSINESS, PLATFORM, Desk

DECLINES = [
    ("4000000000000002", "card_declined", "generic_decline", "Your card was declined."),
    ("4000000000009995", "card_declined", "insufficient_funds", "Your card has insufficient funds."),
    ("4000000000009987", "card_declined", "lost_card", "Your card was declined."),
    ("4000000000009979", "card_declined", "stolen_card", "Your card was declined."),
    ("4000000000000069", "expired_card", "expired_card", "Your card has expired."),
    ("4000000000000127", "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    ("4000000000000341", "card_declined", "generic_decline", "Your card was declined."),
    ("4100000000000019", "card_declined", "fraudulent", "Your card was declined."),
]


# Cards


def test_every_test_card_is_a_card_and_every_alias_has_one() -> None:
    for number in cards.CARDS:
        sent = {"number": number, "exp_month": 1, "exp_year": 2040, "cvc": "123"}
        assert cards.typed(sent, now=1_790_000_000).number == number
    assert cards.aliased("pm_card_visa") == "4242424242424242"
    assert cards.aliased("pm_card_visa_chargeDeclined") == cards.aliased("pm_card_chargeDeclined") == "4000000000000002"
    assert cards.aliased("pm_card_nobody") is None
    assert cards.aliased("pm_1234") is None


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "4242"}, "invalid_number", "number"),
        ({"number": "4242 4242 4242 424x"}, "invalid_number", "number"),
        ({"exp_year": 2025}, "invalid_expiry_year", "exp_year"),
        ({"exp_year": 24}, "invalid_expiry_year", "exp_year"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_month": 8, "exp_year": 2026}, "invalid_expiry_month", "exp_month"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
        ({"cvc": "12345"}, "invalid_cvc", "cvc"),
        ({"number": "4012888888881881"}, "card_declined", None),
    ],
)
def test_what_is_seen_to_be_no_card_is_refused_before_any_bank_is_asked(
    sent: dict[str, object], code: str, param: str | None
) -> None:
    good = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    with pytest.raises(CardDeclined) as refused:
        cards.typed({**good, **sent}, now=1_790_000_000)  # in September 2026
    assert refused.value.error["code"] == code
    assert refused.value.error.get("param") == param


@pytest.mark.parametrize(("number", "code", "decline_code", "message"), DECLINES)
def test_a_declined_card_says_why_and_the_payment_can_be_tried_again(
    number: str, code: str, decline_code: str, message: str
) -> None:
    desk = Desk()
    intent = desk.ask()
    change = desk.confirm(intent["id"], desk.card(number))
    assert change.refusal is not None
    error = change.refusal.error
    assert (change.refusal.status, error["type"]) == (402, "card_error")
    assert (error["code"], error["decline_code"], error["message"]) == (code, decline_code, message)
    assert error["payment_intent"]["status"] == "requires_payment_method"
    assert [told.type for told in change.told] == ["charge.failed", "payment_intent.payment_failed"]
    after = desk.get(intent["id"])
    assert after["last_payment_error"]["decline_code"] == decline_code
    assert after["payment_method"] is None
    assert desk.get(after["latest_charge"])["status"] == "failed"

    desk.confirm(intent["id"], desk.card("4242424242424242"))
    after = desk.get(intent["id"])
    assert (after["status"], after["last_payment_error"]) == ("succeeded", None)
    assert [charge["status"] for charge in desk.every("charge")] == ["failed", "succeeded"]


def test_on_demand_every_card_is_declined() -> None:
    desk = Desk()
    desk.declines_all = True
    change = desk.confirm(desk.ask()["id"], desk.card("4242424242424242"))
    assert change.refusal is not None
    assert change.refusal.error["decline_code"] == "generic_decline"


# Paying


def test_a_payment_tells_all_that_happened_and_settles_with_fee_and_cut() -> None:
    desk = Desk()
    charge = desk.pay(amount=10_000, application_fee_amount=250)
    line = desk.get(charge["balance_transaction"])
    assert (line["amount"], line["fee"], line["net"]) == (10_000, 550, 9450)
    assert {part["type"]: part["amount"] for part in line["fee_details"]} == {"application_fee": 250, "stripe_fee": 300}
    (fee,) = desk.every("application_fee", account=PLATFORM)
    assert (fee["amount"], fee["account"], fee["charge"]) == (250, BUSINESS, charge["id"])
    names = [name for name, _ in desk.told]
    assert names == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "application_fee.created",
        "charge.updated",
    ]
    first = next(thing for name, thing in desk.told if name == "charge.succeeded")
    assert first["balance_transaction"] is None, "Stripe's own cut is not known yet when the first event is made"


def test_what_is_paid_can_be_neither_confirmed_nor_canceled_nor_changed() -> None:
    desk = Desk()
    intent_id = desk.pay()["payment_intent"]
    acts: list[Callable[[Change, Object], None]] = [
        lambda change, intent: intents.confirm(change, intent, desk.card("4242424242424242"), {}, Way()),
        lambda change, intent: intents.cancel(change, intent, None, None),
        lambda change, intent: intents.update(change, intent, {"amount": 100}, None),
        lambda change, intent: intents.capture(change, intent, None, {}),
    ]
    for act in acts:
        with pytest.raises(StripeRefusal) as refused:
            act(desk.change(), desk.get(intent_id))
        assert refused.value.error["code"] == "payment_intent_unexpected_state"
        assert refused.value.error["payment_intent"]["status"] == "succeeded"


def test_methods_that_may_redirect_need_somewhere_to_come_back_to() -> None:
    desk = Desk()
    with_redirects: list[dict[str, Any]] = [{}, {"automatic_payment_methods": {"enabled": True}}]
    for terms in with_redirects:
        with pytest.raises(StripeRefusal, match="return_url"):
            intents.confirm(desk.change(), desk.ask(**terms), desk.card("4242424242424242"), {}, Way())
    without: list[dict[str, Any]] = [
        {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}},
        {"allowed_payment_method_types": ["card"]},
    ]
    for terms in without:
        intent = desk.ask(**terms)
        intents.confirm(desk.change(), intent, desk.card("4242424242424242"), {}, Way())
        assert intent["status"] == "succeeded"


def test_a_fee_is_at_most_the_amount_and_only_taken_on_a_connected_account() -> None:
    desk = Desk()
    desk.ask(5000, application_fee_amount=5000)
    for fee in (5001, 0, -1):
        with pytest.raises(StripeRefusal) as refused:
            desk.ask(5000, application_fee_amount=fee)
        assert refused.value.error["param"] == "application_fee_amount"
    with pytest.raises(StripeRefusal, match="direct payment"):
        Desk(PLATFORM).ask(5000, application_fee_amount=1)


def test_what_was_set_aside_is_taken_in_part_or_released() -> None:
    desk = Desk()
    intent = desk.ask(5000, capture_method="manual", application_fee_amount=500)
    desk.confirm(intent["id"], desk.card("4242424242424242"))
    held = desk.get(intent["id"])
    assert (held["status"], held["amount_capturable"]) == ("requires_capture", 5000)
    assert not desk.every("balance_transaction")
    for amount in (0, 5001):
        with pytest.raises(StripeRefusal):
            intents.capture(
                desk.change(), desk.get(held["id"]), desk.get(held["latest_charge"]), {"amount_to_capture": amount}
            )
    change = desk.change()
    intents.capture(change, held, desk.get(held["latest_charge"]), {"amount_to_capture": 2000})
    desk.keep(change)
    charge = desk.get(held["latest_charge"])
    assert (charge["amount_captured"], charge["captured"]) == (2000, True)
    assert desk.get(charge["balance_transaction"])["amount"] == 2000
    assert desk.refund(charge["id"])["amount"] == 2000

    other = desk.ask(5000, capture_method="manual")
    desk.confirm(other["id"], desk.card("4242424242424242"))
    other = desk.get(other["id"])
    change = desk.change()
    intents.cancel(change, other, desk.get(other["latest_charge"]), "abandoned")
    assert desk.keep(change) == ["charge.refunded", "payment_intent.canceled"]


# The bank asks


def test_the_bank_asks_and_the_answer_decides() -> None:
    desk = Desk()
    intent = desk.ask()
    desk.confirm(intent["id"], desk.card("4000002760003184"))
    waiting = desk.get(intent["id"])
    assert (waiting["status"], waiting["next_action"]["type"]) == ("requires_action", "redirect_to_url")
    assert not desk.every("charge")
    desk.answer_bank(intent["id"], passed=False)
    failed = desk.get(intent["id"])
    assert failed["status"] == "requires_payment_method"
    assert failed["last_payment_error"]["code"] == "payment_intent_authentication_failure"

    desk.confirm(intent["id"], desk.card("4000002760003184"), use_stripe_sdk=True)
    assert desk.get(intent["id"])["next_action"]["type"] == "use_stripe_sdk"
    desk.answer_bank(intent["id"], passed=True)
    paid = desk.get(intent["id"])
    assert (paid["status"], paid["next_action"]) == ("succeeded", None)
    assert (
        desk.get(paid["latest_charge"])["payment_method_details"]["card"]["three_d_secure"]["result"] == "authenticated"
    )
    with pytest.raises(StripeRefusal, match="waits for no authentication"):
        desk.answer_bank(intent["id"], passed=True)


def test_a_card_that_asks_and_has_no_money_is_declined_after_the_answer() -> None:
    desk = Desk()
    intent = desk.ask()
    assert desk.confirm(intent["id"], desk.card("4000008260003178")).refusal is None
    change = desk.answer_bank(intent["id"], passed=True)
    assert change.refusal is not None
    assert change.refusal.error["decline_code"] == "insufficient_funds"


@pytest.mark.parametrize(
    ("number", "is_saved", "succeeds"),
    [
        ("4242424242424242", True, True),
        ("4000002500003155", False, False),
        ("4000002500003155", True, True),
        ("4000002760003184", True, False),
        ("4000003800000446", False, True),
    ],
)
def test_while_the_customer_is_away_the_bank_is_asked_only_where_the_card_was_not_set_up(
    number: str, is_saved: bool, succeeds: bool
) -> None:
    desk = Desk()
    method = desk.card(number)
    if is_saved:
        first = desk.ask(customer="cus_1", setup_future_usage="off_session")
        desk.confirm(first["id"], method)
        if desk.get(first["id"])["status"] == "requires_action":
            desk.answer_bank(first["id"], passed=True)
        method = desk.get(method["id"])
        assert method["customer"] == "cus_1"
    later = desk.ask(9000, customer="cus_1")
    change = desk.confirm(later["id"], method, off_session=True)
    assert (change.refusal is None) is succeeds
    if change.refusal is not None:
        error = change.refusal.error
        assert (error["code"], error["decline_code"]) == ("authentication_required", "authentication_required")
        assert error["payment_intent"]["id"] == later["id"]
        assert error["payment_intent"]["status"] == "requires_payment_method"


def test_a_card_that_was_not_saved_is_used_up_and_anothers_card_is_not_there() -> None:
    desk = Desk()
    method = desk.card("4242424242424242")
    desk.confirm(desk.ask()["id"], method)
    with pytest.raises(StripeRefusal, match="may not be used again"):
        desk.confirm(desk.ask()["id"], desk.get(method["id"]))
    with pytest.raises(StripeRefusal, match="may not be used again"):
        methods.attach(desk.change(), desk.get(method["id"]), "cus_1")
    kept = desk.card("4242424242424242")
    methods.attach(desk.change(), kept, "cus_1")
    with pytest.raises(StripeRefusal, match="belongs to the Customer"):
        desk.confirm(desk.ask()["id"], kept)
    with pytest.raises(StripeRefusal, match="No such PaymentMethod"):
        desk.confirm(desk.ask(customer="cus_2")["id"], kept)
    change = desk.change()
    methods.detach(change, kept)
    assert [told.type for told in change.told] == ["payment_method.detached"]
    with pytest.raises(StripeRefusal, match="not attached"):
        methods.detach(desk.change(), kept)


def test_a_declined_card_is_not_kept_except_the_one_that_fails_later() -> None:
    desk = Desk()
    with pytest.raises(CardDeclined):
        methods.attach(desk.change(), desk.card("4000000000000002"), "cus_1")
    methods.attach(desk.change(), desk.card("4000000000000341"), "cus_1")


def test_a_setup_intent_keeps_a_card_once_the_bank_agrees() -> None:
    desk = Desk()
    method = desk.card("4000002500003155")
    change = desk.change()
    setup = setups.created(change, {"customer": "cus_1"}, method)
    setups.confirm(change, setup, method, Way(return_url="https://shop.example"))
    assert setup["status"] == "requires_action"
    setups.answer_bank(change, setup, method, passed=True)
    assert [told.type for told in change.told] == [
        "setup_intent.created",
        "setup_intent.requires_action",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    desk.keep(change)
    later = desk.ask(customer="cus_1")
    assert desk.confirm(later["id"], desk.get(method["id"]), off_session=True).refusal is None


# What takes its time


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("pm_usBankAccount_success", "succeeded"),
        ("pm_usBankAccount_insufficientFunds", "requires_payment_method"),
        ("pm_usBankAccount_dispute", "succeeded"),
    ],
)
def test_a_bank_account_pays_later_or_not_at_all(name: str, status: str) -> None:
    desk = Desk()
    intent = desk.ask(application_fee_amount=100)
    change = desk.confirm(intent["id"], desk.bank_account(name))
    assert [told.type for told in change.told] == ["charge.pending", "payment_intent.processing"]
    waiting = desk.get(intent["id"])
    assert (waiting["status"], desk.get(waiting["latest_charge"])["status"]) == ("processing", "pending")
    assert not desk.every("balance_transaction")
    with pytest.raises(StripeRefusal):
        desk.confirm(intent["id"], desk.card("4242424242424242"))
    with pytest.raises(StripeRefusal):
        intents.cancel(desk.change(), desk.get(intent["id"]), desk.get(waiting["latest_charge"]), None)
    desk.arrive(intent["id"])
    assert desk.get(intent["id"])["status"] == status
    assert bool(desk.every("balance_transaction")) is (status == "succeeded")
    assert bool(desk.every("dispute")) is name.endswith("dispute")


def test_a_way_to_pay_that_was_excluded_is_not_taken() -> None:
    desk = Desk()
    intent = desk.ask(excluded_payment_method_types=["us_bank_account"])
    assert intent["payment_method_types"] == ["card", "link"]
    with pytest.raises(StripeRefusal, match="not allowed for this PaymentIntent"):
        desk.confirm(intent["id"], desk.bank_account("pm_usBankAccount_success"))


def test_what_is_on_its_way_for_ever_can_be_called_back_and_only_dollars_are_debited() -> None:
    desk = Desk()
    intent = desk.ask()
    desk.confirm(intent["id"], desk.bank_account("pm_usBankAccount_processing"))
    held = desk.get(intent["id"])
    change = desk.change()
    intents.cancel(change, held, desk.get(held["latest_charge"]), None)
    assert [told.type for told in change.told] == ["charge.failed", "payment_intent.canceled"]
    with pytest.raises(StripeRefusal, match="us_bank_account"):
        desk.confirm(desk.ask(currency="eur")["id"], desk.bank_account("pm_usBankAccount_success"))


def test_a_charge_that_was_captured_is_not_captured_again() -> None:
    with pytest.raises(StripeRefusal, match="already been captured"):
        charges.capturable(Desk().pay())
