"""The life of a booking, as a machine that does whatever may be done in any order, and the laws that hold throughout."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.booking.domain import bookings as life
from services.booking.domain.bookings import WAYS, Booking, Party, State
from services.booking.domain.errors import InvalidStatusChange
from services.kernel.ids import new_id
from tests.unit.booking.made import NOW, draft

STAFF: Final = new_id("stf")

# How each state is reached, whatever the booking is now.
REACHED: Final[dict[State, Callable[[Booking, datetime], Booking]]] = {
    "pending": lambda booking, now: life.requested(
        booking,
        staff_id=STAFF,
        ends_at=booking.starts_at + timedelta(hours=1),
        expires_at=now + timedelta(minutes=15),
        now=now,
    ),
    "confirmed": life.confirmed,
    "in_progress": life.started,
    "completed": life.completed,
    "expired": life.expired,
    "cancelled": lambda booking, now: life.cancelled(booking, by="customer", reason=None, now=now),
    "no_show": life.missed,
}
ALLOWED: Final = {
    ("pending", "confirmed"), ("confirmed", "in_progress"), ("in_progress", "completed"), ("pending", "expired"),
    ("pending", "cancelled"), ("confirmed", "cancelled"), ("confirmed", "no_show"),
    # Of one that nobody was told of yet.
    ("draft", "pending"), ("draft", "expired"),
}  # fmt: skip


@pytest.mark.parametrize("before", WAYS)
@pytest.mark.parametrize("after", REACHED)
def test_the_ways_are_those_of_the_contract_and_no_others(before: State, after: State) -> None:
    booking = draft(state=before, version=4)
    if (before, after) in ALLOWED:
        turned = REACHED[after](booking, NOW)
        assert (turned.state, turned.version) == (after, 5)
    else:
        with pytest.raises(InvalidStatusChange):
            REACHED[after](booking, NOW)


def test_a_draft_without_deposit_is_confirmed_at_once() -> None:
    booked = life.booked(draft(deposit=0), staff_id=STAFF, ends_at=NOW, now=NOW)
    assert (booked.state, booked.version, booked.staff_id) == ("confirmed", 2, STAFF)


@pytest.mark.parametrize("state", ["completed", "in_progress", "expired", "cancelled", "no_show"])
def test_only_what_is_still_to_come_can_be_moved(state: State) -> None:
    with pytest.raises(InvalidStatusChange):
        life.refuse_move(draft(state=state))


def test_who_moves_late_gets_no_more_by_cancelling_later() -> None:
    booking = draft(state="confirmed", starts_at=NOW + timedelta(hours=13), paid=5_000, money_version=1)
    assert life.refund_preview(booking, by="customer", now=NOW).amount == 2_500
    moved = life.moved(
        booking,
        starts_at=NOW + timedelta(days=30),
        ends_at=NOW + timedelta(days=30, hours=1),
        staff_id=STAFF,
        cap_percent=life.percent_back(booking, by="customer", now=NOW),
        now=NOW,
    )
    assert life.refund_preview(moved, by="customer", now=NOW).amount == 2_500
    assert life.refund_preview(moved, by="tenant", now=NOW).amount == 5_000


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        ({}, 18_000),
        ({"paid": 5_000}, 13_000),
        ({"price": None}, 5_000),
        ({"price": None, "paid": 5_000}, 0),
        ({"paid": 5_000, "final_amount": 20_000}, 15_000),
        ({"paid": 20_000, "final_amount": 20_000, "refunded": 3_000}, 3_000),
        ({"paid": 20_000, "final_amount": 15_000}, 0),
        ({"state": "cancelled", "paid": 5_000}, 0),
        ({"state": "expired"}, 0),
        ({"state": "no_show", "paid": 5_000}, 0),
    ],
)
def test_what_is_left_to_pay(facts: dict[str, object], due: int) -> None:
    assert life.amount_due(draft(**{"state": "confirmed", **facts})).amount == due


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 20_000), st.booleans()), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
def test_of_all_sums_that_are_heard_in_any_order_the_newest_stays(
    told: list[tuple[int, int, bool]], chance: object
) -> None:
    facts = [(version, *sums) for version, sums in enumerate(told, start=1)]

    def heard(order: list[tuple[int, int, int, bool]]) -> Booking:
        booking = draft(state="confirmed")
        for version, paid, refunded, failed in order:
            booking = life.heard_of_money(
                booking, version=version, paid=paid, refunded=refunded, deposit_failed=failed, now=NOW
            )
        return booking

    shuffled = list(facts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # Hypothesis's own Random
    in_order, any_order = heard(facts), heard([*shuffled, *facts])
    assert replace(in_order, id="") == replace(
        any_order, id="", tenant_id=in_order.tenant_id, service_id=in_order.service_id
    )


@pytest.mark.parametrize(
    ("paid", "refunded", "failed", "status"),
    [
        (0, 0, False, "pending"),
        (0, 0, True, "failed"),
        (5_000, 0, False, "paid"),
        (5_000, 1, False, "partially_refunded"),
        (5_000, 5_000, False, "refunded"),
        # The balance goes back first.
        (18_000, 13_000, False, "paid"),
        (18_000, 13_001, False, "partially_refunded"),
        (18_000, 18_000, False, "refunded"),
    ],
)
def test_what_became_of_the_deposit(paid: int, refunded: int, *, failed: bool, status: str) -> None:
    heard = life.heard_of_money(
        draft(state="confirmed"), version=1, paid=paid, refunded=refunded, deposit_failed=failed, now=NOW
    )
    assert heard.deposit_status == status


def test_who_was_asked_for_no_deposit_has_none_whatever_is_paid_later() -> None:
    booking = draft(state="confirmed", deposit=0, deposit_status="none")
    heard = life.heard_of_money(booking, version=1, paid=18_000, refunded=0, deposit_failed=False, now=NOW)
    assert heard.deposit_status == "none"


class Life(RuleBasedStateMachine):
    """Time passes, money moves, people change their minds."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.booking = draft()
        self.seen: list[State] = ["draft"]
        self.money_version = 0
        self.capped: int | None = None

    def become(self, booking: Booking) -> None:
        assert booking.version == self.booking.version + 1
        if booking.state != self.booking.state:
            self.seen.append(booking.state)
        self.booking = booking

    @rule(hours=st.integers(0, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(after=st.sampled_from(sorted(REACHED)))
    def somebody_wants(self, after: State) -> None:
        before = self.booking
        try:
            self.become(REACHED[after](before, self.now))
        except InvalidStatusChange:
            assert (before.state, after) not in ALLOWED

    @rule(by=st.sampled_from(["customer", "tenant"]))
    @precondition(lambda self: self.booking.state in {"pending", "confirmed"})
    def cancelled(self, by: Party) -> None:
        preview = life.refund_preview(self.booking, by=by, now=self.now)
        over = life.cancelled(self.booking, by=by, reason="rain", now=self.now)
        assert life.owed_back(over) == preview
        if by == "tenant":
            assert preview.amount == max(0, over.paid - over.refunded)
        if self.capped is not None and by == "customer":
            assert preview.amount <= over.money_paid.share(self.capped * 100).chargeable().amount
        self.become(over)

    @rule(paid=st.integers(0, 50_000), part=st.integers(0, 100))
    def money_moves(self, paid: int, part: int) -> None:
        self.money_version += 1
        self.booking = life.heard_of_money(
            self.booking,
            version=self.money_version,
            paid=paid,
            refunded=paid * part // 100,
            deposit_failed=False,
            now=self.now,
        )

    @rule(days=st.integers(0, 60))
    @precondition(lambda self: self.booking.state in {"pending", "confirmed"})
    def the_customer_moves_it(self, days: int) -> None:
        cap = life.percent_back(self.booking, by="customer", now=self.now)
        assert self.capped is None or cap <= self.capped
        self.capped = cap
        start = self.now + timedelta(days=days)
        self.become(
            life.moved(
                self.booking,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
                staff_id=STAFF,
                cap_percent=cap,
                now=self.now,
            )
        )

    @invariant()
    def what_is_over_stays_over(self) -> None:
        assert all((one, other) in ALLOWED for one, other in zip(self.seen, self.seen[1:], strict=False))

    @invariant()
    def never_more_goes_back_than_was_paid(self) -> None:
        owed = life.owed_back(self.booking).amount
        assert owed >= 0
        assert owed == 0 or owed + self.booking.refunded <= self.booking.paid
        assert life.amount_due(self.booking).amount >= 0


TestLife = Life.TestCase
TestLife.settings = settings(deadline=None, max_examples=60)
