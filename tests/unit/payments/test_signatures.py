"""Webhooks: what Stripe signed just now passes, and nothing else does."""

import time
from datetime import UTC, datetime

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.errors import NoticeForged
from services.payments.gateways.stripe import signature

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
AT = int(NOW.timestamp())
PLATFORM, CONNECT = "whsec_of_the_platform", "whsec_of_the_accounts"

bodies = st.text(min_size=1, max_size=200).map(str.encode)
secrets = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=8, max_size=40).map(
    "whsec_{}".format
)


def signed(body: bytes, secret: str = PLATFORM, at: int = AT) -> str:
    """By Stripe's own code."""
    header: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return header


def passes(
    body: bytes, header: str | None, *, known: tuple[str, ...] = (PLATFORM, CONNECT), now: datetime = NOW
) -> bool:
    try:
        signature.check(body, header, secrets=known, now=now)
    except NoticeForged:
        return False
    return True


@given(bodies, secrets, secrets)
def test_what_stripes_own_code_signs_passes_and_with_another_secret_it_does_not(
    body: bytes, secret: str, other: str
) -> None:
    header = signed(body, secret)
    assert passes(body, header, known=(secret,))
    assert passes(body, header, known=(other, secret))
    assert passes(body, header, known=(other,)) is (other == secret)


@given(bodies, st.data())
def test_any_byte_that_is_changed_added_or_left_out_fails(body: bytes, data: st.DataObject) -> None:
    header = signed(body)
    place = data.draw(st.integers(0, len(body) - 1))
    change = data.draw(st.integers(1, 255))
    changed = body[:place] + bytes([body[place] ^ change]) + body[place + 1 :]
    assert not passes(changed, header)
    assert not passes(body[:place] + body[place + 1 :], header)
    assert not passes(body + bytes([change]), header)


@given(bodies, st.data())
def test_any_character_of_the_header_that_is_changed_fails(body: bytes, data: st.DataObject) -> None:
    header = signed(body)
    place = data.draw(st.integers(0, len(header) - 1))
    character = data.draw(st.characters(codec="latin-1").filter(lambda one: one not in {header[place], "\x1c", " "}))
    assert not passes(body, header[:place] + character + header[place + 1 :])


@pytest.mark.parametrize(
    ("seconds", "is_taken"),
    [(0, True), (299, True), (300, True), (301, False), (100_000, False)],
)
@pytest.mark.parametrize("direction", [-1, 1])
def test_within_five_minutes_either_way_it_passes(seconds: int, is_taken: bool, direction: int) -> None:
    header = signed(b"{}", at=AT + direction * seconds)
    assert passes(b"{}", header) is is_taken


def test_a_body_that_was_written_anew_fails() -> None:
    assert not passes(b'{"id": "evt_1"}', signed(b'{"id":"evt_1"}'))


def test_while_a_secret_rolls_one_of_two_signatures_is_enough() -> None:
    new, former = signed(b"{}", "whsec_new"), signed(b"{}", PLATFORM)
    both = f"{new},{former.partition(',')[2]}"
    assert passes(b"{}", both)
    assert passes(b"{}", both, known=("whsec_new",))
    assert not passes(b"{}", both, known=("whsec_newer",))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=",
        f"t={AT}",
        f"t={AT},v1=",
        "v1=" + signed(b"{}").partition("v1=")[2],
        signed(b"{}").replace("v1=", "v0="),
        signed(b"{}").replace(f"t={AT}", f"t={AT}.0"),
        signed(b"{}").replace(f"t={AT}", f"t=+{AT}"),
        signed(b"{}").replace(f"t={AT}", f"t={AT},t={AT}"),
        signed(b"{}").replace(f"t={AT}", "t=٣"),
        signed(b"{}").upper(),
        "nonsense",
        "t=1,v1=é",
        "," * 5_000,
    ],
)
def test_a_header_that_is_missing_or_no_signature_fails(header: str | None) -> None:
    assert not passes(b"{}", header)


def test_without_a_secret_nothing_passes() -> None:
    assert not passes(b"{}", signed(b"{}", ""), known=())


def test_stripes_own_check_takes_what_ours_takes() -> None:
    header = signed(b'{"id":"evt_1"}', at=int(time.time()))
    assert stripe.WebhookSignature.verify_header('{"id":"evt_1"}', header, PLATFORM, 300)
    assert passes(b'{"id":"evt_1"}', header, now=datetime.now(UTC))
