"""What a booking that is over still owes its customer, whatever is under way already."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking, Contact
from services.booking.domain.moves import cap_after
from services.booking.domain.operations import UNOWED, Operation, still_owed, with_sums
from services.booking.domain.terms import Step, Terms

NOW = datetime(2026, 3, 1, 20, tzinfo=UTC)
TERMS = Terms((Step(24, 100), Step(12, 50)), ZoneInfo("Pacific/Auckland"))
BOOKING = Booking(
    id="book_1",
    tenant_id="ten_1",
    reference="K7M-2QXP",
    state="confirmed",
    version=3,
    origin="widget",
    contact=Contact(name="Ana", email="ana@example.com", phone="+64 21 555 0123"),
    notes=None,
    service_id="svc_1",
    service_name="Blocked drain",
    duration_minutes=60,
    currency="NZD",
    price=18_000,
    deposit=5_000,
    terms=TERMS,
    save_card=True,
    starts_at=NOW + timedelta(hours=20),
    ends_at=NOW + timedelta(hours=21),
    staff_id="stf_1",
    created_at=NOW,
    changed_at=NOW,
    paid=5_000,
    deposit_status="paid",
)
amounts = st.integers(0, 5_000)


def _refund(amount: int | None, *, state: str = "done", after: int | None = None) -> Operation:
    return Operation(
        id="mop_1",
        booking_id="book_1",
        kind="refund",
        cause="asked",
        state=state,  # type: ignore[arg-type] # one of its words
        currency="NZD",
        amount=amount,
        refunded_after=after,
        created_at=NOW,
    )


def test_a_booking_that_stands_owes_nothing() -> None:
    assert still_owed(BOOKING, []) == 0


@given(st.sampled_from(["customer", "tenant"]), amounts)
def test_what_the_preview_said_is_what_is_owed(by: life.Party, refunded: int) -> None:
    booking = replace(BOOKING, refunded=refunded)
    preview = life.refund_preview(booking, by=by, now=NOW)
    cancelled = life.cancelled(booking, by=by, reason=None, now=NOW)
    assert still_owed(cancelled, []) == preview.amount


@given(amounts, amounts, st.booleans())
def test_heard_of_or_not_a_refund_counts_once(amount: int, percent_of: int, is_heard: bool) -> None:
    cancelled = replace(BOOKING, state="cancelled", cancel_percent=percent_of % 101)
    told = replace(cancelled, refunded=amount if is_heard else 0)
    assert still_owed(told, [_refund(amount, after=amount)]) == still_owed(replace(cancelled, refunded=amount), [])


@given(st.lists(amounts, max_size=4))
def test_whatever_is_under_way_never_more_than_was_paid_goes_back(under_way: list[int]) -> None:
    cancelled = replace(BOOKING, state="cancelled", cancel_percent=100)
    owed = still_owed(cancelled, [_refund(amount, state="waiting") for amount in under_way])
    assert owed == max(0, 5_000 - sum(under_way))


def test_all_that_is_left_leaves_nothing() -> None:
    cancelled = replace(BOOKING, state="cancelled", cancel_percent=100)
    assert still_owed(cancelled, [_refund(None, state="open")]) == 0


def _balance(amount: int, *, status: str = UNOWED) -> Operation:
    return replace(_refund(amount), id="mop_2", kind="balance", status=status)


@given(st.integers(0, 100), st.integers(1, 20_000))
def test_what_was_paid_and_never_owed_goes_back_whatever_the_terms_say(percent: int, unowed: int) -> None:
    cancelled = replace(BOOKING, state="cancelled", cancel_percent=percent)
    by_terms = still_owed(cancelled, [])
    paid = replace(cancelled, paid=cancelled.paid + unowed)
    assert still_owed(paid, [_balance(unowed)]) == by_terms + unowed
    assert still_owed(replace(paid, refunded=by_terms + unowed), [_balance(unowed)]) == 0


def test_of_a_no_show_what_was_never_owed_goes_back_once_and_the_deposit_is_kept() -> None:
    missed = replace(BOOKING, state="no_show", paid=20_000, refunded=1_000)
    assert still_owed(missed, [_balance(15_000, status="succeeded")]) == 0
    assert still_owed(missed, [_balance(15_000)]) == 15_000
    late = replace(_refund(15_000, state="waiting"), cause="late")
    assert still_owed(missed, [_balance(15_000), late]) == 0
    sent = replace(missed, refunded=16_000)
    assert still_owed(sent, [_balance(15_000), replace(late, state="done")]) == 0
    assert still_owed(missed, [_balance(15_000), replace(late, state="failed")]) == 15_000
    assert still_owed(replace(missed, refunded=20_000), [_balance(15_000)]) == 0


def test_what_payments_answers_counts_at_once_and_later_events_have_the_last_word() -> None:
    answered = with_sums(replace(BOOKING, money_version=4), paid=5_000, refunded=2_000, now=NOW)
    assert (answered.refunded, answered.deposit_status, answered.money_version) == (2_000, "partially_refunded", 4)
    heard = life.heard_of_money(answered, version=5, paid=5_000, refunded=0, deposit_failed=False, now=NOW)
    assert (heard.refunded, heard.deposit_status) == (0, "paid")


@given(st.lists(st.integers(-5, 400), min_size=1, max_size=6))
def test_no_way_of_moving_makes_more_come_back(hours: list[int]) -> None:
    """However often and wherever a customer moves: a cancellation never pays more than just before the move."""
    booking = BOOKING
    for ahead in hours:
        before = life.percent_back(booking, by="customer", now=NOW)
        booking = life.moved(
            booking,
            starts_at=NOW + timedelta(hours=ahead),
            ends_at=NOW + timedelta(hours=ahead + 1),
            staff_id="stf_1",
            cap_percent=cap_after(booking, by="customer", now=NOW),
            now=NOW,
        )
        assert life.percent_back(booking, by="customer", now=NOW) <= before
