"""What comes again, against another library and against a slow, obviously right reading of simple rules."""

# ruff: noqa: DTZ001 - a wall clock's reading has no zone

from datetime import date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.availability.domain.ics.busy import busy_times
from services.availability.domain.ics.recurrence import Budget, Rule, TooMuch
from services.availability.domain.ics.times import Named

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _between(text: str, start: datetime, first: datetime, last: datetime) -> list[datetime]:
    return list(Rule.read(text).occurrences(start, first, last, Budget()))


def _list(name: str, numbers: st.SearchStrategy[int], most: int = 3) -> st.SearchStrategy[str]:
    joined = st.lists(numbers, min_size=1, max_size=most, unique=True).map(lambda some: ",".join(map(str, some)))
    return st.one_of(st.just(""), joined.map(lambda text: f";{name}={text}"))


def _signed(largest: int) -> st.SearchStrategy[int]:
    return st.integers(1, largest).flatmap(lambda number: st.sampled_from([number, -number]))


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that the standard allows and both readings understand alike."""
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    text = f"FREQ={frequency};INTERVAL={draw(st.integers(1, 5))}"
    text += draw(_list("BYMONTH", st.integers(1, 12)))
    if frequency in ("YEARLY", "MONTHLY", "DAILY"):
        text += draw(_list("BYMONTHDAY", _signed(31)))
    if frequency == "YEARLY":
        text += draw(_list("BYYEARDAY", _signed(366)))
    places = st.just("")
    if frequency in ("YEARLY", "MONTHLY"):
        places = st.sampled_from(["", "1", "2", "-1", "-2", "5"])
    place = draw(places)
    weekdays = draw(st.lists(st.sampled_from(_WEEKDAYS), max_size=3, unique=True))
    if weekdays:
        text += ";BYDAY=" + ",".join(place + weekday for weekday in weekdays)
    text += draw(_list("BYHOUR", st.integers(0, 23), 2)) + draw(_list("BYMINUTE", st.integers(0, 59), 2))
    if draw(st.booleans()) and text.count("BY"):
        text += draw(_list("BYSETPOS", _signed(4), 2))
    return text + ";WKST=" + draw(st.sampled_from(_WEEKDAYS))


STARTS = st.datetimes(datetime(1996, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))


@settings(deadline=None, max_examples=50)
@given(rules(), STARTS, st.integers(-800, 2000), st.integers(0, 900))
def test_the_occurrences_are_those_that_another_library_finds(
    text: str, start: datetime, ahead: int, days: int
) -> None:
    first = start + timedelta(days=ahead)
    last = first + timedelta(days=days)
    found = [wall for wall in _between(text, start, first, last) if wall != start]
    # The other library looks for what never comes until the year 9999.
    assume(any(wall > last for wall in _between(text, start, last, last + timedelta(days=15_000))))
    theirs = rrulestr(text, dtstart=start).xafter(first - timedelta(seconds=1))
    expected = []
    for wall in islice(theirs, 5000):
        if wall > last:
            break
        if wall > start:
            expected.append(wall)
    assert found == expected


@settings(deadline=None, max_examples=100)
@given(rules(), STARTS, st.integers(1, 40))
def test_a_number_of_times_counts_from_the_start_wherever_one_looks(text: str, start: datetime, times: int) -> None:
    last = start + timedelta(days=2000)
    everything = _between(text, start, start, last)[:times]
    limited = f"{text};COUNT={times}"
    assert _between(limited, start, start, last) == everything
    middle = start + timedelta(days=500)
    assert _between(limited, start, middle, last) == [wall for wall in everything if wall >= middle]


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([("HOURLY", 3600), ("MINUTELY", 60), ("SECONDLY", 1)]),
    st.integers(1, 100_000),
    STARTS,
    st.integers(0, 86_400 * 40),
)
def test_hours_minutes_and_seconds_are_counted_on_from_the_start(
    unit: tuple[str, int], interval: int, start: datetime, ahead: int
) -> None:
    first = start + timedelta(seconds=ahead)
    last = first + timedelta(hours=2)
    step = unit[1] * interval
    expected = [start + timedelta(seconds=step * -(-ahead // step))]
    while expected[-1] <= last:
        expected.append(expected[-1] + timedelta(seconds=step))
    assert _between(f"FREQ={unit[0]};INTERVAL={interval}", start, first, last) == expected[:-1]


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        # What RFC 5545 gives as examples.
        ("FREQ=MONTHLY;BYDAY=-1FR", "1997-09-26", ["1997-09-26", "1997-10-31", "1997-11-28"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28", ["1997-09-28", "1997-10-29", "1997-11-28"]),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997-05-12", ["1997-05-12", "1998-05-11", "1999-05-17"]),
        ("FREQ=YEARLY;BYWEEKNO=20", "1997-05-12", ["1997-05-12", "1998-05-11", "1999-05-17"]),
        ("FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-04", ["1997-09-04", "1997-10-07", "1997-11-06"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "1998-02-13", ["1998-02-13", "1998-03-13", "1998-11-13"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05",
         ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05",
         ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]),
        ("FREQ=YEARLY", "2024-02-29", ["2024-02-29", "2028-02-29", "2032-02-29"]),
        ("FREQ=MONTHLY", "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"]),
    ],
)  # fmt: skip
def test_a_known_rule_gives_its_known_days(text: str, start: str, expected: list[str]) -> None:
    begin = datetime.fromisoformat(f"{start}T09:00")
    found = _between(text, begin, begin, begin + timedelta(days=4000))
    assert [wall.date().isoformat() for wall in found[: len(expected)]] == expected


@pytest.mark.parametrize(
    "text",
    ["", "FREQ=FORTNIGHTLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;BYMONTH=13", "INTERVAL=2",
     "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;RSCALE=CHINESE", "FREQ=DAILY;BYHOUR=-1", "FREQ=DAILY;BYMONTHDAY=0",
     "FREQ", "FREQ=DAILY;COUNT=99999999999999", "FREQ=HOURLY;BYSETPOS=1", "FREQ=DAILY;BYMONTH=" + "1," * 500 + "1"],
)  # fmt: skip
def test_a_rule_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it says only that
        Rule.read(text)


@pytest.mark.parametrize(
    "text",
    ["FREQ=SECONDLY", "FREQ=MINUTELY;BYSECOND=" + ",".join(map(str, range(60))),
     "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60)))],
)  # fmt: skip
def test_a_rule_without_measure_is_followed_only_so_far(text: str) -> None:
    start = datetime(1970, 1, 1)
    budget = Budget(each=10_000)
    found: list[datetime] = []
    with pytest.raises(TooMuch):
        found.extend(Rule.read(text).occurrences(start, datetime(2026, 1, 1), datetime(2027, 1, 1), budget))
    assert budget.left > 900_000


@pytest.mark.parametrize("text", ["FREQ=SECONDLY;COUNT=1000000000", "FREQ=DAILY;COUNT=1000000000"])
def test_a_huge_number_of_times_costs_no_more_than_none(text: str) -> None:
    budget = Budget()
    first = datetime(2026, 1, 1)
    found = list(Rule.read(text).occurrences(datetime(2020, 1, 1), first, first + timedelta(minutes=1), budget))
    assert found
    assert budget.left > 900_000


# Simple rules, over the changes of clocks: the days are counted one by one, and each is told by the zone's own clock.

_ZONES = ("Pacific/Auckland", "America/New_York", "Australia/Lord_Howe", "Europe/Lisbon", "Asia/Kathmandu", "UTC")


def _days(frequency: str, interval: int, begin: date) -> list[date]:
    """Three years of days, looked at one after the other."""
    monday = begin - timedelta(days=begin.weekday())
    found = []
    for number in range(1100):
        day = begin + timedelta(days=number)
        months = (day.year - begin.year) * 12 + day.month - begin.month
        if (
            (frequency == "DAILY" and number % interval == 0)
            or (frequency == "WEEKLY" and day.weekday() == begin.weekday() and (day - monday).days // 7 % interval == 0)
            or (frequency == "MONTHLY" and day.day == begin.day and months % interval == 0)
        ):
            found.append(day)
    return found


@settings(deadline=None, max_examples=100)
@given(
    frequency=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]),
    interval=st.integers(1, 3),
    name=st.sampled_from(_ZONES),
    begin=st.dates(date(2025, 1, 1), date(2026, 1, 31)),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
    minutes=st.integers(5, 300),
)
def test_simple_rules_follow_the_wall_clock_over_its_changes(
    *, frequency: str, interval: int, name: str, begin: date, at: time, minutes: int
) -> None:
    zone = ZoneInfo(name)
    start = datetime.combine(begin, at)
    end = datetime.fromtimestamp(start.replace(tzinfo=zone).timestamp() + minutes * 60, zone)
    if end.replace(tzinfo=None).replace(tzinfo=zone).timestamp() != end.timestamp() or end.fold:
        # An end in a second pass can't be written as a local time.
        return
    body = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        f"DTSTART;TZID={name}:{start:%Y%m%dT%H%M%S}\r\nDTEND;TZID={name}:{end:%Y%m%dT%H%M%S}\r\n"
        f"RRULE:FREQ={frequency};INTERVAL={interval}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    first = int(datetime(2026, 2, 1, tzinfo=ZoneInfo("UTC")).timestamp()) // 60
    last = first + 400 * 1440
    covered: set[int] = set()
    for day in _days(frequency, interval, begin):
        instant = int(datetime.combine(day, at, tzinfo=zone).timestamp()) // 60
        covered.update(range(max(first, instant), min(last, instant + minutes)))
    found = busy_times(body.encode(), Named(ZoneInfo("UTC")), first, last)
    assert {minute for start_, end_ in found.spans for minute in range(max(first, start_), min(last, end_))} == covered
