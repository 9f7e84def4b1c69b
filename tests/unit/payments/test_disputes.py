"""A dispute only moves forward, whatever is heard of it, how often, and in which order."""

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.money import Money
from services.payments.domain.disputes import Status, status_after, taken_after
from services.payments.domain.gateway import Dispute, Shift

SHIFT = Shift(amount=Money(3000, "NZD"), cost=Money(1500, "NZD"))


def said(status: Status, *, is_taken: bool = True, is_returned: bool = False) -> Dispute:
    return Dispute(
        id="du_1",
        status=status,
        amount=Money(3000, "NZD"),
        account_id="acct_1",
        charge_id="ch_1",
        intent_id="pi_1",
        reason="fraudulent",
        taken=SHIFT if is_taken else None,
        returned=SHIFT if is_returned else None,
    )


HISTORY = (
    said("open", is_taken=False),
    said("open"),
    said("won"),
    said("won", is_returned=True),
)


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=6))
def test_whatever_the_order_what_was_decided_stays_decided(order: list[int], more: list[int]) -> None:
    status: Status = "open"
    for number in [*order, *more]:
        status = status_after(status, HISTORY[number].status)
    assert status == "won"


@given(st.lists(st.sampled_from((0, 1)), max_size=5))
def test_an_older_word_does_not_take_again_what_was_given_back(more: list[int]) -> None:
    status: Status = "open"
    taken = 0
    for word in (*HISTORY, *(HISTORY[number] for number in more)):
        taken = taken_after(status, taken, word)
        status = status_after(status, word.status)
    assert (status, taken) == ("won", 0)


def test_what_was_lost_stays_taken() -> None:
    assert taken_after("open", 0, said("lost")) == 3000
    assert taken_after("lost", 3000, said("open", is_taken=False)) == 3000
