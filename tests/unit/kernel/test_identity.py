"""A signed identity is believed only as it was signed, for whom, by whom, and for a minute."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.identity import BadIdentity, Identity, Signer
from services.kernel.secrets import urlsafe
from tests.support import identities
from tests.support.clock import FrozenClock

CLOCK = FrozenClock()
TOKEN = identities.signer("auth", CLOCK).person("usr_1", tenant_id="ten_1", role="owner", session_id="ses_1")
VERIFIER = identities.verifier("booking", CLOCK)


def decoded(part: str) -> Any:
    return json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(value: Any) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def refused(ask: Callable[[str], Identity], token: str) -> None:
    with pytest.raises(BadIdentity):
        ask(token)


def test_a_person_is_who_auth_says() -> None:
    identity = VERIFIER.person(TOKEN)
    assert (identity.sub, identity.tenant, identity.role, identity.session) == ("usr_1", "ten_1", "owner", "ses_1")
    assert not identity.is_context


def test_a_context_is_who_signed() -> None:
    identity = VERIFIER.context(identities.signer("payments", CLOCK).context("booking"))
    assert (identity.iss, identity.is_context) == ("payments", True)


def test_it_runs_out_after_a_minute_and_a_little() -> None:
    clock = FrozenClock()
    verifier = identities.verifier("booking", clock)
    token = identities.signer("auth", clock).person("usr_1", tenant_id=None, role=None, session_id="ses_1")
    clock.advance(seconds=65)
    assert verifier.person(token).sub == "usr_1"
    clock.advance(seconds=1)
    refused(verifier.person, token)


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="ascii", categories=["L", "N", "P"]))
def test_no_character_of_it_can_be_changed(position: int, character: str) -> None:
    changed = TOKEN[:position] + character + TOKEN[position + 1 :]
    if position == len(TOKEN) - 1 or changed == TOKEN:
        # The last character of base64 holds bits that mean nothing.
        return
    refused(VERIFIER.person, changed)


@given(st.text(max_size=200))
def test_nonsense_is_nobody(text: str) -> None:
    refused(VERIFIER.person, text)
    refused(VERIFIER.context, text)
    refused(VERIFIER.person, f"{TOKEN.split('.')[0]}.{text}.{TOKEN.split('.')[2]}")


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "JWT"},
        {"alg": "HS256", "typ": "JWT"},
        {"typ": "JWT", "alg": "EdDSA"},
        {"alg": "EdDSA", "typ": "JWT", "jwk": {}},
        {"alg": "EdDSA", "typ": "JWT", "kid": "booking"},
        {},
    ],
)
def test_a_token_does_not_choose_how_it_is_checked(header: dict[str, Any]) -> None:
    _, claims, signature = TOKEN.split(".")
    # Signed by auth's own key, too, so that only the header is wrong.
    signed = f"{encoded(header)}.{claims}"
    again = urlsafe(identities.signer("auth", CLOCK)._key.sign(signed.encode()))
    for last in (signature, again, ""):
        refused(VERIFIER.person, f"{signed}.{last}")


@pytest.mark.parametrize("change", [{"role": "owner", "tenant": "ten_2"}, {"sub": "usr_2"}, {"exp": 9_999_999_999}])
def test_claims_can_not_be_changed(change: dict[str, Any]) -> None:
    header, claims, signature = TOKEN.split(".")
    refused(VERIFIER.person, f"{header}.{encoded({**decoded(claims), **change})}.{signature}")


@pytest.mark.parametrize("issuer", ["booking", "sandbox", "probe"])
def test_only_auth_vouches_for_people(issuer: str) -> None:
    token = identities.signer(issuer, CLOCK).person("usr_1", tenant_id="ten_1", role="owner", session_id="ses_1")
    refused(VERIFIER.person, token)


def test_a_stranger_is_nobody_though_it_names_a_known_one() -> None:

    refused(VERIFIER.person, Signer("auth", b"x" * 32, CLOCK).person("u", tenant_id=None, role=None, session_id="s"))
    refused(VERIFIER.context, Signer("stranger", identities.seed_of("auth"), CLOCK).context("booking"))


def test_an_identity_for_one_context_is_none_for_another() -> None:
    refused(VERIFIER.context, identities.signer("payments", CLOCK).context("catalog"))


def test_a_person_is_no_context_and_a_context_no_person() -> None:
    refused(VERIFIER.context, TOKEN)
    refused(VERIFIER.person, identities.signer("auth", CLOCK).context("people"))
    refused(VERIFIER.person, identities.signer("auth", CLOCK).context("booking"))
    posing = identities.signer("auth", CLOCK).person("context:auth", tenant_id=None, role=None, session_id="s")
    refused(VERIFIER.context, posing)
    refused(VERIFIER.person, posing)


def test_deep_nesting_in_the_claims_is_nobody() -> None:
    header, _, signature = TOKEN.split(".")
    claims = urlsafe(b'{"x":' + b"[" * 2500)
    refused(VERIFIER.person, f"{header}.{claims}.{signature}")


def test_a_context_says_the_same_of_itself_for_ten_seconds() -> None:
    clock = FrozenClock()
    signer = identities.signer("booking", clock)
    first = signer.context("availability")
    clock.advance(seconds=9)
    assert signer.context("availability") == first
    assert signer.context("payments") != first
    clock.advance(seconds=1)
    assert signer.context("availability") != first


def test_what_was_believed_before_runs_out_all_the_same() -> None:
    clock = FrozenClock()
    verifier = identities.verifier("availability", clock)
    token = identities.signer("booking", clock).context("availability")
    for _ in range(2):
        assert verifier.context(token).iss == "booking"
    # Known as a context's, it is no person's.
    refused(verifier.person, token)
    clock.advance(seconds=66)
    refused(verifier.context, token)
