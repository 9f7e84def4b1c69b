"""Everything that happened to a booking, and who did it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec

from services.kernel.db import Tx

By: TypeAlias = Literal["customer", "tenant", "system"]

_encode: Final = msgspec.json.Encoder().encode


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    at: datetime
    kind: str
    by: By
    actor: str | None
    details: dict[str, Any]


async def add(
    tx: Tx,
    booking_id: str,
    kind: str,
    *,
    by: By,
    at: datetime,
    actor: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    await tx.run(
        "INSERT INTO timeline (tenant_id, booking_id, at, kind, by, actor, details)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        tx.tenant_id,
        booking_id,
        at,
        kind,
        by,
        actor,
        _encode(details or {}).decode(),
    )


async def of_booking(tx: Tx, booking_id: str) -> Sequence[Entry]:
    """In the order in which it happened."""
    rows = await tx.rows(
        "SELECT at, kind, by, actor, details FROM timeline WHERE booking_id = $1 ORDER BY id", booking_id
    )
    return [
        Entry(
            at=row["at"],
            kind=row["kind"],
            by=row["by"],
            actor=row["actor"],
            details=msgspec.json.decode(row["details"]),
        )
        for row in rows
    ]
