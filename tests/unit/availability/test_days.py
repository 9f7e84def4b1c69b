"""The wall clock of every zone, and the instants behind it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.availability.domain import days
from services.availability.domain.facts import Minute, Window
from tests.unit.availability import calendars, reference

# No two changes since 1970 lie closer together.
_STRIDE = 6 * 1440


def minute_of(text: str) -> Minute:
    return round(datetime.fromisoformat(text).timestamp()) // 60


def offset(zone: ZoneInfo, minute: Minute) -> int:
    """What zoneinfo says, in minutes."""
    length = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    assert length is not None
    return length // timedelta(minutes=1)


def changes(zone: ZoneInfo, first: Minute, last: Minute) -> list[Minute]:
    """The first minute of each new offset, found by asking every few days."""

    def asked(minute: Minute) -> timedelta | None:
        return datetime.fromtimestamp(minute * 60, zone).utcoffset()

    found = []
    low, before = first, asked(first)
    for high in range(first + _STRIDE, last, _STRIDE):
        after = asked(high)
        if after != before:
            start, end = low, high
            while end - start > 1:
                middle = (start + end) // 2
                start, end = (middle, end) if asked(middle) == before else (start, middle)
            found.append(end)
        low, before = high, after
    return found


def test_every_change_of_every_zone_until_2037_is_seen_to_the_minute() -> None:
    first, last = minute_of("2000-01-01T00:00Z"), minute_of("2038-01-01T00:00Z")
    # Many names are names of one zone.
    zones: dict[tuple[int, tuple[tuple[Minute, int], ...]], ZoneInfo] = {}
    for zone in map(ZoneInfo, sorted(available_timezones())):
        found = changes(zone, first, last)
        zones[offset(zone, first), tuple((change, offset(zone, change)) for change in found)] = zone
    assert len(zones) > 100
    for (_, seen), zone in zones.items():
        for change, after in seen:
            before = offset(zone, change - 1)
            assert [run.offset for run in days.runs(zone, change // 1440, change // 1440)] == [before, after], zone
            for minute in (change - 61, change - 1, change, change + 59):
                reading = minute + (before if minute < change else after)
                # A jump back is the only way to have a reading twice.
                comes_twice = change - (before - after) <= minute < change + (before - after)
                there = days.passes_of(zone, reading)
                assert minute in there, zone
                assert len(there) == 1 + comes_twice, zone
            for skipped in range(change + before, change + after, 29):
                assert days.passes_of(zone, skipped) == [], zone
                assert days.begins(zone, skipped) == days.ends(zone, skipped) == change, zone


@settings(max_examples=200, deadline=None)
@given(
    zone=calendars.zones,
    minute=st.integers(minute_of("2000-01-01T00:00Z"), minute_of("2100-12-31T00:00Z")),
)
def test_any_instant_of_the_century_has_the_reading_that_zoneinfo_gives_it(zone: ZoneInfo, minute: Minute) -> None:
    reading = reference.wall(zone, minute)
    assert days.date_at(zone, minute) == reading.date()
    since_midnight = reading.hour * 60 + reading.minute
    assert days.passes(zone, reading.date(), since_midnight) == reference.passes(zone, reading)
    first = days.first_pass(zone, reading.date(), since_midnight)
    assert first == round(reading.replace(tzinfo=zone, fold=0).timestamp()) // 60
    bounds = days.bounds(zone, reading.date())
    assert bounds is not None
    assert bounds[0] <= minute < bounds[1]
    assert days.clock(zone, minute).startswith(f"{reading:%H:%M}")


@settings(max_examples=40, deadline=None)
@given(data=st.data(), zone=calendars.zones)
def test_a_local_day_begins_and_ends_where_its_minutes_do(data: st.DataObject, zone: ZoneInfo) -> None:
    day = data.draw(calendars.days(zone))
    of_the_day = [minute for minute in reference.around(day, day) if reference.wall(zone, minute).date() == day]
    assert days.bounds(zone, day) == ((of_the_day[0], of_the_day[-1] + 1) if of_the_day else None)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Pacific/Auckland", "2026-04-05", 25),
        ("Pacific/Auckland", "2026-09-27", 23),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Antarctica/Troll", "2026-03-29", 22),
        # The day begins at one.
        ("America/Sao_Paulo", "2017-10-15", 23),
        ("Asia/Beirut", "2026-03-29", 23),
        ("Africa/Cairo", "2026-04-24", 23),
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(zone: str, day: str, hours: float) -> None:
    bounds = days.bounds(ZoneInfo(zone), date.fromisoformat(day))
    assert bounds is not None
    assert bounds[1] - bounds[0] == hours * 60


def test_a_skipped_day_has_no_instant() -> None:
    apia = ZoneInfo("Pacific/Apia")
    skipped = date(2011, 12, 30)
    assert days.bounds(apia, skipped) is None
    assert days.passes(apia, skipped, 600) == []
    assert days.first_pass(apia, skipped, 600) is None
    assert days.is_missing(apia, skipped, Window(540, 1020))
    assert not days.is_missing(apia, skipped, Window(1320, 1320 + 240))
    new_year = days.begins(apia, days.day_of(skipped) * days.DAY)
    assert days.date_at(apia, new_year) == date(2011, 12, 31)
    assert days.date_at(apia, new_year - 1) == date(2011, 12, 29)


def test_a_day_that_comes_back_for_an_hour_begins_with_its_first_minute() -> None:
    # Clocks went back at 00:01: a minute of Sunday, an hour of Saturday again, then Sunday.
    st_johns = ZoneInfo("America/St_Johns")
    saturday, sunday = days.bounds(st_johns, date(2010, 11, 6)), days.bounds(st_johns, date(2010, 11, 7))
    assert saturday is not None
    assert sunday is not None
    assert saturday[1] - sunday[0] == 60
    assert [days.date_at(st_johns, sunday[0] + minutes).day for minutes in (-1, 0, 1, 59, 60)] == [6, 7, 6, 6, 7]


@pytest.mark.parametrize(
    ("day", "window", "is_missing"),
    [
        ("2026-09-27", (120, 180), True),
        ("2026-09-27", (130, 140), True),
        ("2026-09-27", (119, 180), False),
        ("2026-09-27", (120, 181), False),
        ("2026-04-05", (120, 180), False),
        # From the evening before into the missing hour, and right through it.
        ("2026-09-26", (1439, 1620), False),
        ("2026-09-26", (1320, 1320 + 1440), False),
    ],
)
def test_hours_within_the_missing_hour_are_told(day: str, window: tuple[int, int], is_missing: bool) -> None:
    auckland = ZoneInfo("Pacific/Auckland")
    assert days.is_missing(auckland, date.fromisoformat(day), Window(*window)) == is_missing


@pytest.mark.parametrize(
    ("zone", "instant", "label"),
    [
        ("Pacific/Auckland", "2026-04-04T13:00Z", "02:00 NZDT"),
        ("Pacific/Auckland", "2026-04-04T14:00Z", "02:00 NZST"),
        ("Pacific/Auckland", "2026-04-04T15:00Z", "03:00"),
        ("Europe/London", "2026-10-25T00:30Z", "01:30 BST"),
        ("Australia/Lord_Howe", "2026-04-04T15:00Z", "01:30 UTC+1030"),
        ("America/New_York", "2026-07-01T12:00Z", "08:00"),
    ],
)
def test_a_time_that_comes_twice_is_told_apart(zone: str, instant: str, label: str) -> None:
    assert days.clock(ZoneInfo(zone), minute_of(instant)) == label


@pytest.mark.parametrize("minute", [-(10**12), minute_of("0001-01-01T00:00+00:00"), 10**12])
def test_no_instant_is_too_far_away(minute: Minute) -> None:
    for name in ("UTC", "Pacific/Auckland", "America/Los_Angeles"):
        zone = ZoneInfo(name)
        assert days.date_at(zone, minute) in (date.min, date.max)
        assert len(days.clock(zone, minute)) >= 5


def test_the_days_at_both_ends_of_the_calendar_have_bounds() -> None:
    for day in (date.min, date.max):
        bounds = days.bounds(ZoneInfo("UTC"), day)
        assert bounds is not None
        assert bounds[1] - bounds[0] == 1440
    assert days.bounds(ZoneInfo("UTC"), date(1970, 1, 1)) == (0, 1440)
    assert minute_of("1970-01-01T00:00Z") == 0
    assert datetime.fromtimestamp(0, UTC).date() == date(1970, 1, 1)
