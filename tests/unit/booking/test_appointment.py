"""The customer's calendar file, read back by other code than what writes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking.domain.appointment import Appointment, written

START = datetime(2026, 3, 2, 21, tzinfo=UTC)


def _file(**changed: Any) -> bytes:
    facts: dict[str, Any] = {
        "booking_id": "book_1",
        "standing": "CONFIRMED",
        "sequence": 0,
        "starts_at": START,
        "ends_at": START + timedelta(hours=1),
        "changed_at": START - timedelta(days=1),
        "title": "Blocked drain",
        "description": "Joe's Plumbing",
        "place": None,
    }
    return written(Appointment(**{**facts, **changed}), host="book.example")


def _event(body: bytes) -> Any:
    return vobject.readOne(body.decode()).vevent


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=400))
def test_whatever_is_typed_is_read_back_as_typed(words: str) -> None:
    body = _file(title=words, place=words)
    event = _event(body)
    assert event.summary.value == words
    assert event.location.value == words
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))


def test_lines_of_an_address_stay_lines() -> None:
    assert _event(_file(place="Level 5\r\n12 Queen Street\nAuckland")).location.value == (
        "Level 5\n12 Queen Street\nAuckland"
    )


def test_nobody_writes_lines_of_their_own_into_it() -> None:
    body = _file(title="x\r\nATTENDEE:mailto:evil@example.com\x07")
    assert b"\r\nATTENDEE" not in body
    assert b"\x07" not in body


def test_it_stands_where_it_stands_in_the_feed_of_the_business() -> None:
    event = _event(_file(sequence=3, standing="CANCELLED"))
    assert event.uid.value == "book_1@book.example"
    assert (event.sequence.value, event.status.value, event.transp.value) == ("3", "CANCELLED", "TRANSPARENT")
    assert event.dtstart.value == START
