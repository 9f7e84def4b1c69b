"""The money rules of the stand-in for Stripe, whatever is done in whatever order: nothing is paid twice, no cent is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from services.sandbox.domain.stripe import balances, banks, cards, currencies, fees, intents
from services.sandbox.domain.stripe.refusals import StripeRefusal
from tests.unit.sandbox.stripe_desk import BUSINESS, PLATFORM, Desk

# Currencies


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "usd", "amount_too_small"),
        (49, "jpy", "amount_too_small"),
        (29, "gbp", "amount_too_small"),
        (100_000_000, "usd", "amount_too_large"),
        (0, "usd", "parameter_invalid_integer"),
        (1001, "kwd", "parameter_invalid_integer"),
        (1050, "isk", "parameter_invalid_integer"),
        (150_050, "ugx", "parameter_invalid_integer"),
    ],
)
def test_amounts_that_no_card_can_be_charged(amount: int, currency: str, code: str) -> None:
    with pytest.raises(StripeRefusal) as refused:
        currencies.chargeable(amount, currency)
    assert refused.value.error["code"] == code


def test_amounts_are_spelled_with_the_currencys_own_decimals() -> None:
    assert currencies.spelled(50, "usd") == "$0.50"
    assert currencies.spelled(1_234_567, "jpy") == "¥1,234,567"
    assert currencies.spelled(1230, "kwd") == "1.230"
    assert currencies.spelled(100_000, "isk") == "1,000.00"
    assert currencies.known_currency("EUR") == "eur"
    with pytest.raises(StripeRefusal, match="Invalid currency: xyz"):
        currencies.known_currency("xyz")


@settings(deadline=None)
@given(currency=st.sampled_from(sorted(currencies.CURRENCIES)), steps=st.integers(1, 99_999))
def test_whole_steps_of_every_currency_can_be_counted(currency: str, steps: int) -> None:
    currencies.countable(steps * currencies.step(currency), currency)


@pytest.mark.parametrize(("amount", "cut"), [(5000, 165), (50, 31), (1019, 58), (1018, 57), (10_000, 300)])
def test_stripes_own_cut_rounds_half_a_cent_up(amount: int, cut: int) -> None:
    assert fees.stripes_cut(amount, "usd") == cut


def test_money_comes_into_reach_after_two_days_except_with_the_card_that_skips_it() -> None:
    desk = Desk()
    desk.pay(amount=1000)
    desk.pay("4000000000000077", amount=1000)
    lines = desk.every("balance_transaction", account=BUSINESS)
    assert [line["status"] for line in lines] == ["pending", "available"]
    soon, later = desk.now + 86_400, desk.now + 4 * 86_400
    assert [balances.dated(line, now=soon)["status"] for line in lines] == ["pending", "available"]
    assert [balances.dated(line, now=later)["status"] for line in lines] == ["available", "available"]


@settings(deadline=None)
@given(
    amount=st.integers(50, 1_000_000),
    fee_share=st.integers(1, 10_000),
    parts=st.lists(st.tuples(st.integers(1, 1_000_000), st.booleans()), max_size=8),
)
def test_refunds_never_exceed_the_charge_and_the_fee_goes_back_in_proportion(
    amount: int, fee_share: int, parts: list[tuple[int, bool]]
) -> None:
    desk = Desk()
    fee = max(1, amount * fee_share // 10_000)
    charge = desk.pay(amount=amount, application_fee_amount=fee)
    back = with_fee = 0
    for part, returns_fee in parts:
        try:
            desk.refund(charge["id"], amount=part, refund_application_fee=returns_fee)
        except StripeRefusal:
            assert part > amount - back
            continue
        back += part
        with_fee += part if returns_fee else 0
    after = desk.get(charge["id"])
    assert after["amount_refunded"] == back <= amount
    assert after["refunded"] is (back == amount)
    returned = desk.get(charge["application_fee"])["amount_refunded"]
    assert abs(returned - fee * with_fee / amount) <= 0.5
    assert with_fee < amount or returned == fee
    books = desk.every("balance_transaction", account=BUSINESS)
    cut = fees.stripes_cut(amount, "usd")
    assert sum(line["net"] for line in books) == amount - back - (fee - returned) - cut
    assert sum(line["net"] for line in desk.every("balance_transaction", account=PLATFORM)) == fee - returned
    assert all(line["net"] == line["amount"] - line["fee"] for line in books)


# All of it, in any order


# Nobody can pay any more, or not now.
OVER = {"succeeded", "canceled", "requires_capture", "processing"}


class Payments(RuleBasedStateMachine):
    """Whatever is done to payments in whatever order, each is paid at most once and the books add up."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()

    @rule(target=asked, amount=st.integers(50, 100_000), manual=st.booleans(), fee=st.integers(1, 50))
    def ask(self, amount: int, manual: bool, fee: int) -> str:
        capture = "manual" if manual else "automatic_async"
        intent_id: str = self.desk.ask(amount, capture_method=capture, application_fee_amount=fee)["id"]
        return intent_id

    @rule(intent=asked, number=st.sampled_from(sorted(cards.CARDS)), off=st.booleans())
    def confirm(self, intent: str, number: str, off: bool) -> None:
        before = self.desk.get(intent)["status"]
        try:
            self.desk.confirm(intent, self.desk.card(number), off_session=off)
        except StripeRefusal:
            assert before in OVER
        else:
            assert before not in OVER

    @rule(intent=asked, name=st.sampled_from(sorted(banks.ACCOUNTS)), arrives=st.booleans())
    def debit(self, intent: str, name: str, arrives: bool) -> None:
        before = self.desk.get(intent)["status"]
        try:
            self.desk.confirm(intent, self.desk.bank_account(name))
        except StripeRefusal:
            assert before in OVER or self.desk.get(intent)["capture_method"] == "manual"
            return
        assert self.desk.get(intent)["status"] == "processing"
        if arrives:
            self.desk.arrive(intent)

    @rule(intent=asked, passed=st.booleans())
    def answer(self, intent: str, passed: bool) -> None:
        if self.desk.get(intent)["status"] == "requires_action":
            self.desk.answer_bank(intent, passed=passed)
            assert self.desk.get(intent)["status"] != "requires_action"

    @rule(intent=asked)
    def cancel(self, intent: str) -> None:
        held = self.desk.get(intent)
        charge = self.desk.get(held["latest_charge"]) if held["latest_charge"] else None
        change = self.desk.change()
        try:
            intents.cancel(change, held, charge, None)
        except StripeRefusal:
            assert held["status"] in {"succeeded", "canceled", "processing"}
            return
        self.desk.keep(change)

    @rule(intent=asked, share=st.integers(1, 100))
    def capture(self, intent: str, share: int) -> None:
        held = self.desk.get(intent)
        if held["status"] != "requires_capture":
            return
        amount = max(50, held["amount_capturable"] * share // 100)
        change = self.desk.change()
        intents.capture(change, held, self.desk.get(held["latest_charge"]), {"amount_to_capture": amount})
        self.desk.keep(change)

    @rule(intent=asked, amount=st.none() | st.integers(1, 100_000), with_fee=st.booleans())
    def refund(self, intent: str, amount: int | None, with_fee: bool) -> None:
        charge = self.desk.get(intent)["latest_charge"]
        if charge is None:
            return
        sent = {} if amount is None else {"amount": amount}
        try:
            refund = self.desk.refund(charge, refund_application_fee=with_fee, **sent)
        except StripeRefusal:
            return
        if "_due" in refund:
            self.desk.let_time_pass(refund["id"])

    @invariant()
    def each_is_paid_at_most_once(self) -> None:
        for intent in self.desk.every("payment_intent"):
            paid = [
                charge
                for charge in self.desk.every("charge")
                if charge["payment_intent"] == intent["id"] and charge["paid"]
            ]
            expected = {"succeeded": 1, "requires_capture": 1}.get(intent["status"], 0)
            assert len(paid) == expected or (intent["status"] == "canceled" and all(one["refunded"] for one in paid))
            assert intent["amount_received"] == sum(
                charge["amount_captured"] for charge in paid if intent["status"] == "succeeded"
            )

    @invariant()
    def no_more_goes_back_than_came(self) -> None:
        for charge in self.desk.every("charge"):
            assert 0 <= charge["amount_refunded"] <= charge["amount"]
            live = [
                refund["amount"]
                for refund in self.desk.every("refund")
                if refund["charge"] == charge["id"] and refund["status"] != "failed"
            ]
            if charge["captured"]:
                assert sum(live) == charge["amount_refunded"] - (charge["amount"] - charge["amount_captured"])

    @invariant()
    def every_line_adds_up(self) -> None:
        for line in self.desk.every("balance_transaction"):
            assert line["net"] == line["amount"] - sum(part["amount"] for part in line["fee_details"])
        for fee in self.desk.every("application_fee"):
            assert 0 <= fee["amount_refunded"] <= fee["amount"]
            assert fee["amount_refunded"] == sum(part["amount"] for part in fee["refunds"]["data"])


Payments.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
test_payments_in_any_order = Payments.TestCase
