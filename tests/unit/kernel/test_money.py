"""Money is whole numbers; shares of it are exact to half a smallest unit."""

from decimal import Decimal

import pytest
from babel.numbers import list_currencies
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import DECIMALS, WHOLE, Money, basis_points
from services.kernel.written import display

amounts = st.integers(min_value=0, max_value=99_999_999)
currencies = st.sampled_from(sorted(DECIMALS))


@given(amounts, st.integers(min_value=0, max_value=WHOLE), currencies)
def test_a_share_is_the_nearest_whole_amount_and_half_rounds_up(amount: int, points: int, currency: str) -> None:
    share = Money(amount, currency).share(points).amount
    # share - 1/2 <= exact < share + 1/2, in whole numbers.
    assert 2 * share * WHOLE - WHOLE <= 2 * amount * points < 2 * share * WHOLE + WHOLE
    assert 0 <= share <= amount


@given(amounts, st.integers(min_value=0, max_value=WHOLE))
def test_fee_and_net_are_always_the_gross(amount: int, points: int) -> None:
    gross = Money(amount, "NZD")
    fee = gross.share(points)
    assert fee + (gross - fee) == gross


@pytest.mark.parametrize(
    ("amount", "points", "share"),
    [(100, 250, 3), (20, 250, 1), (19, 250, 0), (99_999_999, 10_000, 99_999_999), (1, 5_000, 1), (1, 4_999, 0)],
)
def test_half_a_cent_rounds_up(amount: int, points: int, share: int) -> None:
    assert Money(amount, "NZD").share(points) == Money(share, "NZD")


@given(amounts, currencies)
def test_what_is_written_reads_back_as_the_same(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert Money.of(str(money.decimal), currency) == money


@pytest.mark.parametrize(
    ("currency", "amount", "written"),
    [("NZD", 5000, "50.00"), ("JPY", 5000, "5000"), ("KWD", 5000, "5.000"), ("UYW", 5000, "0.5000")],
)
def test_each_currency_has_its_own_decimals(currency: str, amount: int, written: str) -> None:
    assert str(Money(amount, currency)) == f"{written} {currency}"
    assert Money.of(written, currency) == Money(amount, currency)


def test_more_decimals_than_the_currency_has_are_refused() -> None:
    for text, currency in (("1.005", "NZD"), ("0.5", "JPY"), ("0.0001", "KWD")):
        with pytest.raises(ValueError, match="decimals"):
            Money.of(text, currency)


def test_only_currencies_in_use_are_currencies() -> None:
    for code in ("XXX", "XTS", "XAU", "XDR", "nzd", "NZ", "", "CHE", "CLF", "HRK", "ANG", "BGN", "ZWL"):
        assert code not in DECIMALS
        with pytest.raises(ValueError, match="ISO 4217"):
            Money(1, code)
    # Younger than the list that they are compared with.
    assert set(DECIMALS) - set(list_currencies()) <= {"XCG", "ZWG"}
    assert len(DECIMALS) == 156


def test_an_amount_is_a_whole_number() -> None:
    for amount in (1.0, True, "1", Decimal(1)):
        with pytest.raises(TypeError):
            Money(amount, "NZD")  # type: ignore[arg-type] # what a careless caller gives


def test_two_currencies_do_not_mix() -> None:
    for act in (Money.__add__, Money.__sub__, Money.__lt__, Money.__le__):
        with pytest.raises(ValueError, match="NZD and AUD"):
            act(Money(1, "NZD"), Money(1, "AUD"))
    assert Money(1, "NZD") != Money(1, "AUD")
    assert Money(1, "NZD") < Money(2, "NZD") <= Money(2, "NZD")


@pytest.mark.parametrize(
    ("percent", "points"), [(2.5, 250), (100, 10_000), (0.01, 1), (33.33, 3333), ("2.5", 250), (0.07, 7), (1.1, 110)]
)
def test_a_percentage_counts_as_it_is_written(percent: float | str, points: int) -> None:
    assert basis_points(percent) == points


def test_a_third_decimal_of_a_percentage_is_refused() -> None:
    with pytest.raises(ValueError, match="two decimals"):
        basis_points(33.333)


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(5000, "NZD"), "en-NZ", "$50.00"),
        (Money(5000, "AUD"), "en-AU", "$50.00"),
        (Money(5000, "AUD"), "en-NZ", "A$50.00"),
        (Money(5000, "USD"), "en-US", "$50.00"),
        (Money(5000, "GBP"), "en-GB", "£50.00"),
        (Money(123456, "EUR"), "de-DE", "1.234,56\xa0€"),
        (Money(500, "JPY"), "en-US", "¥500"),
        (Money(1250, "KWD"), "en-US", "KWD\xa01.250"),
        (Money(123456789, "INR"), "en-IN", "₹12,34,567.89"),
        # Half a dinar must be seen, though people rarely write it.
        (Money(150, "RSD"), "en-US", "RSD\xa01.50"),
    ],
)
def test_money_is_shown_as_people_write_it_there(money: Money, locale: str, shown: str) -> None:
    assert display(money, locale) == shown


@given(currencies, st.sampled_from(["en-NZ", "de-DE", "ja-JP", "ar-EG", "fr-CH", "pt-BR", "hi-IN"]))
def test_every_currency_can_be_shown(currency: str, locale: str) -> None:
    assert any(character.isdigit() for character in display(Money(123_450, currency), locale))
