"""A dispute only moves forward, whatever is heard of it, how often, and in which order."""

from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.disputes import Status, status_after

DECIDED: tuple[Status, ...] = ("won", "lost", "warning_closed")


@given(st.sampled_from(DECIDED), st.lists(st.booleans(), max_size=8))
def test_whatever_the_order_what_was_decided_stays_decided(decision: Status, words: list[bool]) -> None:
    status: Status = "open"
    for is_decision in words:
        status = status_after(status, decision if is_decision else "open")
    assert status == (decision if any(words) else "open")
