"""When somebody is busy, by files as other programs write them."""

import time
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from services.availability.domain.ics.apart import answered, opened, question
from services.availability.domain.ics.busy import Busy, NotACalendar, TooMuch, busy_times, pieces
from services.availability.domain.ics.times import Named

AUCKLAND = Named(ZoneInfo("Pacific/Auckland"))
FIRST = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) // 60
LAST = FIRST + 402 * 1440


def _read(*lines: str, own: Named = AUCKLAND, **options: frozenset[str]) -> Busy:
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""])
    return busy_times(text.encode(), own, FIRST, LAST, **options)


def _event(*lines: str, uid: str = "1@example.com") -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"]


def _local(busy: Busy, zone: str = "Pacific/Auckland") -> list[str]:
    """Each span by the clocks of a place: `2026-03-10 09:00+1300/60`, with its length in minutes."""
    return [
        f"{datetime.fromtimestamp(start * 60, ZoneInfo(zone)):%Y-%m-%d %H:%M%z}/{end - start}"
        for start, end in busy.spans
    ]


def test_a_time_in_utc_is_that_instant() -> None:
    busy = _read(*_event("DTSTART:20260310T200000Z", "DTEND:20260310T210000Z"))
    assert _local(busy, "UTC") == ["2026-03-10 20:00+0000/60"]
    assert (busy.events, busy.skipped) == (1, 0)


@pytest.mark.parametrize(
    "name",
    ["Pacific/Auckland", '"Pacific/Auckland"', "New Zealand Standard Time", "/mozilla.org/20050126_1/Pacific/Auckland",
     "/freeassociation.sourceforge.net/Pacific/Auckland"],
)  # fmt: skip
def test_a_zone_is_known_by_any_of_its_names(name: str) -> None:
    busy = _read(*_event(f"DTSTART;TZID={name}:20260310T090000", "DURATION:PT1H"), own=Named(ZoneInfo("UTC")))
    assert _local(busy) == ["2026-03-10 09:00+1300/60"]


def test_a_zone_that_the_file_describes_changes_its_clocks_as_it_says() -> None:
    described = [
        "BEGIN:VTIMEZONE", "TZID:Our own time",
        "BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+1300", "TZOFFSETTO:+1200",
        "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4", "END:STANDARD",
        "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+1200", "TZOFFSETTO:+1300",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=9", "END:DAYLIGHT", "END:VTIMEZONE",
    ]  # fmt: skip
    ours, theirs = (
        _read(
            *described,
            *_event(f"DTSTART;TZID={name}:20260301T023000", "DURATION:PT20M", "RRULE:FREQ=DAILY"),
            own=Named(ZoneInfo("UTC")),
        )
        for name in ("Our own time", "Pacific/Auckland")
    )
    assert ours.spans == theirs.spans
    assert len(ours.spans) > 390


@pytest.mark.usefixtures("server_zone")
def test_scenario_11_what_floats_and_what_has_an_unknown_zone_is_read_by_the_clocks_of_the_business() -> None:
    for line in ("DTSTART:20260310T090000", "DTSTART;TZID=Nowhere/Land:20260310T090000"):
        assert _local(_read(*_event(line, "DURATION:PT1H"))) == ["2026-03-10 09:00+1300/60"]


@pytest.mark.usefixtures("server_zone")
def test_scenario_11_a_whole_day_is_the_day_of_the_business_also_where_the_clocks_change() -> None:
    busy = _read(*_event("DTSTART;VALUE=DATE:20260405"), *_event("DTSTART;VALUE=DATE:20260927", uid="2"))
    assert _local(busy) == ["2026-04-05 00:00+1300/1500", "2026-09-27 00:00+1200/1380"]
    several = _read(*_event("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260313"))
    assert _local(several) == ["2026-03-10 00:00+1300/4320"]
    on_itself = _read(*_event("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260310"))
    assert _local(on_itself) == ["2026-03-10 00:00+1300/1440"]


