"""Money operations: opened in the transaction that decides them, done at payments, repeated until payments has answered."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.booking.clients import Balance, Refund
from services.booking.domain.bookings import Booking
from services.booking.domain.errors import MoneyOperationOpen, NothingDue, RefundExceedsPayment
from services.booking.domain.operations import (
    CHARGED,
    CLOSING,
    UNOWED,
    Cause,
    Kind,
    Operation,
    still_owed,
    with_sums,
)
from services.booking.store import bookings, operations, timeline, timers
from services.booking.use_cases.deposits import named, payer
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.money import Money

_log = logging.getLogger(__name__)
# Whoever opens one acts at once; the clockwork comes in only where that one died, or was not answered.
_ACTS_WITHIN: Final = timedelta(seconds=10)
# A close and what follows from it; more would be a ring.
_IN_A_ROW: Final = 5
_ENDS: Final = frozenset({"succeeded", "failed", "canceled"})
_FAILED: Final = frozenset({"refused", "nothing_due", "failed", "canceled"})
# Said of a balance that was given up meanwhile, these don't tell what became of it.
_TELLS_NO_END: Final = frozenset({"requires_action", "refused"})
_EXCEEDS: Final = "REFUND_EXCEEDS_PAYMENT"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An operation after payments has answered, and the answer: one of these, or a refusal."""

    operation: Operation
    balance: Balance | None = None
    refund: Refund | None = None
    refusal: errors.Refusal | None = None


async def open_in(
    tx: Tx,
    booking: Booking,
    kind: Kind,
    *,
    cause: Cause,
    now: datetime,
    amount: int | None = None,
    final_amount: int | None = None,
    reason: str | None = None,
    actor: str | None = None,
) -> Operation:
    """In the transaction that has locked the booking. Where another one is open, this one waits for its end."""
    is_first = await operations.open_of(tx, booking.id) is None
    operation = Operation(
        id=new_id("mop"),
        booking_id=booking.id,
        kind=kind,
        cause=cause,
        state="open" if is_first else "waiting",
        currency=booking.currency,
        amount=amount,
        final_amount=final_amount,
        reason=reason,
        actor=actor,
        created_at=now,
    )
    await operations.add(tx, operation)
    await see_to(tx, booking, now)
    return operation


async def see_to(tx: Tx, booking: Booking, now: datetime) -> None:
    """The clockwork looks at what is open soon, in case that nobody else does."""
    await timers.set_timer(tx, booking.id, "money", now + _ACTS_WITHIN, now=now)


async def refund_in(tx: Tx, booking: Booking, *, cause: Cause, amount: int | None, now: datetime) -> Operation:
    """Money of a booking, locked, goes back because of what became of it; no amount is all that is left."""
    operation = await open_in(tx, booking, "refund", cause=cause, amount=amount, now=now)
    details = {} if amount is None else {"amount": amount, "currency": booking.currency}
    await timeline.add(tx, booking.id, "refund_due", by="system", at=now, details={"cause": cause, **details})
    return operation


async def paid_late_in(tx: Tx, booking: Booking, now: datetime) -> Operation | None:
    """What was paid for a booking, locked, and is not owed goes back as its end has decided; nothing goes back twice."""
    owed = still_owed(booking, await operations.of_booking(tx, booking.id))
    return await refund_in(tx, booking, cause="late", amount=owed, now=now) if owed else None


async def ended_in(
    tx: Tx, booking_id: str, operation_id: str, status: str, decline_code: str | None = None, *, now: datetime
) -> None:
    """Payments has told by an event what became of it: after the booking, locked, was saved with its money."""
    operation = await operations.find(tx, operation_id)
    booking = await bookings.find(tx, booking_id)
    if operation is None or booking is None or operation.booking_id != booking_id:
        return
    told = replace(
        operation,
        status=status,
        decline_code=decline_code,
        # The booking's own sums tell it from here on.
        refunded_after=None,
        answered_at=operation.answered_at or now,
    )
    if operation.state != "open":
        await _end_differs(tx, booking, operation, told)
    elif status in _ENDS:
        await _end(tx, booking, told, now=now)
    else:
        await operations.save(tx, told)


