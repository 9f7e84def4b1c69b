"""References, links, contacts, and what a clock on the wall means."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking.domain import contacts
from services.booking.domain.references import is_reference, new_reference
from services.booking.domain.tokens import fingerprint_of, manage_token
from services.booking.domain.wall import first_pass
from services.kernel.ids import new_id
from services.kernel.secrets import Keyring

KEYRING = Keyring(b"k" * 32)


def test_a_reference_can_be_said_over_the_phone() -> None:
    made = [new_reference() for _ in range(1_000)]
    assert all(is_reference(reference) for reference in made)
    assert not set("".join(made)) & set("AEIOUL01")
    assert len(set(made)) == len(made)


def test_a_link_is_made_again_from_the_booking_and_by_nobody_else() -> None:
    booking_id = new_id("book")
    token = manage_token(KEYRING, booking_id, 1)
    assert token == manage_token(KEYRING, booking_id, 1)
    others = {
        manage_token(KEYRING, booking_id, 2),
        manage_token(KEYRING, new_id("book"), 1),
        manage_token(Keyring(b"j" * 32), booking_id, 1),
    }
    assert token not in others
    assert len(others) == 3
    assert fingerprint_of(token) is not None


@pytest.mark.parametrize("token", ["", "x", "a" * 42, "a" * 44, "a" * 42 + "!", "../" + "a" * 40])
def test_what_can_not_be_a_link_is_not_looked_for(token: str) -> None:
    assert fingerprint_of(token) is None


@pytest.mark.parametrize(
    ("day", "clock_time", "utc"),
    [
        (date(2026, 3, 3), "10:00", "2026-03-02T21:00"),
        # The clocks go back: this hour comes twice, and its first pass is meant.
        (date(2026, 4, 5), "02:30", "2026-04-04T13:30"),
        # They go forward: this hour never comes.
        (date(2026, 9, 27), "02:30", None),
        (date(2026, 9, 27), "03:00", "2026-09-26T14:00"),
    ],
)
def test_an_hour_that_comes_twice_means_its_first_pass(day: date, clock_time: str, utc: str | None) -> None:
    at = first_pass(day, clock_time, ZoneInfo("Pacific/Auckland"))
    assert (None if at is None else f"{at:%Y-%m-%dT%H:%M}") == utc


@settings(deadline=None)
@given(
    st.dates(date(2001, 1, 1), date(2099, 12, 31)),
    st.times(),
    st.sampled_from(["Pacific/Auckland", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_what_the_clock_shows_then_is_what_was_asked_for(day: date, clock: object, zone: str) -> None:
    asked = f"{clock:%H:%M}"
    at = first_pass(day, asked, ZoneInfo(zone))
    if at is not None:
        local = at.astimezone(ZoneInfo(zone))
        assert (local.date(), f"{local:%H:%M}") == (day, asked)
        earlier = (at - timedelta(hours=1)).astimezone(ZoneInfo(zone))
        assert (earlier.date(), f"{earlier:%H:%M}") != (day, asked)


@pytest.mark.parametrize(
    "email", ["ana@example.com", "a.b+c@ex-ample.co.nz", "jürgen@bücher.example", "花子@例え.テスト"]
)
def test_an_address_of_any_country_is_taken(email: str) -> None:
    assert contacts.email_problem(email) is None


@pytest.mark.parametrize(
    "email",
    [
        "ana",
        "ana@",
        "@example.com",
        "ana@example",
        "a na@example.com",
        "ana@ex..com",
        "a@b.c\n",
        "a@b@c.de",
        "<a@b.de>",
    ],
)
def test_what_no_mail_can_reach_is_refused(email: str) -> None:
    assert contacts.email_problem(email) is not None


@pytest.mark.parametrize("phone", ["+64 21 555 0123", "(09) 555-0100", "0800 83 83 83", "+1.555.010.9999 x12", "12345"])
def test_a_number_of_any_country_is_taken(phone: str) -> None:
    assert contacts.phone_problem(phone) is None


@pytest.mark.parametrize("phone", ["", "call me", "12", "+", "+" + "1" * 30, "021 555 <b>"])
def test_what_nobody_can_dial_is_refused(phone: str) -> None:
    assert contacts.phone_problem(phone) is not None


@pytest.mark.parametrize("name", ["", " ", "\u200b", "a\nb", "a\x00b", "\u202egnp.exe"])
def test_a_name_that_can_not_be_shown_is_refused(name: str) -> None:
    assert contacts.name_problem(name) is not None
