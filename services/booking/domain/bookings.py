"""The life of a booking: what it is, and what may become of it. Each function returns the new value, or refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from services.booking.domain.errors import InvalidStatusChange
from services.booking.domain.terms import ALL, Terms, percent_now, refund_due
from services.kernel.money import Money

State: TypeAlias = Literal[
    "draft", "pending", "confirmed", "in_progress", "completed", "expired", "cancelled", "no_show"
]
DepositStatus: TypeAlias = Literal["none", "pending", "paid", "failed", "partially_refunded", "refunded"]
Origin: TypeAlias = Literal["widget", "hand"]
Party: TypeAlias = Literal["customer", "tenant"]

# Draft: it is being made, and nobody was told of it yet.
WAYS: Final[Mapping[State, frozenset[State]]] = {
    "draft": frozenset({"pending", "confirmed", "expired"}),
    "pending": frozenset({"confirmed", "expired", "cancelled"}),
    "confirmed": frozenset({"in_progress", "cancelled", "no_show"}),
    "in_progress": frozenset({"completed"}),
    "completed": frozenset(),
    "expired": frozenset(),
    "cancelled": frozenset(),
    "no_show": frozenset(),
}
# Its time is not needed.
OVER: Final = frozenset[State]({"expired", "cancelled"})
# Nothing is owed for it any more.
_FREE: Final = frozenset[State]({"expired", "cancelled", "no_show"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer as given with one booking; messages about it go there."""

    name: str
    email: str
    phone: str
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """As it is stored, with the service, the price and the terms as they were agreed."""

    id: str
    tenant_id: str
    reference: str
    state: State
    version: int
    origin: Origin
    contact: Contact
    notes: str | None
    service_id: str
    service_name: str
    duration_minutes: int
    currency: str
    # None: told after the job.
    price: int | None
    # What is paid to book; 0 where nothing is.
    deposit: int
    terms: Terms
    save_card: bool
    starts_at: datetime
    created_at: datetime
    changed_at: datetime
    given_up: bool = False
    customer_id: str | None = None
    # Unknown only of a draft.
    ends_at: datetime | None = None
    staff_id: str | None = None
    expires_at: datetime | None = None
    money_version: int = 0
    paid: int = 0
    refunded: int = 0
    deposit_status: DepositStatus = "none"
    final_amount: int | None = None
    refund_cap_percent: int | None = None
    cancelled_at: datetime | None = None
    cancelled_by: Party | None = None
    cancel_reason: str | None = None
    cancel_percent: int | None = None
    sequence: int = 0
    link_generation: int = 1

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def needs_deposit(self) -> bool:
        return self.deposit > 0

    @property
    def money_paid(self) -> Money:
        return Money(self.paid, self.currency)

    @property
    def money_refunded(self) -> Money:
        return Money(self.refunded, self.currency)

    @property
    def held_staff_id(self) -> str:
        """Of a booking that has, or had, a time."""
        if self.staff_id is None:
            raise AssertionError("a draft has no staff yet")
        return self.staff_id

    @property
    def held_until(self) -> datetime:
        """When the job ends, of a booking that has, or had, a time."""
        if self.ends_at is None:
            raise AssertionError("a draft has no end yet")
        return self.ends_at


def _turned(booking: Booking, state: State, now: datetime) -> Booking:
    if state not in WAYS[booking.state]:
        raise InvalidStatusChange(f"A booking that is {_told(booking.state)} can't become {_told(state)}.")
    return replace(booking, state=state, version=booking.version + 1, changed_at=now)


def _told(state: State) -> str:
    return {"no_show": "a no-show", "in_progress": "in progress", "draft": "not made yet"}.get(state, state)


def requested(booking: Booking, *, staff_id: str, ends_at: datetime, expires_at: datetime, now: datetime) -> Booking:
    """The time is held, and the customer may pay until then."""
    turned = _turned(booking, "pending", now)
    return replace(turned, staff_id=staff_id, ends_at=ends_at, expires_at=expires_at, deposit_status="pending")


def booked(booking: Booking, *, staff_id: str, ends_at: datetime, now: datetime) -> Booking:
    """A draft that needs no deposit, and has its time for good."""
    return replace(_turned(booking, "confirmed", now), staff_id=staff_id, ends_at=ends_at)


