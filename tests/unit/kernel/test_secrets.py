"""Keys, tokens and what is stored encrypted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel import secrets
from services.kernel.secrets import Keyring, Unreadable

KEYRING = Keyring(b"k" * 32)


@given(st.binary(), st.text(min_size=1))
def test_what_was_encrypted_is_read_again_with_the_same_key_and_purpose_only(plain: bytes, purpose: str) -> None:
    sealed = KEYRING.encrypt(purpose, plain)
    assert KEYRING.decrypt(purpose, sealed) == plain
    for keyring, other in ((KEYRING, f"{purpose}x"), (Keyring(b"l" * 32), purpose)):
        with pytest.raises(Unreadable):
            keyring.decrypt(other, sealed)


@given(st.binary(min_size=1), st.data())
def test_what_was_altered_is_unreadable(plain: bytes, data: st.DataObject) -> None:
    sealed = KEYRING.encrypt("purpose", plain)
    position = data.draw(st.integers(0, len(sealed) - 1))
    altered = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
    for broken in (altered, sealed[:position], b""):
        with pytest.raises(Unreadable):
            KEYRING.decrypt("purpose", broken)


def test_the_same_text_is_never_encrypted_to_the_same_bytes() -> None:
    assert len({KEYRING.encrypt("purpose", b"text") for _ in range(100)}) == 100


def test_a_signature_can_be_made_again_and_differs_by_text_purpose_and_key() -> None:
    made = KEYRING.sign("manage", "book_1")
    assert made == Keyring(b"k" * 32).sign("manage", "book_1")
    others = {
        KEYRING.sign("manage", "book_2"),
        KEYRING.sign("ics", "book_1"),
        Keyring(b"l" * 32).sign("manage", "book_1"),
    }
    assert made not in others
    assert len(others) == 3


def test_tokens_are_long_and_never_the_same() -> None:
    made = {secrets.new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(len(secrets.from_urlsafe(token)) == 32 for token in made)


@given(st.text(), st.text())
def test_comparing_tells_equal_from_unequal(one: str, other: str) -> None:
    assert secrets.same(one, other) == (one == other)
    assert secrets.same(one, one.encode())


@given(st.binary())
def test_the_spelling_for_addresses_is_read_back(raw: bytes) -> None:
    text = secrets.urlsafe(raw)
    assert secrets.from_urlsafe(text) == raw
    assert not set(text) & set("+/=")


def test_a_fingerprint_is_not_the_token() -> None:
    token = secrets.new_token()
    assert secrets.fingerprint(token) == secrets.fingerprint(token)
    assert token.encode() not in secrets.fingerprint(token)
    assert len(secrets.fingerprint(token)) == 32
