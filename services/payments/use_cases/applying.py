"""What all share who apply what the company says: how it ended, telling of it, and putting aside what does not fit."""

import logging
from typing import Any, Literal, TypeAlias

from services.contracts.payments import MoneyEvent
from services.kernel.db import Tx
from services.payments.domain.money import BookingMoney
from services.payments.store import parked
from services.payments.store.parked import Misfit
from services.payments.use_cases.tools import Tools

_log = logging.getLogger(__name__)

# Unknown: neither a row of ours nor a word of ours in its metadata. The business has other payments on its account.
Applied: TypeAlias = Literal["applied", "unchanged", "parked", "unknown"]


async def tell(
    tools: Tools, tx: Tx, kind: type[MoneyEvent], money: BookingMoney, *, payment_id: str, amount: int, **more: Any
) -> None:
    """An event about the booking's money, with its sums as they are in this transaction."""
    event = kind(
        tenant_id=money.tenant_id,
        booking_id=money.booking_id,
        version=money.version,
        payment_id=payment_id,
        currency=money.currency or "",
        amount=amount,
        paid=money.paid,
        refunded=money.refunded,
        **more,
    )
    await tools.outbox.add(tx, event, about=money.booking_id)


async def park(tools: Tools, tx: Tx, misfit: Misfit) -> Applied:
    """Nothing of it is applied; a person has to look."""
    await parked.add(tx, misfit, tools.clock.now())
    _log.error(
        "something of the payment company's does not fit",
        extra={"kind": misfit.kind, "object": misfit.object_id, "reason": misfit.reason},
    )
    return "parked"