async def _end_differs(tx: Tx, booking: Booking, ended: Operation, told: Operation) -> None:
    """A refund may fail days after it was made, and a charge that was given up may turn out to have been paid."""
    if ended.kind == "refund" and told.status == "failed":
        await operations.save(tx, replace(told, state="failed"))
    elif ended.kind == "balance" and told.status == "succeeded" and ended.state == "failed":
        await operations.save(tx, replace(told, state="done", status=_status_paid(booking, told)))
    else:
        await operations.save(tx, replace(ended, refunded_after=None))


async def act(tools: Tools, tenant_id: str, booking_id: str) -> None:
    """Have payments do what is open, and what follows from it. Where payments is away the clockwork goes on."""
    for _ in range(_IN_A_ROW):
        booking, operation = await _next(tools, tenant_id, booking_id)
        if booking is None or operation is None:
            return
        if _is_left_behind(booking, operation):
            if tools.clock.now() < operation.created_at + _ACTS_WITHIN:
                # Whoever charges is at it.
                return
            await give_up(tools, booking, operation)
            continue
        try:
            outcome = await perform(tools, booking, operation)
        except (errors.Unavailable, errors.TooOften) as refusal:
            _log.warning("money can't be seen to yet", extra={"operation": operation.id, "refusal": refusal.code})
            return
        if outcome.refusal is not None:
            _log.error(
                "payments refuses an operation", extra={"operation": operation.id, "refusal": outcome.refusal.code}
            )


def _is_left_behind(booking: Booking, operation: Operation) -> bool:
    """Only while somebody waits for the answer is a card charged; nobody is charged later on."""
    return operation.kind == "balance" and booking.state in CHARGED and not operation.is_closing


async def give_up(tools: Tools, booking: Booking, operation: Operation) -> None:
    """A charge whose outcome nobody could be told: it is closed, again and again until payments has answered."""
    now = tools.clock.now()
    async with tools.db.transaction(booking.tenant_id) as tx:
        locked = await bookings.lock(tx, booking.id)
        current = await operations.find(tx, operation.id)
        if locked is None or current is None or current.state != "open" or current.is_link:
            return
        if current.amount is None:
            # It was never asked of payments.
            await _end(tx, locked, replace(current, status="canceled"), now=now)
            return
        await operations.save(tx, replace(current, status=CLOSING))
        await timers.set_timer(tx, booking.id, "money", now, now=now)


async def perform(tools: Tools, booking: Booking, operation: Operation) -> Outcome:
    """Asked of payments, and its answer stored. That payments is away is raised, and the operation stays open."""
    if operation.kind == "refund":
        return await _refund(tools, booking, operation)
    if operation.kind == "close_deposit":
        return await _close_deposit(tools, booking, operation)
    if booking.state not in CHARGED or operation.is_closing:
        return await close_balance(tools, booking, operation)
    return await _charge(tools, booking, operation)


async def close_balance(tools: Tools, booking: Booking, operation: Operation) -> Outcome:
    """After it nobody can pay that balance, unless it was paid already."""
    said = await tools.payments.close_balance(tenant_id=booking.tenant_id, operation_id=operation.id)
    facts = await tools.payments.money(tenant_id=booking.tenant_id, booking_id=booking.id)
    status = "succeeded" if said.outcome == "succeeded" else "canceled"
    return await _answered(tools, booking, operation, status=status, paid=facts.paid, refunded=facts.refunded)


