"""The laws of slots, as properties: against the slow reference, and of one calendar against a changed one."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.availability.domain.days import date_at
from services.availability.domain.facts import Facts, Override, Rule, Window
from services.availability.domain.reasons import reasons_against
from services.availability.domain.slots import free_counts, free_slots, next_change, staff_free_at
from tests.unit.availability import calendars
from tests.unit.availability.reference import Reference, wall

# A case takes the reference some hundredths of a second.
_slowly = settings(max_examples=60, deadline=None)
_quickly = settings(max_examples=40, deadline=None)

Case = tuple[Facts, date, date, float]


def starts(facts: Facts, first: date, last: date, now: float) -> list[int]:
    return [slot.start for slot in free_slots(facts, first, last, now)]


def fresh(facts: Facts) -> Facts:
    """The same facts, nothing of them worked out."""
    return replace(facts)


@_slowly
@given(case=calendars.cases(), kinds=st.integers(0, 5), chance=st.randoms(use_true_random=False))
def test_the_engine_and_the_slow_reference_agree(case: Case, kinds: int, chance: random.Random) -> None:
    facts, first, last, now = case
    reference = Reference(facts, first, last, now)
    expected = reference.starts()

    assert [tuple(slot) for slot in free_slots(facts, first, last, now)] == [
        (start, start + facts.offer.duration) for start in expected
    ]
    counts = {first + timedelta(days=days): 0 for days in range((last - first).days + 1)}
    for start in expected:
        counts[wall(facts.zone, start).date()] += 1
    assert free_counts(fresh(facts), first, last, now) == counts

    claims = {
        person.id: [calendars.claim_of(span, kinds + place) for place, span in enumerate(person.taken)]
        for person in facts.people
    }
    judged = [minute for minute in reference.minutes if first <= wall(facts.zone, minute).date() <= last]
    near = [start + chance.choice((-1, 0, 0, 1)) for start in chance.sample(expected, min(len(expected), 6))]
    for start in [*near, *chance.sample(judged, min(len(judged), 12))]:
        if first <= wall(facts.zone, start).date() <= last:
            who = reference.staff(start)
            assert staff_free_at(fresh(facts), start, now) == who
            reasons = reasons_against(facts, start * 60, now, claims)
            assert (not reasons) == bool(who)
            assert all(reason.message for reason in reasons)
            assert [reason.rule for reason in reasons_against(facts, start * 60 + 30, now, claims)].count("step") == 1


@_quickly
@given(case=calendars.cases(), share=st.floats(0, 1, exclude_max=True))
def test_the_answer_stays_as_it_is_until_the_change_that_was_told(case: Case, share: float) -> None:
    facts, first, last, now = case
    answer = starts(facts, first, last, now)
    until = min(next_change(facts, first, last, now), now + 5 * 86400)
    assert until >= now
    for later in {now + (until - now) * share, until - 0.001}:
        if now <= later < until:
            assert starts(fresh(facts), first, last, later) == answer


@_quickly
@given(data=st.data(), case=calendars.cases())
def test_another_claim_or_block_never_adds_a_time(data: st.DataObject, case: Case) -> None:
    facts, first, last, now = case
    before = set(starts(facts, first, last, now))
    lucky = data.draw(st.sampled_from(facts.people))
    claimed = replace(lucky, taken=[*lucky.taken, data.draw(calendars.spans(first))])
    people = [claimed if person is lucky else person for person in facts.people]
    assert set(starts(replace(facts, people=people), first, last, now)) <= before
    blocked = replace(facts, blocks=[*facts.blocks, data.draw(calendars.blocks(first))])
    assert set(starts(blocked, first, last, now)) <= before


@_quickly
@given(case=calendars.cases())
def test_what_is_sold_with_its_buffers_is_never_offered_again(case: Case) -> None:
    facts, first, last, now = case
    slots = free_slots(facts, first, last, now)
    assert [slot.start for slot in slots] == sorted({slot.start for slot in slots})
    assert all(first <= date_at(facts.zone, slot.start) <= last for slot in slots)
    for start, end in slots[:: len(slots) // 8 + 1]:
        (who, *_) = staff_free_at(facts, start, now)
        (person,) = [person for person in facts.people if person.id == who]
        taken = (start - facts.offer.before, end + facts.offer.after)
        assert not any(max(taken[0], low) < min(taken[1], high) for low, high in person.taken)
        sold = replace(facts, people=[replace(person, taken=[*person.taken, taken])])
        assert not any(
            slot.start - facts.offer.before < taken[1] and taken[0] < slot.end + facts.offer.after
            for slot in free_slots(sold, first, last, now)
        )


@_quickly
@given(data=st.data(), case=calendars.cases())
def test_windows_that_touch_or_overlap_are_one(data: st.DataObject, case: Case) -> None:
    facts, first, last, now = case

    def parted(window: Window) -> tuple[Window, ...]:
        if window.end - window.start == 1:
            return (window,)
        # A second window starts on the same day, too.
        middle = data.draw(st.integers(window.start + 1, max(min(window.end - 1, 1439), window.start + 1)))
        overlap = data.draw(st.integers(0, window.end - middle))
        return Window(window.start, middle + overlap), Window(middle, window.end)

    rules = [
        Rule(rule.weekday, window, rule.staff_id, rule.valid_from, rule.valid_until)
        for rule in facts.rules
        for window in parted(rule.window)
    ]
    overrides = [
        Override(override.day, tuple(part for window in override.windows for part in parted(window)), override.staff_id)
        for override in facts.overrides
    ]
    parts = replace(facts, rules=rules, overrides=overrides)
    assert starts(parts, first, last, now) == starts(facts, first, last, now)


@_quickly
@given(case=calendars.cases(), chance=st.randoms(use_true_random=False))
def test_the_order_in_which_facts_are_told_does_not_matter(case: Case, chance: random.Random) -> None:
    facts, first, last, now = case

    def shuffled(these: list[Any]) -> list[Any]:
        return chance.sample(these, len(these))

    other = replace(
        facts,
        people=shuffled(
            [replace(person, taken=shuffled([*person.taken]), jobs=shuffled([*person.jobs])) for person in facts.people]
        ),
        rules=shuffled([*facts.rules, *facts.rules[:1]]),
        overrides=shuffled([*facts.overrides]),
        blocks=shuffled([*facts.blocks]),
        sold=shuffled([*facts.sold]),
    )
    assert starts(other, first, last, now) == starts(facts, first, last, now)


@_quickly
@given(case=calendars.cases())
def test_any_of_the_staff_means_the_times_of_each_taken_together(case: Case) -> None:
    facts, first, last, now = case
    each = {person.id: set(starts(replace(facts, people=[person]), first, last, now)) for person in facts.people}
    everything = starts(facts, first, last, now)
    assert set(everything) == set().union(*each.values())
    for start in everything[:: len(everything) // 8 + 1]:
        assert set(staff_free_at(facts, start, now)) == {who for who, theirs in each.items() if start in theirs}


@_quickly
@given(case=calendars.cases())
def test_a_longer_range_says_the_same_as_its_days_one_by_one(case: Case) -> None:
    facts, first, _, now = case
    days = [first + timedelta(days=days) for days in range(-1, 6)]
    one_by_one = [start for day in days for start in starts(facts, day, day, now)]
    assert starts(facts, days[0], days[-1], now) == sorted(one_by_one)
    assert free_counts(facts, days[0], days[-1], now) == {
        day: len(starts(facts, day, day, now)) for day in days
    }  # fmt: skip


@_quickly
@given(case=calendars.cases(), minute=st.integers(-40_000_000_000, 80_000_000_000), half=st.booleans())
def test_any_instant_may_be_asked_about(case: Case, minute: int, half: bool) -> None:
    facts, _, _, now = case
    reasons = reasons_against(facts, minute * 60 + half / 2, now, {})
    assert bool(reasons) == (half or not staff_free_at(facts, minute, now))
    assert not half or "step" in {reason.rule for reason in reasons}
