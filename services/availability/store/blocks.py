"""Times that are not to be had."""

from datetime import date

import msgspec

from services.kernel.db import Row, Tx, read


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """From a minute of its first day (or its beginning) to a minute of its last day (or its end), without a gap."""

    id: str
    staff_id: str | None
    start_day: date
    end_day: date
    start_minute: int | None
    end_minute: int | None
    midnight_as_zero: bool
    reason: str | None


_FIELDS = "id, staff_id, start_day, end_day, start_minute, end_minute, midnight_as_zero, reason"


async def between(tx: Tx, first: date, last: date, staff_id: str | None) -> list[Block]:
    """Those that reach into these days; of one staff member, or of all."""
    rows = await tx.rows(
        f"SELECT {_FIELDS} FROM blocks"
        " WHERE end_day >= $1 AND start_day <= $2 AND ($3::text IS NULL OR staff_id = $3) ORDER BY start_day, id",
        first,
        last,
        staff_id,
    )
    return [_read(row) for row in rows]


async def find(tx: Tx, block_id: str) -> Block | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM blocks WHERE id = $1", block_id)
    return None if row is None else _read(row)


async def count(tx: Tx) -> int:
    found: int = await tx.value("SELECT count(*) FROM blocks")
    return found


async def add(tx: Tx, block: Block) -> None:
    await tx.run(
        f"INSERT INTO blocks ({_FIELDS}, tenant_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *msgspec.structs.astuple(block),
        tx.tenant_id,
    )


async def change(tx: Tx, block: Block) -> None:
    await tx.run(
        "UPDATE blocks SET staff_id = $2, start_day = $3, end_day = $4, start_minute = $5, end_minute = $6,"
        " midnight_as_zero = $7, reason = $8 WHERE id = $1",
        *msgspec.structs.astuple(block),
    )


async def remove(tx: Tx, block_id: str) -> bool:
    return bool(await tx.run("DELETE FROM blocks WHERE id = $1", block_id))


def _read(row: Row) -> Block:
    return read(Block, row)
