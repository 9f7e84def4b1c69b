"""What happens when a customer's bank demands a payment back, and when it has decided."""

from typing import Final

from services.contracts.payments import DisputeClosed, DisputeOpened
from services.kernel import ids
from services.kernel.db import Tx
from services.payments.domain import disputes, gateway, ledger
from services.payments.domain.disputes import Dispute
from services.payments.domain.money import Payment
from services.payments.store import disputes as store
from services.payments.store import ledger as ledger_store
from services.payments.store import money, payments
from services.payments.store.parked import Misfit, Reason
from services.payments.use_cases import intents
from services.payments.use_cases.applying import Applied, park, tell
from services.payments.use_cases.tools import Tools

_PAID: Final = "succeeded"


async def apply(tools: Tools, *, tenant_id: str, dispute: gateway.Dispute) -> Applied:
    """Any number of times and in any order; of one that is known to be decided, nothing older is heard."""
    async with tools.db.transaction(tenant_id) as tx:
        paid = await _payment_of(tx, dispute)
    if (paid is None or paid.status != _PAID) and dispute.intent_id is not None:
        # It is told of before we heard that the payment was made.
        intent = await tools.gateway.intent(dispute.account_id, dispute.intent_id)
        if await intents.apply(tools, tenant_id=tenant_id, intent=intent) == "parked":
            return "parked"
    async with tools.db.transaction(tenant_id) as tx:
        paid = await _payment_of(tx, dispute)
        if paid is None:
            return "unknown"
        await money.lock(tx, paid.booking_id)
        paid = await _payment_of(tx, dispute) or paid
        misfit = _misfit(paid, dispute)
        if misfit is not None:
            return await park(tools, tx, misfit)
        return await _applied(tools, tx, paid, dispute)


async def _applied(tools: Tools, tx: Tx, paid: Payment, said: gateway.Dispute) -> Applied:
    now = tools.clock.now()
    known = await store.by_gateway_id(tx, said.id)
    is_new = known is None
    if known is None:
        known = await _opened(tools, tx, paid, said)
    status = disputes.status_after(known.status, said.status)
    is_closed = known.status == "open" and status != "open"
    for shift, is_returned in ((said.taken, False), (said.returned, True)):
        if shift is not None:
            entries = ledger.dispute(
                dispute_id=known.id, outside_id=said.id, shift=shift, of=paid, at=now, is_returned=is_returned
            )
            await ledger_store.add(tx, entries)
    taken = await store.taken(tx, known.id)
    changed = is_new or (status, taken, said.amount.amount) != (known.status, known.taken, known.amount)
    await store.change(
        tx,
        known.id,
        amount=said.amount.amount,
        taken=taken,
        status=status,
        closed_at=now if is_closed else known.closed_at,
        now=now,
    )
    await payments.set_disputed(tx, paid.id, await store.taken_of(tx, paid.id))
    if is_closed:
        sums = await money.next_version(tx, paid.booking_id)
        facts = {"dispute_id": known.id, "outcome": status}
        await tell(tools, tx, DisputeClosed, sums, payment_id=paid.id, amount=said.amount.amount, **facts)
    return "applied" if changed else "unchanged"


async def _opened(tools: Tools, tx: Tx, paid: Payment, said: gateway.Dispute) -> Dispute:
    """Its row as it begins, and the word of it; what is more follows."""
    opened = Dispute(
        id=ids.new_id("dsp"),
        tenant_id=paid.tenant_id,
        booking_id=paid.booking_id,
        payment_id=paid.id,
        gateway_id=said.id,
        amount=said.amount.amount,
        currency=paid.currency,
        taken=0,
        status="open",
        reason=said.reason,
        opened_at=tools.clock.now(),
        closed_at=None,
    )
    await store.add(tx, opened)
    sums = await money.next_version(tx, paid.booking_id)
    facts = {"dispute_id": opened.id, "reason": said.reason}
    await tell(tools, tx, DisputeOpened, sums, payment_id=paid.id, amount=said.amount.amount, **facts)
    return opened


async def _payment_of(tx: Tx, dispute: gateway.Dispute) -> Payment | None:
    if dispute.intent_id is not None:
        found = await payments.by_intent(tx, dispute.intent_id)
        if found is not None:
            return found
    return await payments.by_charge(tx, dispute.charge_id)


def _misfit(paid: Payment, dispute: gateway.Dispute) -> Misfit | None:
    """What of it can't be, from all that we know of the payment."""
    differs: tuple[tuple[Reason, bool, str, str], ...] = (
        ("account", paid.account_id != dispute.account_id, paid.account_id, dispute.account_id),
        ("currency", paid.currency != dispute.amount.currency, paid.currency, dispute.amount.currency),
        ("amount", dispute.amount.amount > paid.amount, str(paid.amount), str(dispute.amount.amount)),
        ("state", paid.status != _PAID, _PAID, paid.status),
    )
    for reason, is_so, expected, found in differs:
        if is_so:
            return Misfit(
                kind="dispute",
                object_id=dispute.id,
                reason=reason,
                account_id=dispute.account_id,
                payment_id=paid.id,
                expected=expected,
                found=found,
            )
    return None
