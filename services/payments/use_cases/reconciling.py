"""The ledger compared with the company's own books, account by account."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.kernel import errors
from services.payments.domain.gateway import Movement
from services.payments.domain.reconciling import Difference, Line, differences
from services.payments.store import reconciling as store
from services.payments.use_cases.tools import Tools

# What the company did is heard of later: after three days at the latest, for so long it tells again.
_HEARD_WITHIN: Final = timedelta(days=3)
# What moved just now is still on its way to us, and is waited for.
_ON_ITS_WAY: Final = timedelta(seconds=60)
_LOOKS: Final = 6
_PAUSE: Final = timedelta(seconds=3)
# A payout only carries away what was counted before; the rest is between the business and the company.
_COMPARED: Final = frozenset({"charge", "refund", "dispute"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What was compared, and what came of it."""

    accounts: int
    lines: int
    differences: tuple[Difference, ...]
    # Accounts whose books could not be read, and why.
    unread: tuple[tuple[str, str], ...]


async def compared(tools: Tools, *, since: datetime, pause: timedelta = _PAUSE) -> Comparison:
    """Of all that happened since then; where something has only just moved, looked at again a little later."""
    found = await _compared(tools, since)
    for _ in range(_LOOKS):
        if not any(one.at > tools.clock.now() - _ON_ITS_WAY for one in found.differences):
            break
        await asyncio.sleep(pause.total_seconds())
        found = await _compared(tools, since)
    return found


async def _compared(tools: Tools, since: datetime) -> Comparison:
    async with tools.db.transaction() as tx:
        accounts = await store.accounts(tx)
    found: list[Difference] = []
    unread: list[tuple[str, str]] = []
    count = 0
    for account_id, tenant_id in accounts:
        async with tools.db.transaction(tenant_id) as tx:
            ours = await store.lines(tx, account_id, since=since - _HEARD_WITHIN)
            is_closed = await store.is_closed_to_us(tx, account_id)
        try:
            theirs = await _theirs(tools, account_id, since - _HEARD_WITHIN)
        except errors.Refusal as refusal:
            if not is_closed:
                unread.append((account_id, refusal.sentence))
            continue
        count += len(ours)
        found += [one for one in differences(ours, theirs) if one.at >= since]
    return Comparison(accounts=len(accounts), lines=count, differences=tuple(found), unread=tuple(unread))


async def _theirs(tools: Tools, account_id: str, since: datetime) -> Sequence[Line]:
    until = tools.clock.now() + timedelta(days=1)
    movements = await tools.gateway.movements(account_id, since=since, until=until)
    return [_line(account_id, movement) for movement in movements if movement.kind in _COMPARED]


def _line(account_id: str, movement: Movement) -> Line:
    return Line(
        account_id=account_id,
        about=movement.about or movement.id,
        currency=movement.amount.currency,
        amount=movement.amount.amount,
        fee=movement.fee.amount,
        cost=movement.cost.amount,
        at=movement.at,
    )
