"""What becomes of a booking when its money moves."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar

from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking
from services.booking.store import bookings, timeline, timers
from services.booking.use_cases import operations, releasing, telling
from services.booking.use_cases.tools import Tools
from services.contracts.payments import (
    BalanceActionRequired,
    BalanceFailed,
    BalanceSucceeded,
    DepositCanceled,
    DepositFailed,
    DepositSucceeded,
    DisputeClosed,
    DisputeOpened,
    MoneyEvent,
    RefundDelayed,
    RefundFailed,
    RefundSucceeded,
)
from services.kernel import errors, inbox
from services.kernel.db import Tx
from services.kernel.events import Delivery

_log = logging.getLogger(__name__)

# How soon somebody looks again at a booking that is paid and could not be confirmed.
_LOOKED_AT: Final = timedelta(seconds=5)

# Whether the booking has its time, as far as availability was asked.
Time: TypeAlias = Literal["kept", "gone", "not asked"]
First: TypeAlias = Callable[[Tx], Awaitable[bool]]
M = TypeVar("M", bound=MoneyEvent)


class NotYet(errors.Unavailable):
    """The booking is still being made; its event comes again in a moment."""


class NoSuchBooking(Exception):  # noqa: N818 - named by what was found
    """Money moved for a booking that nobody knows: a person has to look."""


class MoneyDiffers(Exception):  # noqa: N818 - as above
    """It is not what was asked for: a person has to look, and nothing is confirmed."""


class Sums(NamedTuple):
    """A booking's money, and how new that knowledge is."""

    version: int
    paid: int
    refunded: int
    currency: str | None

    @classmethod
    def of(cls, fact: MoneyEvent) -> "Sums":
        return cls(fact.version, fact.paid, fact.refunded, fact.currency)


async def deposit_succeeded(tools: Tools, *, delivery: Delivery[DepositSucceeded]) -> None:
    fact = delivery.event

    async def first(tx: Tx) -> bool:
        return await inbox.take(tx, delivery)

    await settle(tools, tenant_id=fact.tenant_id, booking_id=fact.booking_id, sums=Sums.of(fact), first=first)