async def _refund(tools: Tools, booking: Booking, operation: Operation) -> Outcome:
    try:
        said = await tools.payments.refund(
            tenant_id=booking.tenant_id,
            booking_id=booking.id,
            operation_id=operation.id,
            amount=operation.amount,
            reason=operation.reason,
        )
    except (errors.Unavailable, errors.TooOften):
        raise
    except errors.Refusal as refusal:
        facts = await tools.payments.money(tenant_id=booking.tenant_id, booking_id=booking.id)
        outcome = await _answered(tools, booking, operation, status="refused", paid=facts.paid, refunded=facts.refunded)
        known = RefundExceedsPayment(details=refusal.details) if refusal.code == _EXCEEDS else refusal
        return replace(outcome, refusal=known)
    outcome = await _answered(
        tools, booking, operation, status=said.status, paid=said.paid, refunded=said.refunded, amount=said.amount
    )
    return replace(outcome, refund=said)


async def _close_deposit(tools: Tools, booking: Booking, operation: Operation) -> Outcome:
    said = await tools.payments.close_deposit(tenant_id=booking.tenant_id, booking_id=booking.id)
    if said.outcome == "processing":
        raise errors.Unavailable
    return await _answered(
        tools,
        booking,
        operation,
        status=said.outcome,
        paid=said.paid,
        refunded=said.refunded,
        payment_id=said.payment_id,
    )


async def _charge(tools: Tools, booking: Booking, operation: Operation) -> Outcome:
    reckoned = operation
    if operation.amount is None:
        try:
            reckoned = await _reckon(tools, booking, operation)
        except (errors.Unavailable, errors.TooOften, MoneyOperationOpen):
            raise
        except errors.Refusal as refusal:
            status = "nothing_due" if isinstance(refusal, NothingDue) else "refused"
            return replace(await _answered(tools, booking, operation, status=status), refusal=refusal)
    if reckoned.amount is None:
        raise AssertionError("a balance is reckoned before it is charged")
    try:
        said = await tools.payments.charge_balance(
            tenant_id=booking.tenant_id,
            booking_id=booking.id,
            operation_id=operation.id,
            amount=reckoned.amount,
            currency=booking.currency,
            reference=booking.reference,
            description=named(booking),
            customer=payer(booking),
        )
    except (errors.Unavailable, errors.TooOften):
        raise
    except errors.Refusal as refusal:
        outcome = await _answered(tools, booking, reckoned, status="refused")
        return replace(outcome, refusal=MoneyOperationOpen() if outcome.operation.is_closing else refusal)
    outcome = await _answered(
        tools,
        booking,
        reckoned,
        status=said.status,
        payment_id=said.payment_id,
        decline_code=said.decline_code,
        charged=said.amount_charged if said.status == "succeeded" else 0,
    )
    if said.status == "requires_action" and not outcome.operation.is_link:
        # Given up meanwhile: nobody is shown the way to pay.
        return outcome
    return replace(outcome, balance=said)


async def _reckon(tools: Tools, booking: Booking, operation: Operation) -> Operation:
    """What is due now that no other operation can change it; from here on it stays, however often it is asked for."""
    facts = await tools.payments.money(tenant_id=booking.tenant_id, booking_id=booking.id)
    due = (operation.final_amount or 0) - facts.paid + facts.refunded
    if due <= 0:
        raise NothingDue
    if Money(due, booking.currency).chargeable().amount != due:
        raise errors.Invalid(
            details={"finalAmount": f"leaves {Money(due, booking.currency)} to pay, which no card can be charged"}
        )
    now = tools.clock.now()
    async with tools.db.transaction(booking.tenant_id) as tx:
        locked = await bookings.lock(tx, booking.id)
        current = await operations.find(tx, operation.id)
        if locked is None or current is None or current.state != "open" or current.is_closing:
            raise MoneyOperationOpen
        if current.amount is not None:
            return current
        reckoned = replace(current, amount=due)
        await operations.save(tx, reckoned)
        summed = with_sums(locked, paid=facts.paid, refunded=facts.refunded, now=now)
        await bookings.save(tx, replace(summed, final_amount=operation.final_amount))
        await timeline.add(
            tx,
            booking.id,
            "balance_asked",
            by="tenant",
            actor=operation.actor,
            at=now,
            details={"amount": due, "finalAmount": operation.final_amount, "currency": booking.currency},
        )
        return reckoned


