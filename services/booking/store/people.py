"""The customers of a business, as its people look at them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from services.booking.store.where import Where
from services.kernel.db import Tx, read

_COLUMNS: Final = "c.id, c.name, c.email, c.phone, c.address, c.created_at"
# What was never made, or never paid for, is no booking of theirs.
_SUMS: Final = """
LEFT JOIN LATERAL (
    SELECT count(*) AS bookings, max(starts_at) AS last_starts_at FROM bookings AS b
    WHERE b.customer_id = c.id AND b.state NOT IN ('draft', 'expired')
) AS sums ON true
"""
# Less of a phone's number may well be somebody else's.
_SHORTEST: Final = 6


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """As they gave themselves with their first booking."""

    id: str
    name: str
    email: str
    phone: str
    address: str | None
    created_at: datetime
    bookings: int
    last_starts_at: datetime | None


async def page(tx: Tx, pieces: Sequence[Sequence[str]], *, offset: int, limit: int) -> tuple[Sequence[Customer], int]:
    """The newest first, and how many there are."""
    where = Where()
    where.found_by(pieces)
    total: int = await tx.value(f"SELECT count(*) FROM customers AS c WHERE {where}", *where.values)
    rows = await tx.rows(
        f"SELECT {_COLUMNS}, sums.* FROM ("
        f"SELECT * FROM customers AS c WHERE {where}"
        f" ORDER BY created_at DESC, id DESC LIMIT {where.place(limit)} OFFSET {where.place(offset)}"
        f") AS c {_SUMS} ORDER BY c.created_at DESC, c.id DESC",
        *where.values,
    )
    return [read(Customer, row) for row in rows], total


async def find(tx: Tx, customer_id: str) -> Customer | None:
    row = await tx.row(f"SELECT {_COLUMNS}, sums.* FROM customers AS c {_SUMS} WHERE c.id = $1", customer_id)
    return None if row is None else read(Customer, row)


async def with_the_phone_of(tx: Tx, customer_id: str, *, limit: int) -> Sequence[Customer]:
    """Others who may be the same person."""
    rows = await tx.rows(
        f"SELECT {_COLUMNS}, sums.* FROM customers AS c {_SUMS}"
        " WHERE c.phone_end = (SELECT phone_end FROM customers WHERE id = $1 AND length(phone_end) >= $2)"
        " AND c.id <> $1 ORDER BY c.created_at, c.id LIMIT $3",
        customer_id,
        _SHORTEST,
        limit,
    )
    return [read(Customer, row) for row in rows]
