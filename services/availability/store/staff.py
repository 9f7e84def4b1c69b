"""Who works: everybody of a business whose time can be had."""

from datetime import datetime

import msgspec

from services.kernel.db import Tx, read
from services.kernel.ids import new_id


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody, or something, whose time can be had. Without a list of services it does all of them."""

    id: str
    tenant_id: str
    name: str
    user_id: str | None
    active: bool
    service_ids: list[str] | None
    created_at: datetime


_FIELDS = "id, tenant_id, name, user_id, active, service_ids, created_at"


def first(tenant_id: str, name: str, now: datetime) -> Staff:
    """With whom every business starts."""
    return Staff(
        id=new_id("stf"),
        tenant_id=tenant_id,
        name=name,
        user_id=None,
        active=True,
        service_ids=None,
        created_at=now,
    )


async def everybody(tx: Tx) -> list[Staff]:
    """In the order they came; who was removed is not there any more."""
    rows = await tx.rows(f"SELECT {_FIELDS} FROM staff WHERE removed_at IS NULL ORDER BY id")
    return [read(Staff, row) for row in rows]


async def add(tx: Tx, person: Staff) -> None:
    await tx.run(
        f"INSERT INTO staff ({_FIELDS}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        person.id,
        person.tenant_id,
        person.name,
        person.user_id,
        person.active,
        person.service_ids,
        person.created_at,
    )


async def change(tx: Tx, person: Staff) -> None:
    await tx.run(
        "UPDATE staff SET name = $2, user_id = $3, active = $4, service_ids = $5 WHERE id = $1",
        person.id,
        person.name,
        person.user_id,
        person.active,
        person.service_ids,
    )


async def hold_still(tx: Tx, staff_id: str) -> None:
    """Wait for whoever is just taking this person's time; what is counted afterwards has theirs in it."""
    await tx.run("SELECT 1 FROM staff WHERE id = $1 FOR UPDATE", staff_id)


async def remove(tx: Tx, staff_id: str, now: datetime) -> None:
    """Bookings keep who was booked; what only says when this person works is gone."""
    await tx.run("UPDATE staff SET active = false, user_id = NULL, removed_at = $2 WHERE id = $1", staff_id, now)
    for table in ("rules", "overrides", "blocks"):
        await tx.run(f"DELETE FROM {table} WHERE staff_id = $1", staff_id)


async def unknown(tx: Tx, staff_ids: set[str]) -> set[str]:
    """Those of them that are nobody here. A reference would be taken from any tenant: only the fence tells whose."""
    if not staff_ids:
        return set()
    rows = await tx.rows("SELECT id FROM staff WHERE id = ANY ($1) AND removed_at IS NULL", list(staff_ids))
    return staff_ids - {row["id"] for row in rows}


async def link_only(tx: Tx, user_id: str) -> None:
    """The person is the one who works here, where there is one and nobody has said who it is."""
    await tx.run(
        "UPDATE staff SET user_id = $1 WHERE user_id IS NULL AND removed_at IS NULL AND (SELECT count(*) FROM staff) = 1",
        user_id,
    )


async def unlink(tx: Tx, user_id: str) -> None:
    await tx.run("UPDATE staff SET user_id = NULL WHERE user_id = $1", user_id)


async def bookings_ahead(tx: Tx, staff_id: str, now: datetime) -> int:
    """How many jobs of this person are not over yet."""
    count: int = await tx.value(
        "SELECT count(DISTINCT booking_id) FROM claims"
        " WHERE staff_id = $1 AND kind = 'booking' AND taken_from > $2::timestamptz - interval '3 days' AND ends_at > $2",
        staff_id,
        now,
    )
    return count
