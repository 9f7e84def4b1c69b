"""The feed as other programs read it, by other code than what writes it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from services.availability.domain.feed import DayOff, Entry, written
from services.availability.domain.ics.busy import busy_times
from services.availability.domain.ics.times import Named

HOST = "book.example.com"
CHANGED = datetime(2026, 3, 1, 20, 0, 17, 123456, tzinfo=UTC)


def _entry(starts_at: datetime, **changed: Any) -> Entry:
    facts: dict[str, Any] = {
        "id": "book_1",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "is_cancelled": False,
        "sequence": 0,
        "changed_at": CHANGED,
        "reference": "PP-7K2M",
        "service": "Blocked drain",
        "staff": None,
    }
    return Entry(**{**facts, **changed})


def _read(body: bytes) -> Any:
    return vobject.readOne(body.decode())


def _feed(
    *entries: Entry, days_off: tuple[DayOff, ...] = (), zone: str = "Pacific/Auckland", name: str | None = None
) -> bytes:
    return written(entries, days_off, name=name, host=HOST, zone=zone)


@pytest.mark.parametrize(
    "zone", ["Pacific/Auckland", "Australia/Lord_Howe", "America/New_York", "Europe/London", "Asia/Kathmandu"]
)
def test_every_hour_of_the_year_s_changes_is_the_same_instant_when_read_back(zone: str) -> None:
    """Both passes of each repeated hour, too."""
    place = ZoneInfo(zone)
    days = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 9, 27), date(2026, 10, 4), date(2026, 10, 25),
            date(2026, 11, 1)]  # fmt: skip
    starts = [
        datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16) + timedelta(minutes=30 * number)
        for day in days
        for number in range(80)
    ]
    hour = timedelta(hours=1)
    entries = [
        _entry(start.astimezone(place), ends_at=(start + hour).astimezone(place), id=f"book_{number}")
        for number, start in enumerate(starts)
    ]
    found = {event.uid.value: event for event in _read(_feed(*entries, zone=zone)).vevent_list}
    for number, start in enumerate(starts):
        event = found[f"book_{number}@{HOST}"]
        assert event.dtstart.value == start
        assert event.dtend.value - event.dtstart.value == hour


def test_it_is_called_as_the_business_is_once_that_is_known() -> None:
    assert _read(_feed(name="Miller, Pipes & Sons")).x_wr_calname.value == "Miller, Pipes & Sons"
    assert b"\r\nX-WR-CALNAME:A\\nB\\, C\r\n" in _feed(name="A\nB, C")
    assert _read(_feed()).x_wr_calname.value == "PeepoPay bookings"


def test_programs_are_told_how_often_to_look_again() -> None:
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\nX-PUBLISHED-TTL:PT15M\r\n" in _feed()


def test_an_entry_says_what_it_is_and_not_whose() -> None:
    calendar = _read(_feed(_entry(datetime(2026, 3, 2, 20, tzinfo=UTC), sequence=3, staff="Ana")))
    event = calendar.vevent
    assert event.summary.value == "Blocked drain · Ana · PP-7K2M"
    assert (event.sequence.value, event.status.value, event.transp.value) == ("3", "CONFIRMED", "OPAQUE")
    assert event.dtstamp.value == CHANGED.replace(microsecond=0)
    assert event.last_modified.value == CHANGED.replace(microsecond=0)
    assert (calendar.method.value, calendar.version.value) == ("PUBLISH", "2.0")
    assert calendar.contents["x-wr-calname"][0].value
    assert calendar.contents["x-wr-timezone"][0].value == "Pacific/Auckland"
    assert calendar.contents["refresh-interval"][0].params == {"VALUE": ["DURATION"]}


@pytest.mark.usefixtures("server_zone")
def test_scenario_11_moved_it_keeps_its_name_and_cancelled_it_says_so() -> None:
    first = _read(_feed(_entry(datetime(2026, 3, 2, 20, tzinfo=UTC)))).vevent
    moved = _read(_feed(_entry(datetime(2026, 4, 9, 1, tzinfo=UTC), sequence=1))).vevent
    gone = _read(_feed(_entry(datetime(2026, 4, 9, 1, tzinfo=UTC), sequence=2, is_cancelled=True))).vevent
    assert first.uid.value == moved.uid.value == gone.uid.value == f"book_1@{HOST}"
    assert [int(event.sequence.value) for event in (first, moved, gone)] == [0, 1, 2]
    assert (gone.status.value, gone.transp.value) == ("CANCELLED", "TRANSPARENT")


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=300))
def test_any_name_is_read_back_as_it_was_and_no_line_is_too_long(name: str) -> None:
    body = _feed(_entry(datetime(2026, 3, 2, 20, tzinfo=UTC), service=name, reference=None))
    assert _read(body).vevent.summary.value.strip() == name.strip()
    assert max(len(line) for line in body.split(b"\r\n")) <= 75
    assert b"\n" not in body.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "name", ["Drains, gutters; and \\ more", "two\nlines", "🚿" * 100, "END:VEVENT", "Grüße: „so“"]
)
def test_signs_that_mean_something_and_signs_of_all_the_world_are_kept(name: str) -> None:
    assert (
        _read(_feed(_entry(datetime(2026, 3, 2, 20, tzinfo=UTC), service=name, reference=None))).vevent.summary.value
        == name
    )


def test_a_public_holiday_is_a_day_that_takes_no_time() -> None:
    off = (
        DayOff(date(2026, 12, 25), "Christmas Day", "NZ", is_closed=True),
        DayOff(date(2026, 12, 28), "Boxing Day", "NZ", is_closed=False),
    )
    first, second = _read(_feed(days_off=off)).vevent_list
    assert (first.dtstart.value, first.dtend.value) == (date(2026, 12, 25), date(2026, 12, 26))
    assert (first.summary.value, second.summary.value) == ("Christmas Day (closed)", "Boxing Day")
    assert {first.transp.value, second.transp.value} == {"TRANSPARENT"}
    assert first.uid.value == f"holiday-NZ-20261225@{HOST}"


def test_equal_facts_make_equal_bytes_and_an_empty_feed_is_one_too() -> None:
    entry = _entry(datetime(2026, 3, 2, 20, tzinfo=UTC))
    assert _feed(entry) == _feed(_entry(datetime(2026, 3, 3, 9, tzinfo=ZoneInfo("Pacific/Auckland"))))
    assert "vevent" not in _read(_feed()).contents


def test_what_we_write_we_can_read() -> None:
    start = datetime(2026, 3, 2, 20, tzinfo=UTC)
    first = int(start.timestamp()) // 60 - 1440
    body = _feed(
        _entry(start),
        _entry(start + timedelta(hours=3), id="book_2", is_cancelled=True),
        days_off=(DayOff(start.date(), "A holiday", "NZ", is_closed=True),),
    )
    busy = busy_times(body, Named(ZoneInfo("Pacific/Auckland")), first, first + 5 * 1440)
    assert (list(busy.spans), busy.skipped) == ([(first + 1440, first + 1500)], 0)
