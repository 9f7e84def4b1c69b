"""What is remembered of each booking, and when somebody must look at it again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import asyncpg

from services.availability.domain.claims import Booking, Look, Task
from services.kernel import errors
from services.kernel.db import Row, Tx

_COLUMNS: Final = """
    booking_id AS id, version, state, settled, service_id, staff_id, starts_at, ends_at, reference, move_id, sequence,
    changed_at, (SELECT zone FROM tenants) AS zone
"""

# The update changes nothing: it makes a row that is there already locked, and seen as it is now.
_LOCK_OR_ADD: Final = f"""
INSERT INTO bookings AS b (booking_id, tenant_id, version, state, changed_at)
VALUES ($1, $2, 0, 'lapsed', $3)
ON CONFLICT (booking_id) DO UPDATE SET version = b.version
RETURNING {_COLUMNS}
"""

_REMEMBER: Final = """
WITH remembered AS (
    UPDATE bookings SET
        version = $5, state = $6, settled = $7, service_id = $8, staff_id = $9, starts_at = $10, ends_at = $11,
        reference = $12, move_id = $13, sequence = $14, changed_at = $15
    WHERE booking_id = $1
)
INSERT INTO timers (booking_id, tenant_id, task, due_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (booking_id) DO UPDATE SET task = excluded.task, due_at = excluded.due_at
"""

# Whoever dies while looking leaves the rows to be taken again after the pause. Nobody waits while holding these rows.
_TAKE_DUE: Final = """
UPDATE timers SET due_at = $2::timestamptz + $3::interval
WHERE booking_id IN (
    SELECT booking_id FROM timers WHERE task = $1 AND due_at <= $2 ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED
)
RETURNING booking_id, tenant_id
"""


class Due(NamedTuple):
    """A booking that must be looked at, and whose it is."""

    booking_id: str
    tenant_id: str


async def lock_or_add(tx: Tx, booking_id: str, now: datetime) -> Booking:
    """Nobody else speaks of it until the commit. One of which nothing was known has no time and version 0."""
    try:
        row = await tx.row(_LOCK_OR_ADD, booking_id, tx.tenant_id, now)
    except asyncpg.InsufficientPrivilegeError as error:
        # The id is another tenant's.
        raise errors.NotFound from error
    if row is None:
        raise AssertionError("the row is there, or it was added")
    return _booking(row)


async def lock(tx: Tx, booking_id: str) -> Booking | None:
    row = await tx.row(f"SELECT {_COLUMNS} FROM bookings WHERE booking_id = $1 FOR UPDATE", booking_id)
    return None if row is None else _booking(row)


async def find(tx: Tx, booking_id: str) -> Booking | None:
    row = await tx.row(f"SELECT {_COLUMNS} FROM bookings WHERE booking_id = $1", booking_id)
    return None if row is None else _booking(row)


async def remember(tx: Tx, booking: Booking, look: Look) -> None:
    """As it is now; its row is locked already."""
    await tx.run(
        _REMEMBER,
        booking.id,
        tx.tenant_id,
        look.task,
        look.at,
        booking.version,
        booking.state,
        booking.settled,
        booking.service_id,
        booking.staff_id,
        booking.starts_at,
        booking.ends_at,
        booking.reference,
        booking.move_id,
        booking.sequence,
        booking.changed_at,
    )


async def forget(tx: Tx, booking_id: str) -> None:
    await tx.run("DELETE FROM bookings WHERE booking_id = $1", booking_id)
    await tx.run("DELETE FROM timers WHERE booking_id = $1", booking_id)


async def look_no_more(tx: Tx, booking_id: str) -> None:
    await tx.run("DELETE FROM timers WHERE booking_id = $1", booking_id)


async def take_due(tx: Tx, task: Task, now: datetime, *, pause: timedelta, limit: int) -> Sequence[Due]:
    """Bookings of any tenant whose time has come; nobody else is given them during the pause."""
    rows = await tx.rows(_TAKE_DUE, task, now, pause, limit)
    return [Due(row["booking_id"], row["tenant_id"]) for row in rows]


def _booking(row: Row) -> Booking:
    return Booking(**dict(row.items()))
