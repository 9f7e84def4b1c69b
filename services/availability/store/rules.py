"""Weekly hours."""

from datetime import date

import msgspec

from services.kernel.db import Row, Tx, read


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A window that comes again every week: in minutes of the wall clock, past 1440 in the next day."""

    id: str
    staff_id: str | None
    # 0 = Sunday.
    weekday: int
    start_minute: int
    end_minute: int
    midnight_as_zero: bool
    valid_from: date | None
    valid_until: date | None


_FIELDS = "id, staff_id, weekday, start_minute, end_minute, midnight_as_zero, valid_from, valid_until"
_ADD = f"INSERT INTO rules ({_FIELDS}, tenant_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"


async def everything(tx: Tx) -> list[Rule]:
    """Through the week, and through the day."""
    rows = await tx.rows(f"SELECT {_FIELDS} FROM rules ORDER BY weekday, start_minute, id")
    return [_read(row) for row in rows]


async def find(tx: Tx, rule_id: str) -> Rule | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM rules WHERE id = $1", rule_id)
    return None if row is None else _read(row)


async def count(tx: Tx) -> int:
    found: int = await tx.value("SELECT count(*) FROM rules")
    return found


async def add(tx: Tx, rules: list[Rule]) -> None:
    await tx.run_many(_ADD, [(*msgspec.structs.astuple(rule), tx.tenant_id) for rule in rules])


async def change(tx: Tx, rule: Rule) -> None:
    await tx.run(
        "UPDATE rules SET staff_id = $2, weekday = $3, start_minute = $4, end_minute = $5, midnight_as_zero = $6,"
        " valid_from = $7, valid_until = $8 WHERE id = $1",
        *msgspec.structs.astuple(rule),
    )


async def remove(tx: Tx, rule_id: str) -> bool:
    return bool(await tx.run("DELETE FROM rules WHERE id = $1", rule_id))


async def clear(tx: Tx) -> None:
    await tx.run("DELETE FROM rules")


def _read(row: Row) -> Rule:
    return read(Rule, row)
