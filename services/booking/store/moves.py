"""Moves of bookings, row and value."""

from typing import Any, Final

from services.booking.domain.moves import Move
from services.kernel.db import Row, Tx

_COLUMNS: Final = (
    "id", "booking_id", "state", "by", "actor", "version", "starts_at", "staff_id", "any_time", "former_starts_at",
    "cap_percent", "refusal", "created_at", "ended_at",
)  # fmt: skip
_LISTED: Final = ", ".join(_COLUMNS)
_PLACES: Final = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))


async def add(tx: Tx, move: Move) -> None:
    """The booking is locked; the index refuses a second open one whatever the code does."""
    values = [getattr(move, column) for column in _COLUMNS]
    await tx.run(
        f"INSERT INTO moves ({_LISTED}, tenant_id) VALUES ({_PLACES}, ${len(_COLUMNS) + 1})", *values, tx.tenant_id
    )


async def save(tx: Tx, move: Move) -> None:
    await tx.run(
        "UPDATE moves SET state = $2, version = $3, refusal = $4, ended_at = $5 WHERE id = $1",
        move.id,
        move.state,
        move.version,
        move.refusal,
        move.ended_at,
    )


async def find(tx: Tx, move_id: str) -> Move | None:
    row = await tx.row(f"SELECT {_LISTED} FROM moves WHERE id = $1", move_id)
    return None if row is None else _move(row)


async def open_of(tx: Tx, booking_id: str) -> Move | None:
    row = await tx.row(f"SELECT {_LISTED} FROM moves WHERE booking_id = $1 AND state = 'open'", booking_id)
    return None if row is None else _move(row)


def _move(row: Row) -> Move:
    values: dict[str, Any] = {column: row[column] for column in _COLUMNS}
    return Move(**values)
