"""Another time for a booking: asked for, had or refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from services.booking.domain.bookings import Booking, Party, percent_back, refuse_move
from services.booking.domain.errors import BookingIsPast

# Closed: the booking is no longer one that can be moved.
MoveState: TypeAlias = Literal["open", "done", "refused", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Its id is the key by which availability swaps once, however often it is asked."""

    id: str
    booking_id: str
    state: MoveState
    by: Party
    actor: str | None = None
    # Of the booking, as availability is told.
    version: int
    starts_at: datetime
    staff_id: str | None = None
    # Whatever is not taken, instead of what is offered.
    any_time: bool = False
    former_starts_at: datetime
    # What later refunds are capped at once this is done.
    cap_percent: int | None = None
    refusal: str | None = None
    created_at: datetime
    ended_at: datetime | None = None

    def wants(self, *, by: Party, starts_at: datetime, staff_id: str | None) -> bool:
        return (self.by, self.starts_at, self.staff_id) == (by, starts_at, staff_id)


def refuse_move_now(booking: Booking, *, by: Party, now: datetime) -> None:
    """Only what is still to come can be moved; the business may also put right what has just begun."""
    refuse_move(booking)
    if by == "customer" and booking.starts_at <= now:
        raise BookingIsPast
    if booking.held_until <= now:
        raise BookingIsPast


def cap_after(booking: Booking, *, by: Party, now: datetime) -> int | None:
    """A customer who moves late gains no later deadline by it; whom the business moves loses none."""
    if by == "tenant":
        return booking.refund_cap_percent
    return percent_back(booking, by="customer", now=now)
