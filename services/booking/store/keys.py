"""Which booking a caller's Idempotency-Key has led to."""

from datetime import datetime, timedelta
from typing import Final

from services.kernel.db import Tx

_KEPT: Final = timedelta(hours=24)


async def find(tx: Tx, fingerprint: bytes, now: datetime) -> str | None:
    """The booking's id. Whoever looks is alone with that key until the commit."""
    await tx.value("SELECT pg_advisory_xact_lock($1)", int.from_bytes(fingerprint[:8], "big", signed=True))
    found: str | None = await tx.value(
        "SELECT booking_id FROM keys WHERE fingerprint = $1 AND used_at > $2", fingerprint, now - _KEPT
    )
    return found


async def keep(tx: Tx, fingerprint: bytes, booking_id: str, now: datetime) -> None:
    """For a day it leads there; those of earlier days are forgotten."""
    await tx.run("DELETE FROM keys WHERE tenant_id = $1 AND used_at <= $2", tx.tenant_id, now - _KEPT)
    await tx.run(
        "INSERT INTO keys (fingerprint, tenant_id, booking_id, used_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (fingerprint) DO UPDATE SET booking_id = excluded.booking_id, used_at = excluded.used_at",
        fingerprint,
        tx.tenant_id,
        booking_id,
        now,
    )
