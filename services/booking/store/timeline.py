"""Everything that happened to a booking, and who did it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

import msgspec

from services.kernel.db import Tx

By: TypeAlias = Literal["customer", "tenant", "system"]

_encode: Final = msgspec.json.Encoder().encode
# Anybody may try one bad card after the other.
_TRIES_TOLD: Final = 20
_ENTRIES_SHOWN: Final = 200
_COUNT_IN_LAST: Final = """
UPDATE timeline SET details = details || jsonb_build_object('more', coalesce((details->>'more')::integer, 0) + 1)
WHERE id = (SELECT max(id) FROM timeline WHERE booking_id = $1 AND kind = $2)
"""


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


async def add_try(
    tx: Tx, booking_id: str, kind: str, *, by: By, at: datetime, details: Mapping[str, Any] | None = None
) -> None:
    """A failed try to pay for a booking, locked. Of many the first are told, and `more` of the last says how many came
    after it.
    """
    told: int = await tx.value("SELECT count(*) FROM timeline WHERE booking_id = $1 AND kind = $2", booking_id, kind)
    if told < _TRIES_TOLD:
        await add(tx, booking_id, kind, by=by, at=at, details=details)
    else:
        await tx.run(_COUNT_IN_LAST, booking_id, kind)


async def of_booking(tx: Tx, booking_id: str) -> Sequence[Entry]:
    """The newest, in the order in which it happened."""
    rows = await tx.rows(
        "SELECT * FROM (SELECT id, at, kind, by, actor, details FROM timeline WHERE booking_id = $1"
        " ORDER BY id DESC LIMIT $2) AS newest ORDER BY id",
        booking_id,
        _ENTRIES_SHOWN,
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
