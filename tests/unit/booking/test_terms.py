"""What comes back when a booking is cancelled, and until when."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.booking.domain.terms import (
    Deadline,
    Step,
    Terms,
    deadlines,
    percent_now,
    refund_due,
    sentences,
)
from services.kernel.money import DECIMALS, Money, step
from tests.unit.booking.made import NOW, TERMS, ZONE

START = NOW + timedelta(days=5)


@pytest.mark.parametrize(
    ("left", "percent"),
    [
        (timedelta(hours=24), 100),
        (timedelta(hours=24) - timedelta(microseconds=1), 50),
        (timedelta(hours=12), 50),
        (timedelta(hours=12) - timedelta(microseconds=1), 0),
        (timedelta(0), 0),
        (-timedelta(hours=1), 0),
    ],
)
def test_the_very_moment_of_a_deadline_still_counts(left: timedelta, percent: int) -> None:
    assert percent_now(TERMS, START, START - left, None) == percent


def test_hours_are_elapsed_ones_across_a_clock_change() -> None:
    # In Auckland the clocks go back in the morning of 5 April 2026: that day has 25 hours.
    terms = Terms((Step(24, 100),), ZONE)
    start = NOW.replace(month=4, day=4, hour=21)
    assert f"{start.astimezone(ZONE):%d %H:%M}" == "05 09:00"
    deadline = deadlines(terms, start)[0].until
    assert f"{deadline.astimezone(ZONE):%d %H:%M}" == "04 10:00"
    assert percent_now(terms, start, deadline, None) == 100
    assert percent_now(terms, start, deadline + timedelta(seconds=1), None) == 0


@settings(deadline=None)
@given(st.data())
def test_whoever_cancels_later_never_gets_more(data: st.DataObject) -> None:
    hours = sorted(data.draw(st.lists(st.integers(0, 200), unique=True, max_size=5)), reverse=True)
    percents = sorted(data.draw(st.lists(st.integers(0, 100), min_size=len(hours), max_size=len(hours))), reverse=True)
    terms = Terms(tuple(Step(*pair) for pair in zip(hours, percents, strict=True)), ZONE)
    cap = data.draw(st.none() | st.integers(0, 100))
    moments = sorted(data.draw(st.lists(st.integers(-10, 300), min_size=2, max_size=5)), reverse=True)
    told = [percent_now(terms, START, START - timedelta(hours=left), cap) for left in moments]
    assert told == sorted(told, reverse=True)
    for deadline in deadlines(terms, START, cap):
        assert percent_now(terms, START, deadline.until, cap) == deadline.refund_percent
        assert percent_now(terms, START, deadline.until + timedelta(microseconds=1), cap) < deadline.refund_percent


def test_of_two_steps_that_give_the_same_the_later_deadline_is_told() -> None:
    assert deadlines(TERMS, START, 50) == (Deadline(START - timedelta(hours=12), 50),)
    assert deadlines(TERMS, START, 0) == ()


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 100), st.integers(0, 10**9), st.sampled_from(sorted(DECIMALS)))
def test_what_comes_back_can_be_sent_and_is_never_more_than_is_left(
    steps: int, percent: int, gone: int, currency: str
) -> None:
    paid = Money(steps * step(currency), currency)
    refunded = Money(min(gone, steps) * step(currency), currency)
    due = refund_due(paid, refunded, percent)
    assert 0 <= due.amount <= paid.amount - refunded.amount
    assert due.amount % step(currency) == 0
    assert refund_due(paid, refunded + due, percent).amount == 0
    if percent == 100:
        assert due + refunded == paid


def test_the_customer_is_told_in_the_business_s_own_time() -> None:
    assert sentences(TERMS, START) == (
        "Cancelled by Friday, 6 March 2026, 09:00 (NZDT), 100 % of what was paid comes back.",
        "Cancelled by Friday, 6 March 2026, 21:00 (NZDT), 50 % of what was paid comes back.",
        "After that nothing comes back.",
    )
    assert sentences(Terms((), ZONE), START) == ("What was paid does not come back when the booking is cancelled.",)


def test_terms_are_read_as_they_were_stored() -> None:
    assert Terms.of([12, 50, 24, 100], "Pacific/Auckland") == TERMS
