"""Money operations of bookings, row and value."""

from collections.abc import Sequence
from typing import Any, Final

from services.booking.domain.operations import Operation
from services.kernel.db import Row, Tx

_COLUMNS: Final = (
    "id", "booking_id", "kind", "cause", "state", "currency", "amount", "final_amount", "reason", "actor", "status",
    "payment_id", "decline_code", "refunded_after", "created_at", "answered_at", "ended_at",
)  # fmt: skip
_LISTED: Final = ", ".join(_COLUMNS)
_PLACES: Final = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))
_CHANGING: Final = (
    "state",
    "amount",
    "status",
    "payment_id",
    "decline_code",
    "refunded_after",
    "answered_at",
    "ended_at",
)


async def add(tx: Tx, operation: Operation) -> None:
    """The booking is locked; the index refuses a second open one whatever the code does."""
    values = [getattr(operation, column) for column in _COLUMNS]
    await tx.run(
        f"INSERT INTO operations ({_LISTED}, tenant_id) VALUES ({_PLACES}, ${len(_COLUMNS) + 1})",
        *values,
        tx.tenant_id,
    )


async def save(tx: Tx, operation: Operation) -> None:
    changes = ", ".join(f"{column} = ${place}" for place, column in enumerate(_CHANGING, start=2))
    values = [getattr(operation, column) for column in _CHANGING]
    await tx.run(f"UPDATE operations SET {changes} WHERE id = $1", operation.id, *values)


async def find(tx: Tx, operation_id: str) -> Operation | None:
    row = await tx.row(f"SELECT {_LISTED} FROM operations WHERE id = $1", operation_id)
    return None if row is None else _operation(row)


async def open_of(tx: Tx, booking_id: str) -> Operation | None:
    row = await tx.row(f"SELECT {_LISTED} FROM operations WHERE booking_id = $1 AND state = 'open'", booking_id)
    return None if row is None else _operation(row)


async def of_booking(tx: Tx, booking_id: str) -> Sequence[Operation]:
    """In the order in which they came."""
    rows = await tx.rows(f"SELECT {_LISTED} FROM operations WHERE booking_id = $1 ORDER BY created_at, id", booking_id)
    return [_operation(row) for row in rows]


def _operation(row: Row) -> Operation:
    values: dict[str, Any] = {column: row[column] for column in _COLUMNS}
    return Operation(**values)
