"""Google's stand-in: which request is good, who somebody is, and PKCE."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.domain import google
from services.sandbox.domain.errors import OAuthRefusal

CLIENT = google.Client(
    client_id="sandbox", client_secret="s", redirect_uris=("https://book.example.com/api/auth/callback/google",)
)
KEY = b"k" * 32
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query(**changes: str) -> dict[str, str]:
    return {
        "client_id": CLIENT.client_id,
        "redirect_uri": CLIENT.redirect_uris[0],
        "response_type": "code",
        "scope": "openid email profile",
        "state": "st",
        "code_challenge": challenge("v" * 43),
        "code_challenge_method": "S256",
        **changes,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example.com/"},
        {"redirect_uri": f"{CLIENT.redirect_uris[0]}/more"},
    ],
)
def test_an_unknown_client_or_address_is_refused_before_anything_else(changes: dict[str, str]) -> None:
    with pytest.raises(OAuthRefusal):
        google.known_client(query(**changes), CLIENT)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"state": "a\0"}, "invalid_request"),
        ({"nonce": "n" * 2001}, "invalid_request"),
    ],
)
def test_a_bad_request_is_named(changes: dict[str, str], error: str) -> None:
    with pytest.raises(OAuthRefusal) as caught:
        google.wish(query(**changes))
    assert caught.value.error == error


@given(verifier=st.text(ALPHABET, min_size=43, max_size=128), other=st.text(ALPHABET, min_size=43, max_size=128))
def test_only_the_right_verifier_proves(verifier: str, other: str) -> None:
    assert google.proves(verifier, challenge(verifier))
    assert google.proves(other, challenge(verifier)) is (other == verifier)


def test_a_verifier_of_the_wrong_shape_proves_nothing() -> None:
    assert not google.proves("short", challenge("short"))


def test_the_same_address_is_the_same_person_however_it_is_spelt() -> None:
    one, two = google.account("Mia@Example.com", "", KEY), google.account("mia@example.com", "Mia", KEY)
    other = google.account("mia2@example.com", "", KEY)
    assert one.subject == two.subject != other.subject
    assert len(one.subject) == 21
    assert one.subject.isdigit()


def test_a_name_is_made_up_from_the_address() -> None:
    assert google.account("mia.ngata@example.com", " ", KEY).name == "Mia Ngata"


@pytest.mark.parametrize("email", ["", "mia", "Mia <mia@example.com>", "mia@example.com, x@example.com"])
def test_what_is_no_address_is_nobody(email: str) -> None:
    with pytest.raises(OAuthRefusal):
        google.account(email, "Mia", KEY)


def test_the_identity_token_tells_whether_the_address_was_verified() -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)

    def said(email: str) -> object:
        person = google.account(email, "", KEY)
        return google.claims(person, issuer="i", audience="a", nonce="n", now=now)["email_verified"]

    assert said("mia@example.com") is True
    assert said("mia+unverified@example.com") is False