async def _answered(
    tools: Tools,
    booking: Booking,
    operation: Operation,
    *,
    status: str,
    paid: int = 0,
    refunded: int = 0,
    charged: int = 0,
    amount: int | None = None,
    payment_id: str | None = None,
    decline_code: str | None = None,
) -> Outcome:
    """Stored with the sums; who comes second finds it stored already."""
    now = tools.clock.now()
    async with tools.db.transaction(booking.tenant_id) as tx:
        locked = await bookings.lock(tx, booking.id)
        current = await operations.find(tx, operation.id)
        if locked is None or current is None:
            raise errors.NotFound
        if current.state != "open" or (current.is_closing and status in _TELLS_NO_END):
            return Outcome(current)
        if current.is_closing and status == "canceled":
            details = {"amount": current.amount, "currency": current.currency}
            await timeline.add(tx, booking.id, "balance_given_up", by="system", at=now, details=details)
        told = replace(
            current,
            status=status,
            amount=current.amount if amount is None else amount,
            payment_id=payment_id or current.payment_id,
            decline_code=decline_code,
            refunded_after=refunded if operation.kind == "refund" and status != "refused" else None,
            answered_at=now,
        )
        summed = with_sums(locked, paid=max(paid, booking.paid + charged), refunded=refunded, now=now)
        await bookings.save(tx, summed)
        if status == "requires_action":
            await operations.save(tx, told)
            if told.waits_for_customer(summed):
                await timers.drop(tx, booking.id, "money")
            return Outcome(told)
        return Outcome(await _end(tx, summed, told, now=now))


async def _end(tx: Tx, booking: Booking, operation: Operation, *, now: datetime) -> Operation:
    """The booking is locked. What waits comes next; where nothing does, what a booking that is over still owes."""
    has_failed = operation.status in _FAILED and operation.kind != "close_deposit"
    status = _status_paid(booking, operation) if operation.status == "succeeded" else operation.status
    ended = replace(operation, state="failed" if has_failed else "done", status=status, ended_at=now)
    await operations.save(tx, ended)
    await _tell(tx, booking, ended, now=now)
    known = list(await operations.of_booking(tx, booking.id))
    for one in known:
        if one.state != "waiting":
            continue
        others = [other for other in known if other.id != one.id]
        amount = one.amount
        if one.cause in {"cancelled", "late"}:
            amount = still_owed(booking, others)
        if amount == 0:
            await operations.save(tx, replace(one, state="done", amount=0, status="none", ended_at=now))
            known = [*others, replace(one, state="done", amount=0)]
            continue
        await operations.save(tx, replace(one, state="open", amount=amount))
        await see_to(tx, booking, now)
        return ended
    # A refund that was refused is asked for again only in another amount.
    owed = still_owed(booking, known)
    if owed and not (ended.kind == "refund" and has_failed and ended.amount == owed):
        await refund_in(tx, booking, cause="late", amount=owed, now=now)
    else:
        await timers.drop(tx, booking.id, "money")
    return ended


def _status_paid(booking: Booking, operation: Operation) -> str:
    return UNOWED if operation.kind == "balance" and booking.state not in CHARGED else "succeeded"


async def _tell(tx: Tx, booking: Booking, ended: Operation, *, now: datetime) -> None:
    """What nobody else puts into the timeline: payments tells by events of money that moved."""
    if ended.status == "refused":
        details: dict[str, Any] = {"amount": ended.amount, "currency": ended.currency}
        await timeline.add(tx, booking.id, f"{ended.kind}_refused", by="system", at=now, details=details)


async def _next(tools: Tools, tenant_id: str, booking_id: str) -> tuple[Booking | None, Operation | None]:
    """What is to be done; nothing where payments, or the customer, has to speak first."""
    async with tools.db.transaction(tenant_id) as tx:
        booking = await bookings.find(tx, booking_id)
        operation = await operations.open_of(tx, booking_id)
        if booking is None or operation is None or operation.waits_for_customer(booking):
            await timers.drop(tx, booking_id, "money")
            return booking, None
        return booking, operation
