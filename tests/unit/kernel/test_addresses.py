import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel import addresses


@pytest.mark.parametrize(
    "address",
    [
        "jo@example.com",
        " jo@example.com ",
        "Jo.Miller+tag@mail.example.co.nz",
        "o'brien@example.com",
        "jürgen@müller.de",
    ],
)
def test_an_honest_address_is_taken(address: str) -> None:
    assert addresses.problem(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "jo",
        "jo@",
        "@example.com",
        "jo@example",
        "jo@@example.com",
        "jo@exa mple.com",
        "jo@example..com",
        "jo@-example.com",
        "jo@example.com.",
        "jo@127.0.0.1",
        ".jo@example.com",
        "jo.@example.com",
        "j..o@example.com",
        "jo@example.com\nBcc: all@example.com",
        "jo\r\n@example.com",
        "jo\u2028@example.com",
        "jo\u200b@example.com",
        "Jo <jo@example.com>",
        "jo@example.com,ann@example.com",
        f"{'a' * 65}@example.com",
        f"jo@{'a' * 64}.com",
        f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.com",
    ],
)
def test_what_is_no_address_or_would_smuggle_a_header_is_refused(address: str) -> None:
    assert addresses.problem(address) is not None


def test_capitals_and_composition_make_no_second_address() -> None:
    assert addresses.key_of("JO@Example.COM ") == addresses.key_of("jo@example.com")
    assert addresses.key_of("jo\u0308rg@example.com") == addresses.key_of("jörg@example.com")
    assert addresses.tidied(" Jo@Example.com ") == "Jo@Example.com"


@given(st.text(max_size=80))
def test_folding_an_address_twice_changes_nothing_more(text: str) -> None:
    once = addresses.key_of(text)
    assert addresses.key_of(once) == once


@given(st.text(max_size=300))
def test_what_is_taken_can_stand_in_a_mails_header(text: str) -> None:
    if addresses.problem(text) is None:
        address = addresses.tidied(text)
        assert address.isprintable()
        assert not any(sign in address for sign in ' ,;<>"()[]\\:')
        assert address.count("@") == 1
