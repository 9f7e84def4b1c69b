# ruff: noqa: RUF001 - people write in many alphabets

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain import totp

NOW = datetime(2026, 3, 1, 20, 0, 15, tzinfo=UTC)


# RFC 6238, appendix B, the column of SHA-1.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert totp.code(b"12345678901234567890", seconds // 30, digits=8) == code


# RFC 4226, appendix D.
def test_the_first_codes_of_a_counter_are_those_of_the_standard() -> None:
    found = [totp.code(b"12345678901234567890", counter) for counter in range(10)]
    assert " ".join(found) == "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"


@given(st.binary(min_size=20, max_size=20), st.integers(-5, 5))
def test_a_code_is_good_one_step_before_and_after_and_no_longer(secret: bytes, shift: int) -> None:
    given_code = totp.code(secret, totp.step_at(NOW) + shift)
    found = totp.matching_step(secret, given_code, now=NOW, last_used=0)
    if abs(shift) <= 1:
        assert found is not None
    elif given_code not in {totp.code(secret, totp.step_at(NOW) + near) for near in (-1, 0, 1)}:
        assert found is None


def test_a_used_step_and_those_before_it_are_refused() -> None:
    secret = totp.new_secret()
    step = totp.step_at(NOW)
    assert totp.matching_step(secret, totp.code(secret, step), now=NOW, last_used=step) is None
    assert totp.matching_step(secret, totp.code(secret, step - 1), now=NOW, last_used=step) is None
    later = NOW + timedelta(seconds=30)
    assert totp.matching_step(secret, totp.code(secret, step + 1), now=later, last_used=step) == step + 1


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5x", "-12345"])
def test_what_is_no_code_never_matches(text: str) -> None:
    assert totp.matching_step(totp.new_secret(), text, now=NOW, last_used=0) is None


def test_a_code_may_be_typed_with_a_space_as_the_app_shows_it() -> None:
    secret = totp.new_secret()
    step = totp.step_at(NOW)
    code = totp.code(secret, step)
    assert totp.matching_step(secret, f"{code[:3]} {code[3:]}", now=NOW, last_used=0) == step


def test_the_picture_names_the_product_the_account_and_the_secret() -> None:
    secret = totp.new_secret()
    parts = urlsplit(totp.uri(secret, account="jo+x@example.com"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/PeepoPay:jo%2Bx%40example.com")
    assert parse_qs(parts.query)["secret"] == [totp.spelled(secret)]


def test_ten_recovery_codes_that_differ_and_are_read_however_they_are_typed() -> None:
    codes = totp.new_recovery_codes()
    assert len(set(codes)) == 10
    assert totp.recovery_key(f" {codes[0].upper()} ") == totp.recovery_key(codes[0].replace("-", ""))
