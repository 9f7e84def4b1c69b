"""What is done with a booking's money, one at a time: a deposit closed, a balance charged, money given back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from services.booking.domain.bookings import Booking, State, heard_of_money, owed_back

Kind: TypeAlias = Literal["close_deposit", "refund", "balance"]
# Asked: a person of the business wants it. All others follow from what became of the booking.
Cause: TypeAlias = Literal["asked", "cancelled", "unclaimed", "late"]
# Waiting: another one is open, and this one is next.
OperationState: TypeAlias = Literal["waiting", "open", "done", "failed"]

# Only of these is a balance owed.
CHARGED: Final = frozenset[State]({"confirmed", "in_progress", "completed"})
# Of a balance that is given up, as long as payments has not said what became of it.
CLOSING: Final = "closing"
# Of a balance that was paid when nothing was owed any more: all of it goes back, whatever the terms say.
UNOWED: Final = "unowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Its id is the key by which payments does it once, however often it is asked."""

    id: str
    booking_id: str
    kind: Kind
    cause: Cause
    state: OperationState
    currency: str
    # Of a refund: none is all that is left. Of a balance: none is not reckoned yet.
    amount: int | None = None
    final_amount: int | None = None
    reason: str | None = None
    actor: str | None = None
    # What payments said.
    status: str | None = None
    payment_id: str | None = None
    decline_code: str | None = None
    refunded_after: int | None = None
    created_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_link(self) -> bool:
        """It waits for the customer, who was given a link to pay at."""
        return self.kind == "balance" and self.state == "open" and self.status == "requires_action"

    @property
    def is_closing(self) -> bool:
        """It is given up, and never goes on; only what became of it is not known yet."""
        return self.state == "open" and self.status == CLOSING

    @property
    def is_live(self) -> bool:
        return self.state in {"open", "waiting"}

    def waits_for_customer(self, booking: Booking) -> bool:
        """Nothing is to be done before they have paid; where nothing is owed any more, nobody waits for that."""
        return self.is_link and booking.state in CHARGED


def with_sums(booking: Booking, *, paid: int, refunded: int, now: datetime) -> Booking:
    """The booking with what payments has answered, which carries no version: later events have the last word."""
    version = booking.money_version
    summed = heard_of_money(
        booking,
        version=version + 1,
        paid=max(paid, booking.paid),
        refunded=max(refunded, booking.refunded),
        deposit_failed=booking.deposit_status == "failed",
        now=now,
    )
    return replace(summed, money_version=version)


def still_owed(booking: Booking, operations: Iterable[Operation]) -> int:
    """What must go back of a booking that is over and is not on its way yet, whatever was heard of it so far."""
    known = list(operations)
    refunds = [operation for operation in known if operation.kind == "refund"]
    answered = max((refund.refunded_after or 0 for refund in refunds), default=0)
    under_way = [refund.amount for refund in refunds if refund.is_live]
    if None in under_way:
        return 0
    refunded = max(booking.refunded, answered) + sum(amount or 0 for amount in under_way)
    unowed = sum(operation.amount or 0 for operation in known if operation.status == UNOWED)
    if booking.state == "no_show":
        # The deposit is kept; what else went back of it before is another matter.
        sent = sum(refund.amount or 0 for refund in refunds if refund.cause == "late" and refund.state != "failed")
        return max(0, min(unowed - sent, booking.paid - refunded))
    if not booking.is_over:
        return 0
    by_terms = owed_back(replace(booking, paid=max(0, booking.paid - unowed), refunded=0))
    return max(0, by_terms.amount + unowed - refunded)