def confirmed(booking: Booking, now: datetime) -> Booking:
    """The deposit was paid, and the time is its own for good."""
    if booking.state == "draft":
        raise InvalidStatusChange("A booking that is not made yet can't become confirmed.")
    return _turned(booking, "confirmed", now)


def expired(booking: Booking, now: datetime) -> Booking:
    """It was not paid for in time, or too late."""
    return _turned(booking, "expired", now)


def cancelled(booking: Booking, *, by: Party, reason: str | None, now: datetime) -> Booking:
    """Given up; what comes back is decided at this moment, for good."""
    turned = _turned(booking, "cancelled", now)
    return replace(
        turned,
        cancelled_at=now,
        cancelled_by=by,
        cancel_reason=reason,
        cancel_percent=percent_back(booking, by=by, now=now),
        sequence=booking.sequence + 1,
    )


def started(booking: Booking, now: datetime) -> Booking:
    return _turned(booking, "in_progress", now)


def completed(booking: Booking, now: datetime) -> Booking:
    return _turned(booking, "completed", now)


def missed(booking: Booking, now: datetime) -> Booking:
    """The customer was not there."""
    return _turned(booking, "no_show", now)


def moved(
    booking: Booking,
    *,
    starts_at: datetime,
    ends_at: datetime,
    staff_id: str,
    cap_percent: int | None,
    now: datetime,
) -> Booking:
    """At another time. The cap is what a customer's move leaves of later refunds; the business's leaves all."""
    refuse_move(booking)
    return replace(
        booking,
        starts_at=starts_at,
        ends_at=ends_at,
        staff_id=staff_id,
        refund_cap_percent=cap_percent,
        version=booking.version + 1,
        sequence=booking.sequence + 1,
        changed_at=now,
    )


def refuse_move(booking: Booking) -> None:
    """Only what is still to come can be moved."""
    if booking.state not in {"pending", "confirmed"}:
        raise InvalidStatusChange(f"A booking that is {_told(booking.state)} can't be moved.")


def percent_back(booking: Booking, *, by: Party, now: datetime) -> int:
    """The business cancels: everything goes back, always. The customer: by the terms as agreed."""
    if by == "tenant":
        return ALL
    return percent_now(booking.terms, booking.starts_at, now, booking.refund_cap_percent)


def refund_preview(booking: Booking, *, by: Party, now: datetime) -> Money:
    """What would come back if it were cancelled at this moment; the act itself decides by the same."""
    return refund_due(booking.money_paid, booking.money_refunded, percent_back(booking, by=by, now=now))


def owed_back(booking: Booking) -> Money:
    """What must still go back of a booking that is over: by the terms as at its cancellation, all of one that expired."""
    if not booking.is_over:
        return Money(0, booking.currency)
    percent = ALL if booking.cancel_percent is None else booking.cancel_percent
    return refund_due(booking.money_paid, booking.money_refunded, percent)


def amount_due(booking: Booking) -> Money:
    """What is left to pay: of the final amount once it is known, else of the price, else of the deposit."""
    if booking.state in _FREE:
        return Money(0, booking.currency)
    whole = booking.final_amount
    if whole is None:
        whole = booking.deposit if booking.price is None else booking.price
    return Money(max(0, whole - booking.paid + booking.refunded), booking.currency)


def heard_of_money(
    booking: Booking, *, version: int, paid: int, refunded: int, deposit_failed: bool, now: datetime
) -> Booking:
    """With the sums as they are now; what is older than what was heard before changes nothing."""
    if version <= booking.money_version:
        return booking
    summed = replace(booking, money_version=version, paid=paid, refunded=refunded, changed_at=now)
    return replace(summed, deposit_status=_deposit_status(summed, deposit_failed=deposit_failed))


def _deposit_status(booking: Booking, *, deposit_failed: bool) -> DepositStatus:
    """Refunds take the newest payment first, so the deposit is the last to go back."""
    if not booking.needs_deposit:
        return "none"
    if booking.paid == 0:
        return "failed" if deposit_failed else "pending"
    of_deposit = min(booking.paid, booking.deposit)
    gone = booking.refunded - (booking.paid - of_deposit)
    if gone <= 0:
        return "paid"
    return "refunded" if gone >= of_deposit else "partially_refunded"
