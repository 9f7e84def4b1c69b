# ruff: noqa: RUF001 - people write in many alphabets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain import passwords
from services.auth.domain.common_passwords import LISTED, STEMS


@pytest.mark.parametrize(
    "password",
    [
        "password12",
        "Password123!",
        "P@ssw0rd2024",
        "passw0rd12",
        "passwordpassword",
        "1234567890",
        "0987654321",
        "12345678901234",
        "qwertyuiop",
        "QWERTYUIOP",
        "poiuytrewq",
        "1q2w3e4r5t",
        "qazwsxedcrfv",
        "aaaaaaaaaa",
        "abcabcabcabc",
        "welcome2024",
        "letmein1234",
        "iloveyou!!",
        "trustno1trustno1",
        "correcthorsebatterystaple",
        "１２３４５６７８９０",
    ],
)
def test_what_everybody_would_try_first_is_refused_and_told_why(password: str) -> None:
    assert "common" in (passwords.problem(password) or "")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "plum blossom at dawn",
        "Sunny-Day-42",
        "ünïcödé-wörter",
        "kupu huna nō te whānau",
    ],
)
def test_a_password_of_ones_own_is_taken(password: str) -> None:
    assert passwords.problem(password) is None


@given(st.sampled_from(sorted(STEMS)), st.text("0123456789!?.#", max_size=6), st.booleans())
def test_a_common_word_stays_common_with_up_to_six_digits_and_signs_behind_it(
    stem: str, suffix: str, is_upper: bool
) -> None:
    password = (stem.upper() if is_upper else stem) + suffix
    assert passwords.is_common(password)


@given(st.sampled_from(sorted(LISTED)))
def test_every_classic_is_refused_however_it_is_written(classic: str) -> None:
    assert passwords.is_common(classic)
    assert passwords.is_common(classic.upper())
    assert passwords.is_common(classic.capitalize())


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=3), st.integers(10, 30))
def test_a_few_characters_repeated_are_no_password(unit: str, length: int) -> None:
    assert passwords.is_common((unit * length)[:length])


@given(st.text(max_size=passwords.SHORTEST - 1))
def test_fewer_than_ten_characters_are_too_few(password: str) -> None:
    if len(passwords.normalised(password)) < passwords.SHORTEST:
        assert "at least 10" in (passwords.problem(password) or "")


def test_more_than_two_hundred_characters_are_too_many() -> None:
    long = "plum blossom at dawn " * 10
    assert "at most 200" in (passwords.problem(long) or "")
    assert passwords.problem(long[:200]) is None


def test_ones_own_name_or_address_is_refused() -> None:
    personal = ("Wilhelmina@Example.com", "Wilhelmina Brown")
    assert "your name" in (passwords.problem("wilhelmina@example.com", personal=personal) or "")
    assert "your name" in (passwords.problem("wilhelmina BROWN", personal=personal) or "")
    assert passwords.problem("wilhelmina brown likes tea", personal=personal) is None


def test_two_ways_to_type_the_same_letters_make_the_same_password() -> None:
    assert passwords.normalised("café au lait") == passwords.normalised("cafe\u0301 au lait")


@given(st.text(max_size=300))
def test_no_text_whatever_makes_the_check_fail(password: str) -> None:
    assert passwords.problem(password) is None or isinstance(passwords.problem(password), str)


def test_a_length_is_counted_as_the_hash_sees_the_password() -> None:
    assert passwords.length_problem("ten letter") is None
    assert passwords.length_problem("nine char") == "must have at least 10 characters"
    # Letters with a separate accent count once; a ligature counts for the letters that it holds.
    assert passwords.length_problem("e\N{COMBINING ACUTE ACCENT}" * 9) is not None
    assert passwords.length_problem("\N{LATIN SMALL LIGATURE FFI}" * 4) is None
