"""Whoever does not answer is asked again, ever less often."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain import pauses

tries = st.integers(1, 500)


@given(tries)
def test_while_the_company_is_away_it_is_asked_for_as_long_as_it_takes(number: int) -> None:
    assert pauses.while_away(number) <= pauses.while_away(number + 1) <= timedelta(minutes=15)


def test_a_refusal_is_an_answer_after_four_days() -> None:
    waits = [pauses.after_refusal(number) for number in range(1, 40)]
    said = [wait for wait in waits if wait is not None]
    assert said == sorted(said)
    assert timedelta(days=3) < sum(said, timedelta()) < timedelta(days=4)
    assert set(waits[len(said) :]) == {None}


@given(st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_page_is_looked_at_at_least_every_ten_minutes_and_a_fresh_one_every_minute(age: timedelta) -> None:
    assert timedelta(seconds=30) <= pauses.for_link(age) <= timedelta(minutes=10)
    if age < timedelta(minutes=10):
        assert pauses.for_link(age) <= timedelta(minutes=1)


def test_an_open_intent_is_asked_about_at_least_once_a_minute() -> None:
    # Between two rounds of clockwork there are a few seconds more.
    assert pauses.OPEN_INTENT.total_seconds() <= 50