async def settle_as_known(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """Payments is asked what was paid: its event was lost, or has not come yet."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
        if booking is None or booking.state != "pending":
            await timers.drop(tx, booking_id, "ask")
            return
    money = await tools.payments.money(tenant_id=tenant_id, booking_id=booking_id)
    if money.paid > 0:
        sums = Sums(money.version, money.paid, money.refunded, money.currency)
        await settle(tools, tenant_id=tenant_id, booking_id=booking_id, sums=sums)


async def settle_again(tools: Tools, *, tenant_id: str, booking_id: str) -> None:
    """A booking of which it is known here that it is paid, and which could not be confirmed before."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
        if booking is None or booking.state != "pending" or booking.paid == 0:
            await timers.drop(tx, booking_id, "paid")
            return
    _log.warning("a booking is paid and not confirmed yet", extra={"booking": booking_id})
    sums = Sums(booking.money_version, booking.paid, booking.refunded, booking.currency)
    await settle(tools, tenant_id=tenant_id, booking_id=booking_id, sums=sums)


async def settle(tools: Tools, *, tenant_id: str, booking_id: str, sums: Sums, first: First | None = None) -> None:
    """The deposit is paid: the booking stands if its time can still be had, else all of it goes back.

    What is to be done first in the transaction says whether the rest is to be done at all.
    """
    booking = await _made(tools, tenant_id, booking_id)
    if sums.currency != booking.currency or sums.paid < booking.deposit:
        raise MoneyDiffers(booking_id)
    time: Time = "not asked"
    if booking.state == "pending":
        try:
            time = await _time_kept(tools, booking)
        except errors.Unavailable:
            await _note_paid(tools, tenant_id, booking_id, sums)
            raise
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        if first is not None and not await first(tx):
            return
        locked = await bookings.lock(tx, booking_id)
        if locked is None:
            raise NoSuchBooking(booking_id)
        if locked.state == "pending" and time == "not asked":
            # It became so since we looked.
            raise NotYet
        heard = _heard(locked, sums, now)
        await _turned(tools, tx, heard, time, now)
    await operations.act(tools, tenant_id=tenant_id, booking_id=booking_id)
    if heard.is_over or time == "gone":
        await releasing.give_up(tools, tenant_id=tenant_id, booking_id=booking_id)


async def _turned(tools: Tools, tx: Tx, booking: Booking, time: Time, now: datetime) -> None:
    """The booking, locked, with its money as it is now, becomes what follows from that."""
    if booking.state == "pending" and time == "kept":
        stands = life.confirmed(booking, now)
        await bookings.save(tx, stands)
        await timers.drop(tx, stands.id, "expire", "ask", "paid")
        await timeline.add(tx, stands.id, "deposit_paid", by="customer", at=now, details=_amount(stands))
        await timeline.add(tx, stands.id, "confirmed", by="system", at=now)
        await telling.confirmed(tools, tx, stands)
    elif booking.state == "pending":
        over = life.expired(booking, now)
        await bookings.save(tx, over)
        await timeline.add(tx, over.id, "deposit_unclaimed", by="system", at=now, details=_amount(over))
        await telling.expired(tools, tx, over)
        await telling.deposit_unclaimed(tools, tx, over)
        await releasing.owe(tx, over, now)
        if life.owed_back(over).amount:
            await operations.refund_in(tx, over, cause="unclaimed", amount=None, now=now)
    elif booking.is_over:
        await bookings.save(tx, booking)
        if time == "kept":
            await releasing.owe(tx, booking, now)
        refund = await operations.paid_late_in(tx, booking, now)
        if refund is not None:
            await timeline.add(tx, booking.id, "deposit_paid_late", by="customer", at=now, details=_amount(booking))
        if refund is not None and booking.state == "expired":
            await telling.deposit_unclaimed(tools, tx, booking)
    else:
        await bookings.save(tx, booking)


async def heard_of_deposit(tools: Tools, *, delivery: Delivery[M]) -> None:
    """A try failed, and the customer may try another card; or it can't be paid any more."""
    fact = delivery.event
    now = tools.clock.now()
    async with tools.db.transaction(fact.tenant_id) as tx:
        booking = await bookings.lock(tx, fact.booking_id)
        if booking is None and isinstance(fact, DepositCanceled):
            # Of a draft of which nothing is left.
            await inbox.take(tx, delivery)
            return
        if booking is None:
            raise NoSuchBooking(fact.booking_id)
        if booking.state == "draft":
            raise NotYet
        if not await inbox.take(tx, delivery):
            return
        heard = _heard(booking, Sums.of(fact), now, deposit_failed=True)
        is_unpayable = isinstance(fact, DepositCanceled) and heard.state == "pending" and heard.paid == 0
        if is_unpayable:
            await releasing.expire_in(tools, tx, heard, now)
        else:
            await bookings.save(tx, heard)
        if isinstance(fact, DepositFailed):
            details = {"declineCode": fact.decline_code} if fact.decline_code else None
            await timeline.add_try(tx, heard.id, "deposit_failed", by="customer", at=now, details=details)
    if is_unpayable:
        await releasing.give_up(tools, tenant_id=fact.tenant_id, booking_id=fact.booking_id)


_TOLD: Final[dict[type[MoneyEvent], tuple[str, timeline.By, str | None]]] = {
    # The timeline's word for it, who did it, and what became of the operation that it belongs to.
    BalanceSucceeded: ("balance_paid", "customer", "succeeded"),
    BalanceFailed: ("balance_failed", "customer", "failed"),
    BalanceActionRequired: ("balance_action_required", "system", None),
    RefundSucceeded: ("refunded", "system", "succeeded"),
    RefundDelayed: ("refund_delayed", "system", None),
    RefundFailed: ("refund_failed", "system", "failed"),
    DisputeOpened: ("dispute_opened", "customer", None),
    DisputeClosed: ("dispute_closed", "system", None),
}


async def heard_of_money(tools: Tools, *, delivery: Delivery[M]) -> None:
    """The rest was paid or not, money went back, a bank demands it back."""
    fact = delivery.event
    now = tools.clock.now()
    kind, by, status = _TOLD[type(fact)]
    async with tools.db.transaction(fact.tenant_id) as tx:
        booking = await bookings.lock(tx, fact.booking_id)
        if booking is None:
            raise NoSuchBooking(fact.booking_id)
        if booking.state == "draft":
            raise NotYet
        if not await inbox.take(tx, delivery):
            return
        heard = _heard(booking, Sums.of(fact), now)
        await bookings.save(tx, heard)
        details = {"amount": fact.amount, "currency": fact.currency}
        told = timeline.add_try if isinstance(fact, BalanceFailed) else timeline.add
        await told(tx, booking.id, kind, by=by, at=now, details=details)
        operation_id = getattr(fact, "operation_id", None)
        if operation_id is not None and status is not None:
            await operations.ended_in(
                tx, booking.id, operation_id, status, getattr(fact, "decline_code", None), now=now
            )
        if not isinstance(fact, RefundFailed):
            # After one that failed no more tries are made by itself: a person gives the money back.
            await operations.paid_late_in(tx, heard, now)
    await operations.act(tools, tenant_id=fact.tenant_id, booking_id=fact.booking_id)


async def _made(tools: Tools, tenant_id: str, booking_id: str) -> Booking:
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
    if booking is None:
        raise NoSuchBooking(booking_id)
    if booking.state == "draft":
        raise NotYet
    return booking


async def _time_kept(tools: Tools, booking: Booking) -> Time:
    """Its time becomes its own for good, taken again where the hold has run out."""
    try:
        outcome = await tools.availability.confirm(
            tenant_id=booking.tenant_id, booking_id=booking.id, version=booking.version + 1
        )
    except (errors.Conflict, errors.NotFound) as refusal:
        _log.info("a paid booking's time is gone", extra={"booking": booking.id, "refusal": refusal.code})
        return "gone"
    if outcome.state == "booked":
        return "kept"
    if outcome.state == "released":
        return "gone"
    # A later word about it has come before ours; whatever that was, it is seen here in a moment.
    raise NotYet


async def _note_paid(tools: Tools, tenant_id: str, booking_id: str, sums: Sums) -> None:
    """So that it is seen that somebody has paid and waits, and that somebody looks again."""
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.lock(tx, booking_id)
        if booking is not None and booking.state == "pending":
            await bookings.save(tx, _heard(booking, sums, now))
            await timers.set_timer(tx, booking_id, "paid", now + _LOOKED_AT, now=now)


def _heard(booking: Booking, sums: Sums, now: datetime, *, deposit_failed: bool = False) -> Booking:
    return life.heard_of_money(
        booking,
        version=sums.version,
        paid=sums.paid,
        refunded=sums.refunded,
        deposit_failed=deposit_failed,
        now=now,
    )


def _amount(booking: Booking) -> dict[str, object]:
    return {"amount": booking.paid, "currency": booking.currency}
