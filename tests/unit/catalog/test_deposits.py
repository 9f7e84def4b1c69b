"""Deposits: what is paid to book, and what no card can be charged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import deposits
from services.catalog.domain.deposits import LARGEST, DepositType, due, largest, least, problems
from services.kernel.money import DECIMALS, Money, step

currencies = st.sampled_from(sorted(DECIMALS))
amounts = st.integers(min_value=0, max_value=LARGEST + 1_000)
types = st.sampled_from(["none", "fixed", "percentage", "full"])


@given(currencies, types, st.none() | amounts, st.none() | amounts, st.none() | st.integers(-5, 10_500))
def test_what_is_let_through_can_be_charged_and_never_exceeds_the_price(
    currency: str, kind: DepositType, price: int | None, amount: int | None, points: int | None
) -> None:
    worth = None if price is None else Money(price, currency)
    given_amount = None if amount is None else Money(amount, currency)
    found = problems(kind, price=worth, amount=given_amount, points=points, currency=currency)
    deposit = due(kind, price=worth, amount=given_amount, points=points)
    if found:
        assert kind != "none"
        assert set(found) <= {"price", "deposit_amount", "deposit_percent", "deposit_type"}
        return
    assert (deposit is None) == (kind == "none")
    if deposit is not None:
        assert least(currency) <= deposit.amount <= largest(currency)
        assert deposit.amount % step(currency) == 0
        assert worth is None or deposit <= worth


@given(currencies)
def test_the_least_of_every_currency_can_be_charged(currency: str) -> None:
    lowest = Money(least(currency), currency)
    assert problems("fixed", price=None, amount=lowest, points=None, currency=currency) == {}
    below = Money(least(currency) - 1, currency)
    assert problems("fixed", price=None, amount=below, points=None, currency=currency)


@pytest.mark.parametrize(
    ("currency", "lowest"),
    [("USD", 50), ("EUR", 50), ("GBP", 30), ("NZD", 50), ("AUD", 50), ("JPY", 50), ("HUF", 17500), ("KWD", 160)],
)
def test_published_minimums_are_kept(currency: str, lowest: int) -> None:
    assert least(currency) == lowest


@pytest.mark.parametrize(("price", "points", "deposit"), [(12_500, 2_500, 3_130), (12_340, 1_000, 1_230)])
def test_a_share_is_what_a_card_can_be_charged(price: int, points: int, deposit: int) -> None:
    kuwaiti = Money(price, "KWD")
    assert due("percentage", price=kuwaiti, amount=None, points=points) == Money(deposit, "KWD")
    assert problems("percentage", price=kuwaiti, amount=None, points=points, currency="KWD") == {}


def test_every_currency_has_one_floor() -> None:
    published, worked_out = set(deposits._PUBLISHED), set(deposits._TO_THE_DOLLAR)
    assert published | worked_out == set(DECIMALS)
    assert not published & worked_out


@pytest.mark.parametrize(("price", "points", "deposit"), [(495, 1_000, 50), (10_001, 5_000, 5_001), (101, 9_999, 101)])
def test_half_a_cent_rounds_up_and_never_above_the_price(price: int, points: int, deposit: int) -> None:
    worth: Any = Money(price, "NZD")
    assert due("percentage", price=worth, amount=None, points=points) == Money(deposit, "NZD")
    assert deposit <= price


def test_what_stripe_counts_in_hundredths_reaches_its_limit_earlier() -> None:
    for amount, refused in ((999_999, False), (1_000_000, True)):
        found = problems("fixed", price=None, amount=Money(amount, "UGX"), points=None, currency="UGX")
        assert bool(found) is refused
