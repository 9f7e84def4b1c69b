"""When somebody must look at a booking again, and what for. Any number of processes share the rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple, TypeAlias

from services.kernel.db import Tx

# draft: nobody carries on with it. expire: the time to pay ends. ask: what payments knows of its deposit. paid: paid,
# and not confirmed yet. release: its claim is to be given up. move, money: an open move or operation goes on.
Task: TypeAlias = Literal["draft", "expire", "ask", "paid", "release", "move", "money"]

# Whoever dies while looking leaves the rows to be taken again after the pause. Nobody waits while holding these rows.
_TAKE_DUE: Final = """
UPDATE timers SET due_at = $2::timestamptz + $3::interval
WHERE task = $1 AND booking_id IN (
    SELECT booking_id FROM timers WHERE task = $1 AND due_at <= $2 ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
)
RETURNING booking_id, tenant_id
"""


class Due(NamedTuple):
    """A booking that must be looked at, and whose it is."""

    booking_id: str
    tenant_id: str


async def set_timer(tx: Tx, booking_id: str, task: Task, due_at: datetime, *, now: datetime) -> None:
    """One that is there already is due at the new time; since when it is there, stays."""
    await tx.run(
        "INSERT INTO timers (booking_id, task, tenant_id, since, due_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (booking_id, task) DO UPDATE SET due_at = excluded.due_at",
        booking_id,
        task,
        tx.tenant_id,
        now,
        due_at,
    )


async def drop(tx: Tx, booking_id: str, *tasks: Task) -> None:
    await tx.run("DELETE FROM timers WHERE booking_id = $1 AND task = ANY ($2)", booking_id, list(tasks))


async def take_due(tx: Tx, task: Task, now: datetime, *, pause: timedelta, limit: int) -> Sequence[Due]:
    """Bookings of any tenant whose time has come; nobody else is given them during the pause."""
    rows = await tx.rows(_TAKE_DUE, task, now, pause, limit)
    return [Due(row["booking_id"], row["tenant_id"]) for row in rows]


async def waiting_since(tx: Tx, task: Task, before: datetime) -> int:
    """How many have been there since before that."""
    found: int = await tx.value("SELECT count(*) FROM timers WHERE task = $1 AND since <= $2", task, before)
    return found
