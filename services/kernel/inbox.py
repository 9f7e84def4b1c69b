"""The inbox: an event is applied once, in the transaction that applies it, and never before the one it follows."""

from typing import Final, Literal, TypeVar

from services.kernel.db import Database, Tx
from services.kernel.events import Delivery, Event

Order = Literal["any", "latest", "every"]
E = TypeVar("E", bound=Event)

# An event whose predecessor was never heard (a new listener, or one that was parked) is waited for so many times.
_PATIENCE: Final = 5


class OutOfTurn(Exception):  # noqa: N818 - it is no error: the event comes again in a moment
    """The event before this one has not been applied yet."""


async def take(tx: Tx, delivery: Delivery[E], *, order: Order = "any") -> bool:
    """Whether this delivery is to be applied now, in this transaction.

    any: each event once. latest: besides, one older than the last applied is dropped (copies of facts).
    every: besides, one that comes too early waits (states that only move forward).
    """
    new = await tx.value(
        "INSERT INTO inbox (queue, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
        delivery.queue,
        delivery.id,
    )
    if not new:
        return False
    if order == "any":
        return True
    last = await tx.value(
        "INSERT INTO inbox_position AS p (queue, aggregate_id, sequence) VALUES ($1, $2, 0)"
        " ON CONFLICT (queue, aggregate_id) DO UPDATE SET sequence = p.sequence RETURNING sequence",
        delivery.queue,
        delivery.subject,
    )
    if delivery.sequence <= last:
        return False
    if order == "every" and delivery.sequence > last + 1 and delivery.attempt < _PATIENCE:
        raise OutOfTurn
    await tx.run(
        "UPDATE inbox_position SET sequence = $3 WHERE queue = $1 AND aggregate_id = $2",
        delivery.queue,
        delivery.subject,
        delivery.sequence,
    )
    return True


async def prune(db: Database) -> None:
    """Forget what can't be delivered again: parked events are kept for two weeks."""
    async with db.transaction() as tx:
        await tx.run(
            "DELETE FROM inbox WHERE (queue, event_id) IN ("
            " SELECT queue, event_id FROM inbox WHERE taken_at < now() - interval '30 days' LIMIT 5000)"
        )
