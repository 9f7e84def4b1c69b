"""The scenarios of time that the engine alone decides, wherever the server is."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.availability.domain.days import date_at, is_missing
from services.availability.domain.facts import Block, Override, Person
from services.availability.domain.reasons import reasons_against
from services.availability.domain.slots import free_counts, free_slots, next_change, staff_free_at
from tests.unit.availability.business import (
    AUCKLAND,
    BACK,
    FORWARD,
    MONDAY,
    NINE_TO_FIVE,
    at,
    business,
    days_before,
    every_day,
    hours,
    on,
    span,
    times,
)

pytestmark = pytest.mark.usefixtures("server_zone")


def test_scenario_1_nine_to_five_is_nine_to_five_on_both_sides_of_a_clock_change() -> None:
    facts = business()
    for change, elapsed in ((BACK, 25), (FORWARD, 23)):
        before, after = change - timedelta(days=1), change
        assert times(facts, before) == times(facts, after) == NINE_TO_FIVE
        (first, *_), (second, *_) = (free_slots(facts, day, day, days_before(day)) for day in (before, after))
        assert second.start - first.start == elapsed * 60


def test_scenario_2_a_night_offers_no_time_that_does_not_exist_and_both_passes_of_what_comes_twice() -> None:
    facts = business(rules=every_day("00:00-06:00"))
    assert times(facts, FORWARD) == ["00:00", "01:00", "03:00", "04:00", "05:00"]
    assert times(facts, BACK) == ["00:00", "01:00", "02:00 NZDT", "02:00 NZST", "03:00", "04:00", "05:00"]
    assert at(BACK, "02:00", fold=1) - at(BACK, "02:00") == 60


def test_scenario_2_hours_that_end_within_the_repeated_hour_hold_in_both_passes() -> None:
    facts = business(rules=every_day("01:00-02:30"), duration=30, step=30)
    assert times(facts, BACK) == ["01:00", "01:30", "02:00 NZDT", "02:00 NZST"]
    facts = business(rules=every_day("02:30-04:00"), duration=30, step=30)
    assert times(facts, BACK) == ["02:30 NZDT", "02:30 NZST", "03:00", "03:30"]


def test_scenario_3_an_override_in_the_missing_hour_offers_nothing_and_says_so() -> None:
    facts = business(overrides=[Override(FORWARD, (hours("02:00-03:00"),))], duration=30, step=30)
    assert times(facts, FORWARD) == []
    assert is_missing(AUCKLAND, FORWARD, hours("02:00-03:00"))
    (reason,) = reasons_against(facts, at(FORWARD, "03:00") * 60, days_before(FORWARD), {})
    assert reason == (
        "override",
        "The hours 02:00 to 03:00 do not exist on Sunday 27 September 2026: the clock skips them.",
    )


def test_scenario_4_hours_over_midnight_belong_to_the_day_they_start_on() -> None:
    facts = business(rules=on(MONDAY, "22:00-02:00"), duration=90, step=30)
    tuesday = MONDAY + timedelta(days=1)
    assert times(facts, MONDAY) == ["22:00", "22:30", "23:00", "23:30"]
    assert times(facts, tuesday) == ["00:00", "00:30"]
    assert free_counts(facts, MONDAY, tuesday, days_before(MONDAY)) == {MONDAY: 4, tuesday: 2}
    # Tuesday's override does not cut Monday's night; Monday's replaces it.
    assert times(replace(facts, overrides=[Override(tuesday, ())]), tuesday) == ["00:00", "00:30"]
    assert times(replace(facts, overrides=[Override(MONDAY, ())]), tuesday) == []


def test_scenario_4_hours_up_to_midnight_have_their_last_slot() -> None:
    facts = business(rules=on(MONDAY, "20:00-00:00"))
    assert times(facts, MONDAY) == ["20:00", "21:00", "22:00", "23:00"]
    assert times(facts, MONDAY + timedelta(days=1)) == []


def test_scenario_4_a_job_may_go_on_into_the_next_days_hours() -> None:
    facts = business(rules=every_day("00:00-24:00"), duration=1440, step=720)
    assert times(facts, MONDAY) == ["00:00", "12:00"]


def test_scenario_5_a_two_hour_service_across_the_repeated_hour_lasts_120_elapsed_minutes() -> None:
    facts = business(rules=every_day("01:00-04:00"), duration=120)
    found = free_slots(facts, BACK, BACK, days_before(BACK))
    assert times(facts, BACK) == ["01:00", "02:00 NZDT", "02:00 NZST"]
    assert all(slot.end - slot.start == 120 for slot in found)
    assert found[0] == (at(BACK, "01:00"), at(BACK, "02:00", fold=1))
    # An hour later it would last until 05:00; in spring even 02:00 is gone.
    assert times(facts, FORWARD) == ["01:00"]


def test_scenario_6_a_blocked_day_is_the_tenants_day() -> None:
    facts = business(rules=every_day("00:00-24:00"), blocks=[Block(MONDAY, MONDAY)])
    sunday, tuesday = MONDAY - timedelta(days=1), MONDAY + timedelta(days=1)
    counts = free_counts(facts, sunday, tuesday, days_before(sunday))
    assert counts == {sunday: 24, MONDAY: 0, tuesday: 24}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_scenario_6_it_is_the_tenants_calendar_that_counts_wherever_somebody_looks(zone: str) -> None:
    there = ZoneInfo(zone)
    facts = business(there, offer={"window_days": 1})
    last_minute = at(MONDAY, "23:59", zone=there) * 60.0
    tuesday, wednesday = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
    assert free_counts(facts, tuesday, wednesday, last_minute) == {tuesday: 8, wednesday: 0}
    assert free_counts(facts, tuesday, wednesday, last_minute + 60) == {tuesday: 8, wednesday: 8}
    assert next_change(facts, tuesday, wednesday, last_minute) == last_minute + 60


@pytest.mark.parametrize(
    ("zone", "change", "expected"),
    [
        # Half an hour comes twice: 01:30 to 02:00.
        ("Australia/Lord_Howe", date(2026, 4, 5), ["00:00", "01:00", "02:00", "03:00"]),
        # Half an hour is skipped: 02:00 to 02:30.
        ("Australia/Lord_Howe", date(2026, 10, 4), ["00:00", "01:00", "03:00"]),
        ("Asia/Kathmandu", date(2026, 4, 5), ["00:00", "01:00", "02:00", "03:00"]),
        ("Pacific/Chatham", date(2026, 9, 27), ["00:00", "01:00", "02:00"]),
        ("Antarctica/Troll", date(2026, 3, 29), ["00:00", "03:00"]),
        # Days that begin at one o'clock.
        ("America/Sao_Paulo", date(2017, 10, 15), ["01:00", "02:00", "03:00"]),
        ("Asia/Beirut", date(2026, 3, 29), ["01:00", "02:00", "03:00"]),
        ("Africa/Cairo", date(2026, 4, 24), ["01:00", "02:00", "03:00"]),
        # Ramadan begins, and with it an hour comes twice.
        ("Africa/Casablanca", date(2026, 2, 15), ["00:00", "01:00", "02:00 UTC+01", "02:00 UTC+00", "03:00"]),
        ("Pacific/Apia", date(2011, 12, 30), []),
        ("Pacific/Apia", date(2011, 12, 31), ["00:00", "01:00", "02:00", "03:00"]),
    ],
)
def test_scenario_7_the_grid_follows_the_local_clock(zone: str, change: date, expected: list[str]) -> None:
    facts = business(ZoneInfo(zone), rules=every_day("00:00-04:00"), duration=30)
    # The clock of these days is not the one of a week before.
    now = days_before(change - timedelta(days=1), zone=facts.zone)
    assert times(facts, change, now) == expected
    assert free_counts(facts, change, change, now) == {change: len(expected)}


def test_scenario_7_a_job_goes_on_over_a_day_that_was_skipped() -> None:
    apia = ZoneInfo("Pacific/Apia")
    facts = business(apia, rules=every_day("00:00-24:00"), duration=240)
    before, skipped, after = (date(2011, 12, day) for day in (29, 30, 31))
    assert free_counts(facts, before, after, days_before(before, zone=apia)) == {before: 24, skipped: 0, after: 24}
    last = free_slots(facts, before, before, days_before(before, zone=apia))[-1]
    assert last.end == at(after, "03:00", zone=apia)


def test_scenario_8_notice_is_elapsed_time_to_the_second() -> None:
    facts = business(rules=every_day("00:00-06:00"), offer={"notice": 180})
    # Three hours after midnight the clock shows two for the second time.
    now = at(BACK, "00:00") * 60.0
    assert times(facts, BACK, now) == ["02:00 NZST", "03:00", "04:00", "05:00"]
    assert times(facts, BACK, now + 0.001) == ["03:00", "04:00", "05:00"]
    assert next_change(facts, BACK, BACK, now - 7200) == now - 7200
    assert next_change(facts, BACK, BACK, now - 7199) == now - 3600


def test_scenario_8_the_booking_window_counts_calendar_days() -> None:
    facts = business(offer={"window_days": 2})
    sunday = BACK
    friday_night = at(sunday - timedelta(days=2), "23:59") * 60
    assert times(facts, sunday, friday_night) == NINE_TO_FIVE
    assert times(facts, sunday + timedelta(days=1), friday_night) == []
    assert times(facts, sunday + timedelta(days=1), friday_night + 60) == NINE_TO_FIVE


def test_scenario_9_another_zone_leaves_bookings_at_their_instants() -> None:
    booked = Person("stf_1", [span(MONDAY, "12:00", "13:00")])
    assert "12:00" not in times(business(people=[booked]), MONDAY)
    # Noon in Auckland is ten o'clock in Sydney, whose hours are its own nine to five now.
    sydney = ZoneInfo("Australia/Sydney")
    assert times(business(sydney, people=[booked]), MONDAY) == [time for time in NINE_TO_FIVE if time != "10:00"]


@pytest.mark.parametrize(
    "day", [date(2028, 2, 29), date(2026, 2, 28), date(2026, 4, 30), date(2026, 12, 31), date(2027, 1, 1)]
)
def test_scenario_10_no_day_of_the_calendar_is_special(day: date) -> None:
    night = business(rules=every_day("22:00-02:00"))
    assert times(business(), day) == NINE_TO_FIVE
    assert times(night, day) == ["00:00", "01:00", "22:00", "23:00"]
    slot = free_slots(night, day, day, days_before(day))[-1]
    assert (date_at(AUCKLAND, slot.start), date_at(AUCKLAND, slot.end)) == (day, day + timedelta(days=1))


def test_scenario_10_29_february_is_a_day_of_rules_that_begin_or_end_there() -> None:
    leap = date(2028, 2, 29)
    (rule,) = on(leap, "09:00-10:00")
    assert times(business(rules=[replace(rule, valid_from=leap, valid_until=leap)]), leap) == ["09:00"]
    assert times(business(rules=[replace(rule, valid_until=date(2028, 2, 28))]), leap) == []
    assert times(business(rules=[replace(rule, valid_from=date(2028, 3, 1))]), leap) == []


def test_a_block_lasts_from_the_first_pass_of_its_start_to_the_last_of_its_end() -> None:
    night = business(rules=every_day("00:00-06:00"))
    begins_twice = replace(night, blocks=[Block(BACK, BACK, 120, 240)])
    assert times(begins_twice, BACK) == ["00:00", "01:00", "04:00", "05:00"]
    ends_twice = replace(night, blocks=[Block(BACK, BACK, 60, 120)])
    assert times(ends_twice, BACK) == ["00:00", "02:00 NZST", "03:00", "04:00", "05:00"]
    # Of a block from 02:30 to 03:30 on the day without an hour after two, half an hour remains.
    half_hours = business(
        rules=every_day("00:00-06:00"), duration=30, step=30, blocks=[Block(FORWARD, FORWARD, 150, 210)]
    )
    assert times(half_hours, FORWARD) == [
        "00:00",
        "00:30",
        "01:00",
        "01:30",
        "03:30",
        "04:00",
        "04:30",
        "05:00",
        "05:30",
    ]


def test_a_start_sent_straight_is_judged_as_the_list_is_in_both_passes() -> None:
    facts = business(rules=every_day("00:00-06:00"), people=[Person("stf_1", [span(BACK, "01:00", "02:00")])])
    now = days_before(BACK)
    assert staff_free_at(facts, at(BACK, "01:00"), now) == []
    assert staff_free_at(facts, at(BACK, "02:00"), now) == ["stf_1"]
    assert staff_free_at(facts, at(BACK, "02:00", fold=1), now) == ["stf_1"]
    assert staff_free_at(facts, at(BACK, "02:30", fold=1), now) == []
