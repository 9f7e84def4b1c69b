"""What the company is asked about though nobody tells: intents and pages that are open, refunds, and its own cut."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from services.kernel import errors
from services.payments.domain import pauses
from services.payments.store import links, money, parked, payments, timers
from services.payments.store.timers import Due, Task
from services.payments.use_cases import balances, deposits, intents, refunding
from services.payments.use_cases import links as pages
from services.payments.use_cases.tools import Tools

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 40
_ASKED_AT_ONCE: Final = 4
# Whoever was given rows and died leaves them to others after so long.
_GIVEN_FOR: Final = timedelta(seconds=30)


async def look_after_intents(tools: Tools) -> None:
    """A paid deposit is known within a minute and a half, though no webhook ever comes."""
    await _each_due(tools, "intent", lambda due: _look_after_intent(tools, due))


async def look_after_strays(tools: Tools) -> None:
    """Intents that were perhaps made for what was given up before anybody knew."""

    async def give_up(due: Due) -> None:
        async with tools.db.transaction(due.tenant_id) as tx:
            payment = await payments.find(tx, due.id)
        if payment is not None and payment.kind == "balance":
            await balances.give_up_stray(tools, payment)
        else:
            await deposits.give_up_stray(tools, tenant_id=due.tenant_id, payment_id=due.id)
        async with tools.db.transaction(due.tenant_id) as tx:
            await payments.forget_payer(tx, due.id)
            await timers.end(tx, "stray", due.id)

    await _each_due(tools, "stray", give_up)


async def look_after_links(tools: Tools) -> None:
    """Pages that were paid on, or have run out."""
    await _each_due(tools, "link", lambda due: _look_after_link(tools, due))


async def look_after_refunds(tools: Tools) -> None:
    """Those that could not be made yet, and those that are under way."""

    async def look(due: Due) -> None:
        await refunding.send(tools, tenant_id=due.tenant_id, refund_id=due.id, tries=due.tries)

    await _each_due(tools, "refund", look)


async def learn_costs(tools: Tools) -> None:
    """What the company itself took, which it often says later."""
    await _each_due(tools, "cost", lambda due: _learn_cost(tools, due))


async def count_parked(tools: Tools) -> int:
    async with tools.db.transaction() as tx:
        return await parked.count(tx)


async def _look_after_intent(tools: Tools, due: Due) -> None:
    now = tools.clock.now()
    async with tools.db.transaction(due.tenant_id) as tx:
        payment = await payments.find(tx, due.id)
        if payment is None or not payment.is_open:
            await timers.end(tx, "intent", due.id)
            return
        await timers.postpone(tx, "intent", due.id, now + pauses.OPEN_INTENT)
        if payment.intent_id is None:
            # Nobody knows whether the company ever heard of it; whoever ordered it asks again, or gives it up.
            return
        held = await money.find(tx, payment.booking_id)
        operation = None if payment.operation_id is None else await money.operation(tx, payment.operation_id)
    is_given_up = (payment.kind == "deposit" and held is not None and held.closed) or (
        operation is not None and operation.closed
    )
    if is_given_up:
        applied = await intents.cancel(tools, payment)
    else:
        _, applied = await intents.ask(tools, payment)
    if applied == "parked":
        async with tools.db.transaction(due.tenant_id) as tx:
            await timers.postpone(tx, "intent", due.id, now + pauses.PARKED)


async def _look_after_link(tools: Tools, due: Due) -> None:
    now = tools.clock.now()
    async with tools.db.transaction(due.tenant_id) as tx:
        payment = await payments.find(tx, due.id)
        if payment is None or not payment.is_open:
            await timers.end(tx, "link", due.id)
            return
        await timers.postpone(tx, "link", due.id, now + pauses.for_link(now - payment.created_at))
        stored = await links.of_payment(tx, payment.id)
    if stored is not None:
        link = await tools.gateway.link(stored.account_id, stored.link_id)
        await pages.apply(tools, tenant_id=due.tenant_id, link=link)


async def _learn_cost(tools: Tools, due: Due) -> None:
    async with tools.db.transaction(due.tenant_id) as tx:
        payment = await payments.find(tx, due.id)
        wait = pauses.for_cost(due.tries)
        if payment is None or payment.cost is not None or payment.intent_id is None:
            await timers.end(tx, "cost", due.id)
            return
        if wait is not None:
            await timers.postpone(tx, "cost", due.id, tools.clock.now() + wait)
    await intents.ask(tools, payment, with_cost=True)
    if wait is None:
        async with tools.db.transaction(due.tenant_id) as tx:
            await timers.end(tx, "cost", due.id)


async def _each_due(tools: Tools, task: Task, act: Callable[[Due], Awaitable[None]]) -> None:
    while due := await _taken(tools, task):
        turn = asyncio.Semaphore(_ASKED_AT_ONCE)

        async def in_turn(one: Due, turn: asyncio.Semaphore = turn) -> None:
            async with turn:
                try:
                    await act(one)
                except errors.Refusal as refusal:
                    # It has its next turn when its pause is over.
                    _log.info("the payment company could not be asked", extra={"task": task, "refusal": refusal.code})

        # All get their turn, also those behind one that fails.
        for failed in await asyncio.gather(*(in_turn(one) for one in due), return_exceptions=True):
            if isinstance(failed, BaseException):
                raise failed


async def _taken(tools: Tools, task: Task) -> Sequence[Due]:
    async with tools.db.transaction() as tx:
        return await timers.take(tx, task, tools.clock.now(), given_for=_GIVEN_FOR, limit=_AT_ONCE)
