"""When a message is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.messages import Due, refused, sent, suppressed, tried, waiting
from services.notify.domain.pauses import pause_before_next_try, pause_while_away

NOW = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
# For so long the provider knows that it has seen a key.
KEY_LIFETIME = timedelta(hours=24)
SPREADS = st.floats(min_value=0, max_value=1)


def due(failures: int = 0, waits: int = 0) -> Due:
    return Due(
        id="msg_1",
        kind="verification",
        request_id="r",
        tenant_id=None,
        asked_at=NOW,
        lease=1,
        failures=failures,
        waits=waits,
    )


def all_pauses(spread: float) -> list[timedelta]:
    pauses: list[timedelta] = []
    while (pause := pause_before_next_try(len(pauses) + 1, spread)) is not None:
        pauses.append(pause)
    return pauses


@given(spread=SPREADS)
def test_pauses_grow_and_end(spread: float) -> None:
    pauses = all_pauses(spread)
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == len(pauses)


@given(spread=SPREADS)
def test_three_tries_come_quickly_and_the_last_takes_hours(spread: float) -> None:
    pauses = all_pauses(spread)
    assert sum(pauses[:3], timedelta()) < timedelta(seconds=30)
    assert pauses[-1] >= timedelta(hours=1)


def test_all_tries_fall_into_the_time_for_which_the_provider_remembers_the_key() -> None:
    assert sum(all_pauses(1), timedelta()) < KEY_LIFETIME


@given(failures=st.integers(0, 30), wish=st.integers(0, 3600), spread=SPREADS)
def test_a_try_that_failed_is_queued_for_later_or_given_up(failures: int, wish: int, spread: float) -> None:
    not_before = timedelta(seconds=wish)
    outcome = tried(due(failures), NOW, reason="503", not_before=not_before, spread=spread)
    assert outcome.failures == failures + 1
    if outcome.state == "queued":
        assert outcome.due_at is not None
        assert outcome.due_at >= NOW + max(not_before, timedelta(seconds=1))
    else:
        assert outcome.state == "failed"
        assert failures >= len(all_pauses(0))


@given(waits=st.integers(0, 100_000))
def test_what_waits_for_another_context_is_never_given_up(waits: int) -> None:
    outcome = waiting(due(failures=3, waits=waits), NOW)
    assert outcome.state == "queued"
    assert outcome.failures == 3
    assert outcome.due_at is not None
    assert timedelta(seconds=1) <= outcome.due_at - NOW <= timedelta(seconds=15)
    assert pause_while_away(waits + 1) >= pause_while_away(waits)


def test_a_final_outcome_says_why() -> None:
    assert sent(due(), "re-1").provider_id == "re-1"
    assert suppressed(due()).state == "suppressed"
    assert refused(due(), "422 validation_error").reason == "422 validation_error"
    assert refused(due(), "422 validation_error").state == "failed"
