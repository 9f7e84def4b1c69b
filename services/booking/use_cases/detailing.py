"""One booking with everything about it, for the people of the business."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from services.booking.clients import MoneyFacts
from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking
from services.booking.domain.errors import BookingNotFound
from services.booking.domain.operations import CHARGED, Operation, still_owed
from services.booking.store import bookings, operations, timeline
from services.booking.store.timeline import Entry
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.money import Money

_log = logging.getLogger(__name__)
# A booking is shown without what payments is too slow to tell.
_PATIENCE: Final = 1.5
_NOTHING: Final = MoneyFacts(version=0, currency=None, paid=0, refunded=0, deposit_status="none")

Action: TypeAlias = Literal[
    "cancel", "reschedule", "start", "complete", "mark_no_show", "charge_balance", "refund", "correct"
]

# Money and the calendar are the matter of those in charge.
_FOR_ALL: Final = frozenset[Action]({"start", "complete", "mark_no_show", "correct"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """A booking, what happened, its money, and what can be done with it now."""

    booking: Booking
    timeline: Sequence[Entry]
    # None where payments can't be asked.
    money: MoneyFacts | None
    operation: Operation | None
    actions: Sequence[Action]
    refundable: Money
    # What goes back if the business cancels now.
    cancellation_refund: Money


async def known(tools: Tools, *, tenant_id: str, booking_id: str) -> Booking:
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
    if booking is None or booking.state == "draft":
        raise BookingNotFound
    return booking


async def detail(tools: Tools, *, tenant_id: str, booking_id: str, is_in_charge: bool) -> Detail:
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
        if booking is None or booking.state == "draft":
            raise BookingNotFound
        entries = await timeline.of_booking(tx, booking_id)
        known = await operations.of_booking(tx, booking_id)
    now = tools.clock.now()
    owed = 0
    if "cancelled" in life.WAYS[booking.state]:
        owed = still_owed(life.cancelled(booking, by="tenant", reason=None, now=now), known)
    refundable = max(0, booking.paid - booking.refunded)
    may = _actions(booking, refundable)
    return Detail(
        booking=booking,
        timeline=entries,
        money=await _money(tools, booking),
        operation=next((one for one in known if one.state == "open"), None),
        actions=[action for action in may if is_in_charge or action in _FOR_ALL],
        refundable=Money(refundable, booking.currency),
        cancellation_refund=Money(owed, booking.currency),
    )


def _actions(booking: Booking, refundable: int) -> list[Action]:
    ways = life.WAYS[booking.state]
    found: list[tuple[Action, bool]] = [
        ("start", "in_progress" in ways),
        ("complete", "completed" in ways),
        ("reschedule", booking.state in {"pending", "confirmed"}),
        ("cancel", "cancelled" in ways),
        ("mark_no_show", "no_show" in ways),
        ("charge_balance", booking.state in CHARGED),
        ("refund", refundable > 0),
        ("correct", True),
    ]
    return [action for action, may in found if may]


async def _money(tools: Tools, booking: Booking) -> MoneyFacts | None:
    # Of what never cost anything, payments knows nothing.
    if not booking.needs_deposit and not booking.paid and booking.final_amount is None:
        return _NOTHING
    try:
        async with asyncio.timeout(_PATIENCE):
            return await tools.payments.money(tenant_id=booking.tenant_id, booking_id=booking.id)
    except (errors.Refusal, TimeoutError) as failure:
        _log.warning("a booking is shown without its payments", extra={"reason": repr(failure)})
        return None
