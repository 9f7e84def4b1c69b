"""The hours of a date instead of its weekday's."""

from datetime import date

import msgspec

from services.kernel.db import Row, Tx, read


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """Minutes of the wall clock, start and end one after the other; none of them means closed."""

    id: str
    staff_id: str | None
    day: date
    windows: list[int]
    midnight_as_zero: bool


_FIELDS = "id, staff_id, day, windows, midnight_as_zero"


async def between(tx: Tx, first: date, last: date, staff_id: str | None) -> list[Override]:
    """Of one staff member, or of all."""
    rows = await tx.rows(
        f"SELECT {_FIELDS} FROM overrides"
        " WHERE day BETWEEN $1 AND $2 AND ($3::text IS NULL OR staff_id = $3) ORDER BY day, id",
        first,
        last,
        staff_id,
    )
    return [_read(row) for row in rows]


async def find(tx: Tx, override_id: str) -> Override | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM overrides WHERE id = $1", override_id)
    return None if row is None else _read(row)


async def count(tx: Tx) -> int:
    found: int = await tx.value("SELECT count(*) FROM overrides")
    return found


async def add(tx: Tx, override: Override) -> None:
    await tx.run(
        f"INSERT INTO overrides ({_FIELDS}, tenant_id) VALUES ($1, $2, $3, $4, $5, $6)",
        *msgspec.structs.astuple(override),
        tx.tenant_id,
    )


async def change(tx: Tx, override: Override) -> None:
    await tx.run(
        "UPDATE overrides SET staff_id = $2, day = $3, windows = $4, midnight_as_zero = $5 WHERE id = $1",
        *msgspec.structs.astuple(override),
    )


async def remove(tx: Tx, override_id: str) -> bool:
    return bool(await tx.run("DELETE FROM overrides WHERE id = $1", override_id))


def _read(row: Row) -> Override:
    return read(Override, row)
