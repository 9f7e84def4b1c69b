"""Claims of bookings on staff members' time; that two never overlap is the table's own law."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal, TypeAlias

from services.availability.domain.claims import Taken
from services.kernel.db import Row, Tx

Role: TypeAlias = Literal["current", "next"]

_COLUMNS: Final = "id, booking_id, service_id, staff_id, kind, starts_at, ends_at, expires_at"
# No claim lasts longer: the table sees to it.
_LONGEST: Final = timedelta(days=3)

# In the order of ids, so that of two who lock the same rows one waits, and not each for the other. A plain comparison
# of instants finds them, since behind the fence no index would answer `&&`.
_LOCK: Final = """
SELECT id, booking_id, kind = 'hold' AND expires_at <= $5 AS is_dead
FROM claims
WHERE booking_id = ANY ($1) OR (
    staff_id = ANY ($2) AND taken_from > $3::timestamptz - $6::interval AND taken_from < $4 AND taken_until > $3
    AND kind = 'hold' AND expires_at <= $5
)
ORDER BY id
FOR UPDATE
"""

_ADD: Final = """
INSERT INTO claims (
    id, tenant_id, role, booking_id, service_id, staff_id, kind, starts_at, ends_at, expires_at, taken_from, taken_until
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING
RETURNING true
"""


async def find(tx: Tx, booking_id: str) -> Taken | None:
    """The booking's present claim, dead or alive."""
    row = await tx.row(f"SELECT {_COLUMNS} FROM claims WHERE booking_id = $1 AND role = 'current'", booking_id)
    return None if row is None else _taken(row)


async def clear(
    tx: Tx,
    *,
    booking_ids: Sequence[str],
    staff_ids: Sequence[str],
    taken_from: datetime,
    taken_until: datetime,
    now: datetime,
) -> set[str]:
    """Delete what has run out there, and lock what these bookings have; who of them has a claim that lives."""
    rows = await tx.rows(_LOCK, booking_ids, staff_ids, taken_from, taken_until, now, _LONGEST)
    dead = [row["id"] for row in rows if row["is_dead"]]
    if dead:
        await delete(tx, dead)
    return {row["booking_id"] for row in rows if not row["is_dead"]}


async def add(
    tx: Tx,
    taken: Taken,
    *,
    role: Role,
    taken_from: datetime,
    taken_until: datetime,
) -> bool:
    """Whether that time of that person was there to be taken. Waits for whoever is just taking an overlapping one."""
    added = await tx.value(
        _ADD,
        taken.id,
        tx.tenant_id,
        role,
        taken.booking_id,
        taken.service_id,
        taken.staff_id,
        taken.kind,
        taken.starts_at,
        taken.ends_at,
        taken.expires_at,
        taken_from,
        taken_until,
    )
    return added is True


async def delete(tx: Tx, claim_ids: Sequence[str]) -> None:
    await tx.run("DELETE FROM claims WHERE id = ANY ($1)", claim_ids)


async def give_up(tx: Tx, booking_id: str) -> bool:
    """Whether the booking had anything."""
    return await tx.run("DELETE FROM claims WHERE booking_id = $1", booking_id) > 0


async def book(tx: Tx, booking_id: str, now: datetime) -> Taken | None:
    """Its hold, if it still lives, becomes a booking."""
    row = await tx.row(
        f"""
        UPDATE claims SET kind = 'booking', expires_at = NULL
        WHERE booking_id = $1 AND role = 'current' AND kind = 'hold' AND expires_at > $2
        RETURNING {_COLUMNS}
        """,
        booking_id,
        now,
    )
    return None if row is None else _taken(row)


async def prolong(tx: Tx, booking_id: str, *, until: datetime, now: datetime) -> Taken | None:
    """Its hold, if it still lives, ends no earlier than that."""
    row = await tx.row(
        f"""
        UPDATE claims SET expires_at = greatest(expires_at, $2)
        WHERE booking_id = $1 AND role = 'current' AND kind = 'hold' AND expires_at > $3
        RETURNING {_COLUMNS}
        """,
        booking_id,
        until,
        now,
    )
    return None if row is None else _taken(row)


async def end_dead(tx: Tx, booking_id: str, now: datetime) -> bool:
    """Whether its hold had run out."""
    dead = await tx.run(
        "DELETE FROM claims WHERE booking_id = $1 AND kind = 'hold' AND expires_at <= $2", booking_id, now
    )
    return dead > 0


async def make_current(tx: Tx, claim_id: str) -> None:
    await tx.run("UPDATE claims SET role = 'current' WHERE id = $1", claim_id)


async def lock_day(tx: Tx, service_id: str, day: date) -> None:
    """Whoever counts a service's jobs of that day is alone in it until the commit."""
    await tx.value("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{service_id} {day.isoformat()}")


def _taken(row: Row) -> Taken:
    return Taken(**dict(row.items()))
