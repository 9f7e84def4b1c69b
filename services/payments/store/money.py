"""The row of a booking's money, under whose lock every decision about it is made, and what booking has ordered."""

from datetime import datetime
from typing import Final

from services.kernel.db import Row, Tx
from services.payments.domain.money import BookingMoney, Operation

_COLUMNS: Final = "booking_id, tenant_id, currency, version, paid, refunded, closed"
_OPERATION: Final = "id, tenant_id, kind, booking_id, amount, closed"


async def find(tx: Tx, booking_id: str) -> BookingMoney | None:
    row = await tx.row(f"SELECT {_COLUMNS} FROM booking_money WHERE booking_id = $1", booking_id)
    return None if row is None else _money(row)


async def lock(tx: Tx, booking_id: str) -> BookingMoney | None:
    """Before anything else of the booking's money is locked, so that nobody waits for one who waits for him."""
    row = await tx.row(f"SELECT {_COLUMNS} FROM booking_money WHERE booking_id = $1 FOR UPDATE", booking_id)
    return None if row is None else _money(row)


async def lock_or_open(tx: Tx, booking_id: str, at: datetime) -> BookingMoney | None:
    """Nothing where the booking is another tenant's."""
    await tx.run(
        "INSERT INTO booking_money (booking_id, tenant_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        booking_id,
        tx.tenant_id,
        at,
    )
    return await lock(tx, booking_id)


async def close(tx: Tx, booking_id: str) -> None:
    """No deposit can be asked for any more."""
    await tx.run("UPDATE booking_money SET closed = true WHERE booking_id = $1", booking_id)


async def set_currency(tx: Tx, booking_id: str, currency: str) -> None:
    await tx.run(
        "UPDATE booking_money SET currency = coalesce(currency, $2) WHERE booking_id = $1", booking_id, currency
    )


async def change(tx: Tx, booking_id: str, *, paid: int = 0, refunded: int = 0) -> BookingMoney:
    """So much more was paid, and so much more goes back; the next version of the booking's money."""
    row = await tx.row(
        f"""
        UPDATE booking_money SET version = version + 1, paid = paid + $2, refunded = refunded + $3
        WHERE booking_id = $1
        RETURNING {_COLUMNS}
        """,
        booking_id,
        paid,
        refunded,
    )
    if row is None:
        raise AssertionError("a booking's money is locked before it is changed")
    return _money(row)


async def next_version(tx: Tx, booking_id: str) -> BookingMoney:
    """For an event that tells of no other sums."""
    return await change(tx, booking_id)


async def operation(tx: Tx, operation_id: str) -> Operation | None:
    row = await tx.row(f"SELECT {_OPERATION} FROM operations WHERE id = $1", operation_id)
    return None if row is None else Operation(**dict(row.items()))


async def add_operation(tx: Tx, ordered: Operation, at: datetime) -> bool:
    """Whether nobody has ordered anything by that id before; waits for one who is just doing so."""
    added = await tx.value(
        f"INSERT INTO operations ({_OPERATION}, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT DO NOTHING RETURNING true",
        ordered.id,
        ordered.tenant_id,
        ordered.kind,
        ordered.booking_id,
        ordered.amount,
        ordered.closed,
        at,
    )
    return added is True


async def close_operation(tx: Tx, operation_id: str) -> None:
    await tx.run("UPDATE operations SET closed = true WHERE id = $1", operation_id)


def _money(row: Row) -> BookingMoney:
    return BookingMoney(**dict(row.items()))