@pytest.mark.parametrize(
    "line", ["STATUS:CANCELLED", "TRANSP:TRANSPARENT", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "status:cancelled"]
)
def test_what_takes_no_time_is_no_obstacle(line: str) -> None:
    busy = _read(*_event("DTSTART:20260310T200000Z", "DURATION:PT1H", line))
    assert (list(busy.spans), busy.events, busy.skipped) == ([], 0, 0)


@pytest.mark.parametrize(
    "line", ["STATUS:TENTATIVE", "TRANSP:OPAQUE", "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "CLASS:PRIVATE"]
)
def test_what_may_take_time_takes_it(line: str) -> None:
    assert len(_read(*_event("DTSTART:20260310T200000Z", "DURATION:PT1H", line)).spans) == 1


def test_what_has_no_length_takes_no_time() -> None:
    busy = _read(
        *_event("DTSTART:20260310T200000Z"), *_event("DTSTART:20260310T200000Z", "DTEND:20260310T200000Z", uid="2")
    )
    assert (list(busy.spans), busy.skipped) == ([], 0)


@pytest.mark.usefixtures("server_zone")
def test_scenario_11_what_comes_again_follows_the_wall_clock_over_its_change() -> None:
    start, end = "DTSTART;TZID=Pacific/Auckland:20260403T090000", "DTEND;TZID=Pacific/Auckland:20260403T103000"
    busy = _read(*_event(start, end, "RRULE:FREQ=DAILY;COUNT=4"))
    assert _local(busy) == [
        "2026-04-03 09:00+1300/90", "2026-04-04 09:00+1300/90", "2026-04-05 09:00+1200/90", "2026-04-06 09:00+1200/90",
    ]  # fmt: skip


@pytest.mark.usefixtures("server_zone")
def test_scenario_11_lord_howe_moves_its_clocks_by_half_an_hour() -> None:
    start = "DTSTART;TZID=Australia/Lord_Howe:20260404T014500"
    busy = _read(*_event(start, "DURATION:PT30M", "RRULE:FREQ=DAILY;COUNT=3"))
    # The night from the 4th to the 5th of April repeats 01:30 to 02:00; the first pass is meant.
    assert _local(busy, "Australia/Lord_Howe") == [
        "2026-04-04 01:45+1100/30", "2026-04-05 01:45+1100/30", "2026-04-06 01:45+1030/30",
    ]  # fmt: skip


def test_a_time_that_the_clocks_skip_counts_on_from_before() -> None:
    start = "DTSTART;TZID=Pacific/Auckland:20260927T023000"
    assert _local(_read(*_event(start, "DURATION:PT30M"))) == ["2026-09-27 03:30+1300/30"]


@pytest.mark.parametrize(
    ("until", "count"),
    [("20260312T200000Z", 3), ("20260312T195959Z", 2), ("20260313T090000", 3), ("20260313", 3), ("20260312", 2)],
)
def test_the_last_occurrence_is_judged_by_the_clocks_it_is_told_by(until: str, count: int) -> None:
    start = "DTSTART;TZID=Pacific/Auckland:20260311T090000"
    busy = _read(*_event(start, "DURATION:PT1H", f"RRULE:FREQ=DAILY;UNTIL={until}"))
    assert len(busy.spans) == count


@pytest.mark.parametrize(
    "line",
    ["EXDATE;TZID=Pacific/Auckland:20260311T090000", "EXDATE:20260310T200000Z", "EXDATE;VALUE=DATE:20260311",
     "EXDATE;TZID=Pacific/Auckland:20260101T090000,20260311T090000"],
)  # fmt: skip
def test_an_occurrence_that_is_taken_out_is_none_however_it_is_written(line: str) -> None:
    start = "DTSTART;TZID=Pacific/Auckland:20260310T090000"
    busy = _read(*_event(start, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3", line))
    assert _local(busy) == ["2026-03-10 09:00+1300/60", "2026-03-12 09:00+1300/60"]


def test_days_and_periods_that_are_added_count() -> None:
    busy = _read(
        *_event(
            "DTSTART:20260310T200000Z",
            "DURATION:PT1H",
            "RDATE:20260312T200000Z,20260313T200000Z",
            "RDATE;VALUE=PERIOD:20260314T200000Z/PT2H,20260315T200000Z/20260315T203000Z",
        )
    )
    assert [end - start for start, end in busy.spans] == [60, 60, 60, 120, 30]


@pytest.mark.usefixtures("server_zone")
def test_scenario_11_a_moved_occurrence_is_where_it_was_moved_to_and_a_cancelled_one_is_nowhere() -> None:
    zone = ";TZID=Pacific/Auckland"
    busy = _read(
        *_event(f"DTSTART{zone}:20260309T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4"),
        *_event(
            f"RECURRENCE-ID{zone}:20260310T090000", f"DTSTART{zone}:20260310T140000", "DURATION:PT2H", "SEQUENCE:1"
        ),
        *_event(
            "RECURRENCE-ID:20260310T200000Z", f"DTSTART{zone}:20260311T090000", "DURATION:PT1H", "STATUS:CANCELLED"
        ),
    )
    assert _local(busy) == ["2026-03-09 09:00+1300/60", "2026-03-10 14:00+1300/120", "2026-03-12 09:00+1300/60"]


def test_of_one_occurrence_the_newest_word_counts() -> None:
    zone = ";TZID=Pacific/Auckland"
    place = f"RECURRENCE-ID{zone}:20260310T090000"
    busy = _read(
        *_event(place, f"DTSTART{zone}:20260310T150000", "DURATION:PT1H", "SEQUENCE:2"),
        *_event(f"DTSTART{zone}:20260309T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"),
        *_event(place, f"DTSTART{zone}:20260310T140000", "DURATION:PT1H", "SEQUENCE:1"),
    )
    assert _local(busy) == ["2026-03-09 09:00+1300/60", "2026-03-10 15:00+1300/60"]


def test_all_that_follow_move_too_where_it_says_so() -> None:
    zone = ";TZID=Pacific/Auckland"
    busy = _read(
        *_event(f"DTSTART{zone}:20260402T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5"),
        *_event(
            f"RECURRENCE-ID{zone};RANGE=THISANDFUTURE:20260404T090000",
            f"DTSTART{zone}:20260404T110000",
            "DURATION:PT30M",
        ),
        *_event(f"RECURRENCE-ID{zone}:20260406T090000", f"DTSTART{zone}:20260406T200000", "DURATION:PT10M"),
    )
    assert _local(busy) == [
        "2026-04-02 09:00+1300/60", "2026-04-03 09:00+1300/60", "2026-04-04 11:00+1300/30",
        "2026-04-05 11:00+1200/30", "2026-04-06 20:00+1200/10",
    ]  # fmt: skip


def test_an_occurrence_whose_appointment_is_not_in_the_file_stands_alone() -> None:
    busy = _read(*_event("RECURRENCE-ID:20260310T200000Z", "DTSTART:20260310T220000Z", "DURATION:PT1H"))
    assert _local(busy, "UTC") == ["2026-03-10 22:00+0000/60"]


def test_a_length_in_days_is_by_the_calendar_and_in_hours_by_what_passes() -> None:
    start = "DTSTART;TZID=Pacific/Auckland:20260404T120000"
    assert _local(_read(*_event(start, "DURATION:P1D"))) == ["2026-04-04 12:00+1300/1500"]
    assert _local(_read(*_event(start, "DURATION:PT24H"))) == ["2026-04-04 12:00+1300/1440"]


def test_free_and_busy_times_are_read_as_well() -> None:
    busy = _read(
        "BEGIN:VFREEBUSY",
        "FREEBUSY:20260310T200000Z/PT1H,20260311T200000Z/20260311T203000Z",
        "FREEBUSY;FBTYPE=FREE:20260312T200000Z/PT1H",
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260313T200000Z/PT1H",
        "END:VFREEBUSY",
    )
    assert [end - start for start, end in busy.spans] == [60, 30, 60]


def test_lines_may_be_folded_quoted_and_end_in_any_way() -> None:
    text = (
        '\ufeffBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;X-NOTE="a;b:c";TZID=Pacific/Auck\n land:202603\r\n\t10T090000\n'
        "SUMMARY:BEGIN:VEVENT\\nEND:VEVENT\u2028END:VCALENDAR\nDURATION:PT1H\n"
        "BEGIN:VALARM\nDTSTART:20200101T000000Z\nTRIGGER:-PT15M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR"
    )
    assert _local(busy_times(text.encode(), Named(ZoneInfo("UTC")), FIRST, LAST)) == ["2026-03-10 09:00+1300/60"]


@pytest.mark.parametrize(
    "lines",
    [["DTSTART:20261310T200000Z", "DURATION:PT1H"], ["DTSTART:20260310T200000Z", "DTEND:20260310T190000Z"],
     ["DTSTART:20260310T200000Z", "DURATION:-PT1H"], ["DTSTART:yesterday"], ["SUMMARY:nothing else"],
     ["DTSTART:20260310T200000Z", "DURATION:PT1H", "RRULE:FREQ=NEVER"], ["DTSTART:99991231T235900Z", "DURATION:P9D"],
     ["DTSTART:00010101T000000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=999999;BYHOUR=1"]],
)  # fmt: skip
def test_what_is_broken_is_counted_and_the_rest_is_used(lines: list[str]) -> None:
    busy = _read(*_event(*lines, uid="bad"), *_event("DTSTART:20260310T200000Z", "DURATION:PT1H"))
    assert _local(busy, "UTC") == ["2026-03-10 20:00+0000/60"]
    assert (busy.events, busy.skipped) == (1, 1)


@pytest.mark.parametrize(
    "text",
    ["", "<html><body>Please sign in</body></html>", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260310T200000Z\r\n",
     "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n", "END:VCALENDAR", "BEGIN:VCARD\r\nEND:VCARD\r\n", "\0\xff\xfe"],
)  # fmt: skip
def test_what_is_no_calendar_or_was_cut_off_is_told_from_an_empty_one(text: str) -> None:
    with pytest.raises(NotACalendar):
        busy_times(text.encode("latin-1"), AUCKLAND, FIRST, LAST)
    assert list(_read().spans) == []


def test_spans_that_touch_or_overlap_are_one_and_cover_every_second() -> None:
    busy = _read(
        *_event("DTSTART:20260310T200030Z", "DTEND:20260310T210000Z", uid="1"),
        *_event("DTSTART:20260310T210000Z", "DTEND:20260310T213030Z", uid="2"),
        *_event("DTSTART:20260310T203000Z", "DTEND:20260310T204500Z", uid="3"),
    )
    assert _local(busy, "UTC") == ["2026-03-10 20:00+0000/91"]
    assert busy.events == 3


def test_the_business_s_own_bookings_do_not_come_back_to_it() -> None:
    busy = _read(
        *_event("DTSTART:20260310T200000Z", "DURATION:PT1H", uid="book_1@localhost"),
        *_event("DTSTART:20260311T200000Z", "DURATION:PT1H", uid="book_2@localhost"),
        without=frozenset({"book_1@localhost"}),
    )
    assert _local(busy, "UTC") == ["2026-03-11 20:00+0000/60"]


def test_only_what_reaches_into_the_days_counts() -> None:
    busy = _read(
        *_event("DTSTART:20260228T220000Z", "DTEND:20260228T235959Z", uid="1"),
        *_event("DTSTART:20260228T230000Z", "DTEND:20260301T010000Z", uid="2"),
        *_event("DTSTART:20400101T000000Z", "DURATION:PT1H", uid="3"),
        *_event("DTSTART:20200101T000000Z", "DTEND:20260302T000000Z", uid="4"),
    )
    assert busy.events == 2
    assert pieces(busy.spans, FIRST, LAST) == [(FIRST, FIRST + 1440)]


def test_long_times_are_cut_where_days_end_and_the_cuts_stay_where_they_are() -> None:
    start, end = FIRST + 600, FIRST + 600 + 4 * 1440
    today = pieces([(start, end)], FIRST, LAST)
    tomorrow = pieces([(start, end)], FIRST + 1440, LAST + 1440)
    assert today[0] == (start, FIRST + 1440)
    assert tomorrow == today[1:]
    assert all(later[0] == earlier[1] for earlier, later in pairwise(today))
    assert max(end - start for start, end in today) <= 1440
    assert pieces([(start, start + 1440)], FIRST, LAST) == [(start, start + 1440)]


_SIXTY = ",".join(map(str, range(60)))
_HOURS = ",".join(map(str, range(24)))
_PLAIN = _event("DTSTART:20260310T200000Z", "DURATION:PT1H")


def _zone(*lines: str, start: str = "20250101T000000", name: str = "Zone") -> list[str]:
    return ["BEGIN:VTIMEZONE", f"TZID:{name}", "BEGIN:STANDARD", f"DTSTART:{start}", "TZOFFSETFROM:+0000", "TZOFFSETTO:+1400",
            *lines, "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip


HOSTILE = {
    "a rule for every second": _event("DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"),
    "a thousand million times": _event("DTSTART:20260301T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;COUNT=1000000000"),
    "a day that never comes": _event("DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30"),
    "many that change all that follow": [
        line
        for number in range(1000)
        for line in (
            *_event("DTSTART:20200101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY"),
            *_event(f"RECURRENCE-ID;RANGE=THISANDFUTURE:2020{number % 12 + 1:02}{number % 28 + 1:02}T000000Z",
                    "DTSTART:20200101T000000Z", "DURATION:PT1M"),
        )
    ],
    "rules in rules in a described zone": [
        "BEGIN:VTIMEZONE", "TZID:Bomb", *(["BEGIN:DAYLIGHT", "DTSTART:16010101T000000", "TZOFFSETFROM:+0000",
        "TZOFFSETTO:+0100", "RRULE:FREQ=SECONDLY", "END:DAYLIGHT"] * 200), "END:VTIMEZONE",
        *_event("DTSTART;TZID=Bomb:20260310T000000", "DURATION:PT1H"),
    ],
    "parts in parts": ["BEGIN:VEVENT"] * 50_000 + ["END:VEVENT"] * 50_000,
    "a line of commas": _event("DTSTART:20260310T000000Z", "EXDATE:" + "," * 1_000_000, "DURATION:PT1H"),
    "a line of parameters": _event("DTSTART" + ";A=b" * 200_000 + ":20260310T000000Z", "DURATION:PT1H"),
    "quotes that never end": _event('DTSTART;A="' + "x," * 500_000, "DURATION:PT1H"),
    "commas within a parameter": _event("DTSTART;A=" + "," * 4_800_000 + ":20260310T000000Z", "DURATION:PT1H"),
    "a line folded a million times": ["X-A:b", *[" "] * 1_000_000],
    "every second, said by the hour": [*_zone(f"RRULE:FREQ=HOURLY;BYMINUTE={_SIXTY};BYSECOND={_SIXTY}"), *_PLAIN],
    "every second of every day, again and again": [
        *[line for number in range(3_000)
          for line in _zone(f"RRULE:FREQ=DAILY;BYHOUR={_HOURS};BYMINUTE={_SIXTY};BYSECOND={_SIXTY}", name=f"Z{number}")],
        *_PLAIN,
    ],
    "zones without end": [*[line for number in range(8_000) for line in _zone(name=f"Z{number}")], *_PLAIN],
    "a zone of many days": [*_zone("RDATE:" + ",".join(["20260301T000000"] * 4_000)), *_PLAIN],
    "days that are taken out, again and again": [
        line
        for number in range(100)
        for line in _event("DTSTART:20260310T000000Z", "EXDATE:" + ",".join(["20260310T000000Z"] * 3_500), uid=str(number))
    ],
}  # fmt: skip


@pytest.mark.parametrize("lines", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_file_keeps_us_for_long(lines: list[str]) -> None:
    began = time.perf_counter()
    try:
        busy = _read(*lines)
    except (TooMuch, NotACalendar):
        busy = None
    assert time.perf_counter() - began < 10
    assert busy is None or busy.events <= 200_000


@pytest.mark.parametrize("name", ["every second, said by the hour", "every second of every day, again and again"])
def test_clocks_that_take_too_long_to_find_out_are_not_guessed(name: str) -> None:
    with pytest.raises(TooMuch):
        _read(*HOSTILE[name])


def test_no_more_is_kept_of_a_rule_than_its_cost_allows() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch):
            _read(*HOSTILE["every second, said by the hour"])
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("start", ["99991231T235959", "00010101T000000"])
def test_a_zone_at_the_end_of_time_is_overlooked(start: str) -> None:
    busy = _read(*_zone(start=start), *_event("DTSTART;TZID=Zone:20260310T090000", "DURATION:PT1H", uid="2"), *_PLAIN)
    assert "2026-03-10 20:00+0000/60" in _local(busy, "UTC")
    assert busy.events == 2


def test_a_line_too_long_to_be_looked_at_spoils_its_own_event_alone() -> None:
    long = _event(
        "DTSTART:20260311T200000Z", "DURATION:PT1H", "RDATE:" + ",".join(["20260312T200000Z"] * 5_000), uid="long"
    )
    folded = _event(
        "DTSTART:20260311T200000Z", "DURATION:PT1H", "RDATE:", *[" 20260312T200000Z,"] * 5_000, uid="folded"
    )
    told = _event("DTSTART:20260313T200000Z", "DURATION:PT1H", "DESCRIPTION:" + "x" * 100_000, uid="told")
    busy = _read(*long, *folded, *told, *_PLAIN)
    assert _local(busy, "UTC") == ["2026-03-10 20:00+0000/60", "2026-03-13 20:00+0000/60"]
    assert (busy.events, busy.skipped) == (2, 2)


def test_of_a_parameter_with_several_values_the_first_counts() -> None:
    lines = ['DTSTART;X="a,b",c,"d:e";TZID="Europe/Berlin",Asia/Tokyo;VALUE=DATE-TIME:20260310T090000', "DURATION:PT1H"]
    assert _local(_read(*_event(*lines)), "Europe/Berlin") == ["2026-03-10 09:00+0100/60"]


def test_read_apart_a_file_says_the_same() -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", *_PLAIN, *_event("DTSTART:nonsense", uid="2"), "END:VCALENDAR", ""]).encode()
    own = frozenset({"3"})
    told = opened(answered(question(body, "Pacific/Auckland", FIRST, LAST, without=own)))
    assert told == replace(busy_times(body, AUCKLAND, FIRST, LAST, without=own), spans=told.spans)
    assert [*told.spans] == [*busy_times(body, AUCKLAND, FIRST, LAST).spans]
    with pytest.raises(NotACalendar):
        opened(answered(question(b"", "UTC", FIRST, LAST, without=own)))
    bomb = "\r\n".join(["BEGIN:VCALENDAR", *HOSTILE["every second, said by the hour"], "END:VCALENDAR", ""]).encode()
    with pytest.raises(TooMuch):
        opened(answered(question(bomb, "UTC", FIRST, LAST, without=own)))


def test_of_more_times_than_are_kept_the_nearest_are() -> None:
    lines = [
        line
        for number in range(3)
        for line in _event(
            f"DTSTART:20260302T00{number}000Z",
            "DURATION:PT5M",
            "RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=7000",
            uid=str(number),
        )
    ]
    busy = _read(*lines)
    assert busy.is_cut
    assert len(busy.spans) == 5_000
    assert busy.spans[0][0] == FIRST + 1440
