"""A circuit breaker: opens after failures in a row, asks one question to see, and closes with the first answer."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain.breaker import (
    CLOSED,
    LONGEST_PAUSE,
    PATIENCE_WITH_BROKEN,
    PATIENCE_WITH_SILENT,
    PROBE_LOST_AFTER,
    SHORTEST_PAUSE,
    Circuit,
)

Happening = Literal["ask", "succeed", "fail"]


@dataclass(frozen=True)
class Moment:
    """Something happens so many seconds after what happened before."""

    what: Happening
    after: float


moments = st.lists(
    st.builds(Moment, st.sampled_from(["ask", "succeed", "fail"]), st.floats(0, 20, allow_nan=False)), max_size=60
)


def failed(times: int, at: float = 0.0) -> Circuit:
    circuit = CLOSED
    for _ in range(times):
        circuit = circuit.asked(at).failed(at)
    return circuit


def test_it_opens_with_the_last_of_so_many_failures_in_a_row() -> None:
    assert failed(PATIENCE_WITH_SILENT - 1).admits(0)
    assert not failed(PATIENCE_WITH_SILENT).admits(0)


def test_with_answers_that_are_broken_it_has_more_patience_than_with_silence() -> None:
    circuit = CLOSED
    for _ in range(PATIENCE_WITH_BROKEN - 1):
        circuit = circuit.asked(0).failed(0, patience=PATIENCE_WITH_BROKEN)
        assert circuit.admits(0)
    assert not circuit.failed(0, patience=PATIENCE_WITH_BROKEN).admits(0)
    assert not circuit.failed(0).admits(0)


def test_an_answer_between_failures_begins_the_count_anew() -> None:
    circuit = failed(PATIENCE_WITH_SILENT - 1).succeeded()
    assert circuit == CLOSED


def test_after_its_pause_one_question_goes_and_the_next_waits_for_the_outcome() -> None:
    circuit = failed(PATIENCE_WITH_SILENT)
    assert not circuit.admits(SHORTEST_PAUSE - 0.01)
    assert circuit.admits(SHORTEST_PAUSE)
    probing = circuit.asked(SHORTEST_PAUSE)
    assert not probing.admits(SHORTEST_PAUSE)
    assert probing.succeeded().admits(SHORTEST_PAUSE)


def test_a_probe_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    circuit, now, pauses = failed(PATIENCE_WITH_SILENT), 0.0, []
    for _ in range(5):
        now += circuit.pause
        pauses.append(circuit.pause)
        circuit = circuit.asked(now).failed(now)
        assert not circuit.admits(now)
    assert pauses[0] == SHORTEST_PAUSE
    assert all(later == min(sooner * 2, LONGEST_PAUSE) for sooner, later in pairwise(pauses))
    assert circuit.pause == LONGEST_PAUSE


def test_a_probe_that_is_never_heard_of_does_not_close_the_way_for_good() -> None:
    probing = failed(PATIENCE_WITH_SILENT).asked(SHORTEST_PAUSE)
    assert not probing.admits(SHORTEST_PAUSE + PROBE_LOST_AFTER - 0.01)
    assert probing.admits(SHORTEST_PAUSE + PROBE_LOST_AFTER)


def test_a_failure_of_a_question_asked_before_it_opened_changes_nothing() -> None:
    circuit = failed(PATIENCE_WITH_SILENT)
    assert circuit.failed(1.5) == circuit


@given(moments)
def test_whatever_happens_it_admits_a_question_within_the_longest_pause_and_a_lost_probe(
    happened: list[Moment],
) -> None:
    circuit, now = _after(happened)
    assert circuit.admits(now + LONGEST_PAUSE + PROBE_LOST_AFTER)


@given(moments)
def test_it_refuses_only_after_so_many_failures_without_an_answer_between(happened: list[Moment]) -> None:
    circuit, now, failures = CLOSED, 0.0, 0
    for moment in happened:
        now += moment.after
        if not circuit.admits(now):
            assert failures >= PATIENCE_WITH_SILENT
        circuit = _then(circuit, moment, now)
        failures = {"ask": failures, "succeed": 0, "fail": failures + 1}[moment.what]


@given(moments)
def test_an_answer_always_closes_it(happened: list[Moment]) -> None:
    circuit, now = _after(happened)
    assert circuit.succeeded().admits(now)


@given(moments, st.floats(0, 30, allow_nan=False))
def test_while_open_at_most_one_question_is_on_its_way(happened: list[Moment], later: float) -> None:
    circuit, now = _after(happened)
    if circuit.open_since is not None and circuit.admits(now + later):
        assert not circuit.asked(now + later).admits(now + later)


def _after(happened: list[Moment]) -> tuple[Circuit, float]:
    circuit, now = CLOSED, 0.0
    for moment in happened:
        now += moment.after
        circuit = _then(circuit, moment, now)
    return circuit, now


def _then(circuit: Circuit, moment: Moment, now: float) -> Circuit:
    if moment.what == "ask":
        return circuit.asked(now) if circuit.admits(now) else circuit
    return circuit.succeeded() if moment.what == "succeed" else circuit.failed(now)
