"""States only move forward, whatever the company says, how often, and in which order."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payments.domain import states
from services.payments.domain.gateway import IntentStatus, RefundStatus
from services.payments.domain.states import OPEN, PaymentStatus, RepaidStatus

said_of_intents = st.lists(st.sampled_from(get_args(IntentStatus)), max_size=8)
said_of_refunds = st.lists(st.sampled_from(get_args(RefundStatus)), max_size=8)


def _after(start: PaymentStatus, said: list[IntentStatus]) -> list[PaymentStatus]:
    found = [start]
    for word in said:
        found.append(states.payment_after(found[-1], word))
    return found


@given(said_of_intents)
def test_money_that_was_taken_is_never_denied(said: list[IntentStatus]) -> None:
    path = _after("requires_payment", said)
    if "succeeded" in said:
        assert set(path[said.index("succeeded") + 1 :]) == {"succeeded"}
    else:
        assert "succeeded" not in path


@given(st.sampled_from(["failed", "canceled"]), said_of_intents)
def test_what_has_ended_opens_no_more(ended: PaymentStatus, said: list[IntentStatus]) -> None:
    assert not OPEN & set(_after(ended, said))


@given(said_of_intents, st.randoms())
def test_the_end_does_not_depend_on_the_order_of_what_is_heard(said: list[IntentStatus], random: object) -> None:
    # Of one intent the company says only one of the two ends.
    ends = [word for word in said if word in {"succeeded", "canceled"}]
    heard: list[IntentStatus] = [*(word for word in said if word not in ends), *ends[:1] * len(ends)]
    shuffled = list(heard)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis' own random
    last = [_after("requires_payment", words)[-1] for words in (heard, shuffled, [*shuffled, *heard])]
    if ends:
        assert last == [ends[0]] * 3
    else:
        assert set(last) <= OPEN


@given(said_of_refunds)
def test_a_refund_never_comes_back_from_where_it_ended(said: list[RefundStatus]) -> None:
    path: list[RepaidStatus] = ["pending"]
    for word in said:
        path.append(states.refund_after(path[-1], word))
    order = {"pending": 0, "succeeded": 1, "failed": 2}
    assert [order[state] for state in path] == sorted(order[state] for state in path)


@given(st.lists(st.sampled_from(get_args(RepaidStatus)), max_size=5))
def test_an_order_has_succeeded_once_all_of_it_has(parts: list[RepaidStatus]) -> None:
    status = states.order_status(parts)
    assert (status == "pending") == ("pending" in parts)
    assert (status == "succeeded") == (not parts or set(parts) == {"succeeded"})


@pytest.mark.parametrize(
    ("status", "was_declined", "refunded", "shown"),
    [
        (None, False, 0, "none"),
        ("requires_payment", False, 0, "pending"),
        ("requires_payment", True, 0, "failed"),
        ("processing", True, 0, "pending"),
        ("succeeded", True, 0, "paid"),
        ("succeeded", False, 1, "partially_refunded"),
        ("succeeded", False, 5000, "refunded"),
        ("canceled", False, 0, "failed"),
        ("failed", False, 0, "failed"),
    ],
)
def test_how_a_deposit_is_shown(status: PaymentStatus | None, was_declined: bool, refunded: int, shown: str) -> None:
    found = states.deposit_status(status, was_declined=was_declined, amount=5000, refunded=refunded)
    assert found == shown
