"""Wrong tries by address, known or not, counted in the database: no restart and no parallel burst forgets them."""

from datetime import datetime, timedelta

from services.auth.domain import rules
from services.kernel.db import Tx


async def begin(tx: Tx, address_key: bytes, now: datetime) -> timedelta | None:
    """None where the try may go on, else how long to wait; no time at all where only others' tries are in the way."""
    (row,) = await tx.rows(
        "INSERT INTO tries AS t (address_key, failed, pending, last_at) VALUES ($1, 0, 0, $2)"
        " ON CONFLICT (address_key) DO UPDATE SET address_key = t.address_key"
        " RETURNING failed, pending, last_at, locked_until",
        address_key,
        now,
    )
    failed, pending = row["failed"], row["pending"]
    locked_until: datetime | None = row["locked_until"]
    if locked_until is not None and locked_until > now:
        return locked_until - now
    if locked_until is not None or row["last_at"] < now - rules.TRIES_FORGOTTEN_AFTER:
        failed = pending = 0
    elif pending and row["last_at"] < now - rules.TRY_LOST_AFTER:
        failed, pending = failed + pending, 0
    lock_at = now + rules.LOCKED_FOR if failed >= rules.WRONG_TRIES else None
    goes_on = lock_at is None and failed + pending < rules.WRONG_TRIES
    await tx.run(
        "UPDATE tries SET failed = $2, pending = $3, last_at = $4, locked_until = $5 WHERE address_key = $1",
        address_key,
        failed,
        pending + goes_on,
        now if goes_on else row["last_at"],
        lock_at,
    )
    if goes_on:
        return None
    return rules.LOCKED_FOR if lock_at else timedelta(0)


async def was_wrong(tx: Tx, address_key: bytes, now: datetime) -> bool:
    """Whether this was one too many."""
    locked: bool | None = await tx.value(
        "UPDATE tries SET failed = failed + 1, pending = greatest(pending - 1, 0), last_at = $2,"
        " locked_until = CASE WHEN failed + 1 >= $3 THEN $4::timestamptz ELSE locked_until END"
        " WHERE address_key = $1 RETURNING failed >= $3",
        address_key,
        now,
        rules.WRONG_TRIES,
        now + rules.LOCKED_FOR,
    )
    return bool(locked)


async def was_right(tx: Tx, address_key: bytes) -> None:
    await tx.run(
        "UPDATE tries SET failed = 0, pending = greatest(pending - 1, 0), locked_until = NULL WHERE address_key = $1",
        address_key,
    )


async def was_neither(tx: Tx, address_key: bytes) -> None:
    await tx.run("UPDATE tries SET pending = greatest(pending - 1, 0) WHERE address_key = $1", address_key)


async def forgive(tx: Tx, address_key: bytes) -> None:
    await tx.run("DELETE FROM tries WHERE address_key = $1", address_key)


async def prune(tx: Tx, now: datetime) -> None:
    await tx.run(
        "DELETE FROM tries WHERE address_key IN ("
        " SELECT address_key FROM tries WHERE last_at < $1 AND (locked_until IS NULL OR locked_until < $2)"
        " LIMIT 1000 FOR UPDATE SKIP LOCKED)",
        now - rules.TRIES_FORGOTTEN_AFTER,
        now,
    )
