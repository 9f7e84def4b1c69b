"""Settings: what they may be, as pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain import places
from services.catalog.domain import locales, profiles, texts
from services.catalog.domain.profiles import CancellationStep
from services.kernel.money import Money
from services.kernel.written import display


def test_every_country_that_can_sign_up_is_one_here_and_has_a_language() -> None:
    for country in places._PLACES:
        assert locales.is_country(country)
        language = locales.of_country(country)
        assert locales.known(language) == language
        # It can also write money.
        assert display(Money(1234, "NZD"), language)
    assert not any(map(locales.is_country, ("ZZ", "EU", "XK", "nz", "", "NZL", "12")))


@pytest.mark.parametrize(
    ("country", "language"),
    [("NZ", "en-NZ"), ("AU", "en-AU"), ("DE", "de-DE"), ("CH", "de-CH"), ("JP", "ja-JP"), ("IN", "en-IN")],
)
def test_a_new_business_speaks_as_its_country_does(country: str, language: str) -> None:
    assert locales.of_country(country) == language


@pytest.mark.parametrize(
    ("given_tag", "kept"), [("EN-nz", "en-NZ"), ("de", "de"), ("zh-hans-cn", "zh-Hans-CN"), ("es-419", "es-419")]
)
def test_a_language_is_kept_as_it_is_usually_spelled(given_tag: str, kept: str) -> None:
    assert locales.known(given_tag) == kept


@pytest.mark.parametrize("tag", ["", "x", "xx", "en_NZ", "en-XX", "en-NZ-posix", "../en", "en-NZ; q=1", "root"])
def test_a_language_that_nobody_speaks_is_none(tag: str) -> None:
    assert locales.known(tag) is None


def test_every_zone_that_can_sign_up_is_one_here() -> None:
    assert places.zones() <= profiles.zones()
    assert not {"localtime", "Factory", "posixrules"} & profiles.zones()


@given(st.text())
def test_an_origin_is_safe_in_a_header_or_none(text: str) -> None:
    origin = profiles.origin_of(text)
    assert origin is None or (origin.isascii() and not set(origin) & set(" ;,'\"\r\n\t*") and "://" in origin)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Example.COM", "https://example.com"),
        ("https://example.com:443/", "https://example.com"),
        ("https://example.com:8443", "https://example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:5173", "http://[::1]:5173"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://example.com", None),
        ("https://example.com/path", None),
        ("https://example.com?x", None),
        ("https://user@example.com", None),
        ("https://*.example.com", None),
        ("https://example.com;script-src", None),
        ("https://example.com:0x50", None),
        ("javascript:alert(1)", None),
        ("example.com", None),
        ("null", None),
        ("", None),
    ],
)
def test_an_origin_is_spelled_as_browsers_spell_it(text: str, origin: str | None) -> None:
    assert profiles.origin_of(text) == origin


steps = st.lists(
    st.builds(CancellationStep, hours_before=st.integers(0, 100), refund_percent=st.integers(0, 100)), max_size=5
)


@given(steps)
def test_whoever_cancels_earlier_never_gets_less(policy: list[CancellationStep]) -> None:
    ordered = profiles.sorted_policy(policy)
    is_fair = all(
        one.hours_before > other.hours_before and one.refund_percent >= other.refund_percent
        for position, one in enumerate(ordered)
        for other in ordered[position + 1 :]
    )
    assert (profiles.policy_problem(policy) is None) == is_fair


@pytest.mark.parametrize("number", ["+64 21 123 4567", "(03) 555-1234", "021.123.4567 ext. 12", "0800 12 34 56"])
def test_a_phone_number_may_be_written_in_many_ways(number: str) -> None:
    assert texts.phone_problem(number) is None


@pytest.mark.parametrize("number", ["", "ring me", "1234", "+64 21 <b>", "1" * 21, "javascript:1234567"])
def test_what_no_phone_can_dial_is_no_number(number: str) -> None:
    assert texts.phone_problem(number)
