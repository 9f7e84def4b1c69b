"""The scenarios of windows, buffers, limits and people that the engine alone decides, wherever the server is."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal, TypeAlias

import pytest

from services.availability.domain.facts import Block, Claim, Facts, Override, Person, Rule
from services.availability.domain.reasons import Reason, reasons_against
from services.availability.domain.slots import free_counts, free_slots, next_change, staff_free_at
from tests.unit.availability.business import (
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

Kind: TypeAlias = Literal["hold", "booking", "external"]

NOW = days_before(MONDAY)
TUESDAY = MONDAY + timedelta(days=1)


def why(facts: Facts, time: str, *claims: Claim, day: date = MONDAY, now: float = NOW) -> list[Reason]:
    return reasons_against(facts, at(day, time) * 60, now, {"stf_1": claims})


def rules_of(reasons: list[Reason]) -> list[str]:
    return [reason.rule for reason in reasons]


def booking(start: str, end: str, *, before: int = 0, after: int = 0, kind: Kind = "booking") -> Claim:
    low, high = span(MONDAY, start, end)
    return Claim(low - before, high + after, low, high, kind)


def worker(*claims: Claim, staff_id: str = "stf_1") -> Person:
    return Person(staff_id, [(claim.start, claim.end) for claim in claims], [claim.job_start for claim in claims])


def test_scenario_12_a_service_longer_than_every_window_says_so() -> None:
    facts = business(rules=every_day("09:00-12:00", "13:00-17:00"), duration=300)
    assert times(facts, MONDAY) == []
    assert free_counts(facts, MONDAY, TUESDAY, NOW) == {MONDAY: 0, TUESDAY: 0}
    (reason,) = why(facts, "09:00")
    assert reason.rule == "hours"
    assert reason.message == (
        "The service takes 5 h, and the longest stretch open on Monday 2 March 2026 is 4 h, 13:00 to 17:00."
    )


def test_scenario_12_a_service_exactly_as_long_as_the_window_has_one_slot() -> None:
    assert times(business(duration=480, step=15), MONDAY) == ["09:00"]
    assert times(business(duration=481, step=15), MONDAY) == []


def test_scenario_13_windows_that_touch_are_one_and_give_no_time_twice() -> None:
    touching = business(rules=every_day("09:00-12:00", "12:00-17:00"), duration=120)
    assert times(touching, MONDAY) == NINE_TO_FIVE[:-1]
    overlapping = business(rules=every_day("09:00-13:00", "12:00-17:00", "09:00-13:00"))
    assert times(overlapping, MONDAY) == NINE_TO_FIVE
    # The grid is that of the one window that they make, not of each.
    assert times(business(rules=every_day("09:00-11:30", "11:30-14:00")), MONDAY) == NINE_TO_FIVE[:5]


def test_scenario_13_windows_that_touch_at_midnight_are_one() -> None:
    facts = business(rules=[*on(MONDAY, "20:00-00:00"), *on(TUESDAY, "00:00-04:00")], duration=120)
    assert times(facts, MONDAY) == ["20:00", "21:00", "22:00", "23:00"]


def test_scenario_13_a_night_that_runs_into_the_next_days_hours_gives_no_time_twice() -> None:
    facts = business(rules=[*on(MONDAY, "22:00-04:00"), *on(TUESDAY, "02:00-06:00")])
    assert times(facts, TUESDAY) == ["00:00", "01:00", "02:00", "03:00", "04:00", "05:00"]
    # Each day has its own grid.
    uneven = business(rules=[*on(MONDAY, "22:30-04:00"), *on(TUESDAY, "02:00-06:00")])
    assert times(uneven, TUESDAY) == ["00:30", "01:30", "02:00", "02:30", "03:00", "03:30", "04:00", "05:00"]


def test_scenario_13_windows_of_two_people_are_never_one() -> None:
    people = [Person("stf_1"), Person("stf_2")]
    rules = [*every_day("09:00-12:00", staff_id="stf_1"), *every_day("12:00-15:00", staff_id="stf_2")]
    facts = business(rules=rules, people=people, duration=120)
    assert times(facts, MONDAY) == ["09:00", "10:00", "12:00", "13:00"]


def test_scenario_14_buffers_of_neighbours_add_up() -> None:
    # Ten to eleven, and a quarter of an hour to clear up; ours needs half an hour before and ten minutes after it.
    facts = business(
        people=[worker(booking("12:00", "13:00", before=5, after=15))], step=5, offer={"before": 30, "after": 10}
    )
    found = times(facts, MONDAY)
    assert "10:45" in found
    assert "10:50" not in found
    assert "13:40" not in found
    assert "13:45" in found
    assert found[0] == "09:00"
    assert found[-1] == "16:00"


def test_scenario_14_a_buffer_outside_the_hours_must_be_free_all_the_same() -> None:
    evening = worker(booking("17:30", "18:30"))
    assert times(business(people=[evening], offer={"after": 30}), MONDAY) == NINE_TO_FIVE
    assert times(business(people=[evening], offer={"after": 31}), MONDAY) == NINE_TO_FIVE[:-1]
    morning = worker(booking("07:30", "08:30"))
    assert times(business(people=[morning], offer={"before": 30}), MONDAY) == NINE_TO_FIVE
    assert times(business(people=[morning], offer={"before": 31}), MONDAY) == NINE_TO_FIVE[1:]


def test_scenario_14_what_the_list_hides_is_refused_when_sent_straight() -> None:
    facts = business(people=[worker(booking("12:00", "13:00", after=15))], offer={"notice": 60, "window_days": 10})
    now = at(MONDAY, "09:30") * 60
    assert times(facts, MONDAY, now) == ["11:00", "14:00", "15:00", "16:00"]
    for refused in ("08:00", "09:00", "10:00", "10:30", "11:30", "12:00", "13:00", "14:07", "17:00"):
        assert staff_free_at(facts, at(MONDAY, refused), now) == []
    assert staff_free_at(facts, at(MONDAY, "11:00"), now) == ["stf_1"]
    assert staff_free_at(facts, at(MONDAY + timedelta(days=10), "09:00"), now) == ["stf_1"]
    assert staff_free_at(facts, at(MONDAY + timedelta(days=11), "09:00"), now) == []


def test_scenario_15_an_override_replaces_the_weekday() -> None:
    facts = business(overrides=[Override(MONDAY, (hours("18:00-20:00"),))])
    assert times(facts, MONDAY) == ["18:00", "19:00"]
    assert times(facts, TUESDAY) == NINE_TO_FIVE
    again = replace(facts, overrides=[*facts.overrides, Override(MONDAY, (hours("06:00-07:00"),))])
    assert times(again, MONDAY) == ["06:00", "18:00", "19:00"]
    closed = replace(facts, overrides=[*again.overrides, Override(MONDAY, ())])
    assert times(closed, MONDAY) == []


def test_scenario_15_ones_own_override_stands_above_that_of_all_unless_one_of_them_is_closed() -> None:
    everybodys, own = Override(MONDAY, (hours("18:00-20:00"),)), Override(MONDAY, (hours("06:00-07:00"),), "stf_1")
    assert times(business(overrides=[everybodys, own]), MONDAY) == ["06:00"]
    assert times(business(overrides=[Override(MONDAY, ()), own]), MONDAY) == []
    assert times(business(overrides=[everybodys, Override(MONDAY, (), "stf_1")]), MONDAY) == []
    assert times(business(overrides=[everybodys, Override(MONDAY, (), "stf_2")]), MONDAY) == ["18:00", "19:00"]


def test_ones_own_week_stands_in_place_of_everybodys_while_it_is_in_force() -> None:
    (own,) = on(TUESDAY, "06:00-07:00", staff_id="stf_1")
    facts = business(rules=[*every_day("09:00-17:00"), replace(own, valid_from=MONDAY, valid_until=TUESDAY)])
    days = [MONDAY + timedelta(days=days) for days in (-1, 0, 1, 2)]
    assert [len(times(facts, day)) for day in days] == [8, 0, 1, 8]


def test_a_holiday_is_closed_unless_an_override_opens_it() -> None:
    facts = business(closed_days=frozenset({MONDAY}))
    assert times(facts, MONDAY) == []
    assert rules_of(why(facts, "09:00")) == ["holiday"]
    assert times(replace(facts, overrides=[Override(MONDAY, (hours("09:00-10:00"),))]), MONDAY) == ["09:00"]
    # A night that began before the holiday goes on into it.
    night = business(rules=every_day("22:00-02:00"), closed_days=frozenset({MONDAY}))
    assert times(night, MONDAY) == ["00:00", "01:00"]


def test_scenario_16_at_most_so_many_a_day_counts_the_tenants_day() -> None:
    day_before = MONDAY - timedelta(days=1)
    facts = business(
        rules=every_day("00:00-24:00"),
        offer={"max_per_day": 2},
        # One is Monday's first minute, one Sunday's last: the same day in UTC.
        sold=[at(MONDAY, "00:00"), at(day_before, "23:59"), at(MONDAY, "12:00")],
    )
    counts = free_counts(facts, day_before, TUESDAY, days_before(day_before))
    assert counts == {day_before: 24, MONDAY: 0, TUESDAY: 24}
    assert staff_free_at(facts, at(MONDAY, "15:00"), NOW) == []
    (reason,) = why(facts, "15:00")
    assert reason.rule == "limit"
    assert reason.message == "Monday 2 March 2026 has 2 of this service, and 2 a day is the most."
    given_back = replace(facts, sold=facts.sold[:2])
    assert len(times(given_back, MONDAY)) == 24


def test_scenario_17_any_staff_means_a_time_is_there_while_one_is_free() -> None:
    job = booking("10:00", "11:00")
    both = [worker(job), worker(staff_id="stf_2")]
    facts = business(people=both)
    assert times(facts, MONDAY) == NINE_TO_FIVE
    assert staff_free_at(facts, at(MONDAY, "10:00"), NOW) == ["stf_2"]
    full = business(people=[worker(job), worker(job, staff_id="stf_2")])
    assert "10:00" not in times(full, MONDAY)
    assert staff_free_at(full, at(MONDAY, "10:00"), NOW) == []


def test_scenario_17_who_has_fewest_jobs_that_day_comes_first() -> None:
    busy, idle, tomorrow = (
        worker(booking("09:00", "10:00"), staff_id="stf_1"),
        worker(staff_id="stf_2"),
        Person("stf_3", jobs=[at(TUESDAY, "09:00"), at(TUESDAY, "10:00")]),
    )
    facts = business(people=[tomorrow, busy, idle])
    assert staff_free_at(facts, at(MONDAY, "12:00"), NOW) == ["stf_3", "stf_2", "stf_1"]
    assert staff_free_at(facts, at(TUESDAY, "12:00"), NOW) == ["stf_1", "stf_2", "stf_3"]


def test_scenario_17_nobody_on_leave_is_picked() -> None:
    facts = business(
        people=[Person("stf_1"), Person("stf_2")], blocks=[Block(MONDAY, MONDAY + timedelta(days=4), staff_id="stf_1")]
    )
    assert times(facts, MONDAY) == NINE_TO_FIVE
    assert staff_free_at(facts, at(TUESDAY, "09:00"), NOW) == ["stf_2"]
    assert times(business(people=[]), MONDAY) == []


@pytest.mark.parametrize(
    ("facts", "time", "reason"),
    [
        (
            business(),
            "08:00",
            ("hours", "Monday 2 March 2026 has the hours 09:00 to 17:00."),
        ),
        (
            business(duration=90, step=30),
            "16:00",
            ("hours", "The job would last until 17:30, but it is open until 17:00."),
        ),
        (
            business(rules=on(TUESDAY, "09:00-17:00")),
            "09:00",
            ("hours", "There are no working hours on Monday 2 March 2026."),
        ),
        (
            business(overrides=[Override(MONDAY, ())]),
            "09:00",
            ("override", "An override closes Monday 2 March 2026."),
        ),
        (
            business(overrides=[Override(MONDAY, (hours("12:00-14:00"), hours("18:00-02:00")))]),
            "09:00",
            (
                "override",
                "An override gives Monday 2 March 2026 the hours 12:00 to 14:00 and 18:00 to 02:00 the next day.",
            ),
        ),
        (
            business(closed_days=frozenset({MONDAY})),
            "09:00",
            ("holiday", "Monday 2 March 2026 is a public holiday, and the business is closed."),
        ),
        (
            business(blocks=[Block(MONDAY, TUESDAY, 600)]),
            "12:00",
            ("block", "Blocked from Monday 2 March 2026, 10:00 to Wednesday 4 March 2026, 00:00."),
        ),
        (business(), "09:10", ("step", "Times start every 1 h from 09:00 on.")),
        (
            business(offer={"notice": 10_080 + 9 * 60 + 1}),
            "09:00",
            (
                "notice",
                "It must be booked 177 h 1 min before, by Sunday 22 February 2026, 23:59 at the latest.",
            ),
        ),
        (
            business(offer={"window_days": 6}),
            "09:00",
            ("window", "It can be booked 6 days ahead, up to Sunday 1 March 2026."),
        ),
        (
            business(people=[]),
            "09:00",
            ("staff", "Nobody on the staff does this service at present."),
        ),
    ],
)
def test_scenario_18_the_rule_that_hides_a_time_is_named(facts: Facts, time: str, reason: Reason) -> None:
    assert why(facts, time) == [reason]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("booking", ("booking", "There is a booking from 12:00 to 13:00.")),
        ("hold", ("booking", "Somebody is just booking 12:00 to 13:00.")),
        ("external", ("calendar", "Another calendar is busy from 12:00 to 13:00.")),
    ],
)
def test_scenario_18_what_takes_the_time_is_named(kind: Kind, reason: Reason) -> None:
    claim = booking("12:00", "13:00", kind=kind)
    assert why(business(people=[worker(claim)]), "12:00", claim) == [reason]


def test_scenario_18_what_lasts_over_several_days_is_told_with_both_dates() -> None:
    facts = business(blocks=[Block(MONDAY, TUESDAY, 12 * 60, 13 * 60)])
    told = ("block", "Blocked from Monday 2 March 2026, 12:00 to Tuesday 3 March 2026, 13:00.")
    assert why(facts, "14:00") == why(facts, "12:00", day=TUESDAY) == [told]
    assert why(business(blocks=[Block(MONDAY, MONDAY, 12 * 60, 13 * 60)]), "12:00") == [
        ("block", "Blocked from 12:00 to 13:00.")
    ]


def test_scenario_18_a_buffer_is_told_from_the_booking_itself() -> None:
    claim = booking("12:00", "13:00", after=15)
    facts = business(people=[worker(claim)], offer={"before": 10})
    (reason,) = why(facts, "13:00", claim)
    assert reason.rule == "buffer"
    assert reason.message == (
        "With its buffers the job needs 12:50 to 14:00, and 12:00 to 13:15 is taken by a booking and its buffers."
    )
    (reason,) = why(business(blocks=[Block(MONDAY, MONDAY, 720, 780)], offer={"before": 10}), "13:00")
    assert reason.rule == "buffer"


def test_scenario_18_several_rules_may_hide_a_time() -> None:
    claim = booking("08:30", "09:30")
    facts = business(people=[worker(claim)], offer={"max_per_day": 1}, sold=[claim.job_start])
    late = at(MONDAY, "12:00") * 60
    assert rules_of(why(facts, "08:50", claim, now=late)) == ["past", "limit", "hours", "booking"]
    assert rules_of(reasons_against(facts, at(MONDAY, "09:00") * 60 + 1, NOW, {"stf_1": [claim]})) == [
        "limit",
        "booking",
        "step",
    ]


def test_scenario_18_with_several_staff_each_is_spoken_of_and_one_who_is_free_silences_all() -> None:
    claim = booking("12:00", "13:00")
    people = [replace(worker(claim), name="Kim"), Person("stf_2", name="Sam")]
    rules = [*every_day("09:00-17:00"), *every_day("09:00-12:00", staff_id="stf_2")]
    facts = business(people=people, rules=rules)
    assert why(facts, "12:00", claim) == [
        ("hours", "Sam: Monday 2 March 2026 has the hours 09:00 to 12:00."),
        ("booking", "Kim: There is a booking from 12:00 to 13:00."),
    ]
    assert why(replace(facts, rules=every_day("09:00-17:00")), "12:00", claim) == []


def test_scenario_18_a_closed_day_is_told_though_the_night_before_runs_into_it() -> None:
    night = business(rules=every_day("22:00-02:00"), duration=300)
    closed = replace(night, overrides=[Override(MONDAY, ())])
    assert why(closed, "12:00") == [("override", "An override closes Monday 2 March 2026.")]
    holiday = replace(night, closed_days=frozenset({MONDAY}))
    assert rules_of(why(holiday, "12:00")) == ["holiday"]
    short = replace(night, overrides=[Override(MONDAY, (hours("09:00-10:00"),))])
    assert rules_of(why(short, "09:00")) == ["override", "hours"]
    # The night before belongs to Sunday, and is only too short.
    (reason,) = why(replace(night, offer=replace(night.offer, duration=90)), "01:00")
    assert reason == ("hours", "The job would last until 02:30, but it is open until 02:00.")


@pytest.mark.parametrize("minute", [-1_000_000_000, -(10**12), 3_000_000_000, 10**12])
def test_no_instant_is_too_far_away_to_be_judged(minute: int) -> None:
    facts = business()
    assert staff_free_at(facts, minute, NOW) == []
    assert rules_of(reasons_against(facts, minute * 60, NOW, {}))[0] == ("past" if minute < 0 else "window")


def test_an_answer_that_nothing_changes_lasts_for_ever() -> None:
    assert next_change(business(overrides=[Override(MONDAY, ())]), MONDAY, MONDAY, NOW) == float("inf")
    assert next_change(business(), MONDAY, MONDAY, NOW) == at(MONDAY, "09:00") * 60


def test_a_business_with_ten_thousand_rules_is_answered() -> None:
    rules = [
        Rule(number % 7, hours("09:00-17:00"), f"stf_{number % 50}", valid_until=MONDAY + timedelta(days=number))
        for number in range(10_000)
    ]
    facts = business(rules=rules, people=[Person(f"stf_{number}") for number in range(50)])
    assert free_slots(facts, MONDAY, MONDAY, NOW)[0] == span(MONDAY, "09:00", "10:00")
    assert len(staff_free_at(facts, at(MONDAY, "09:00"), NOW)) > 0
