"""Sign-ins by Google that are under way: each state is taken once."""

from datetime import datetime

from services.kernel.db import Tx


async def add(tx: Tx, *, state_hash: bytes, browser_hash: bytes, sealed: bytes, expires_at: datetime) -> None:
    await tx.run(
        "INSERT INTO google_tries (state_hash, browser_hash, sealed, expires_at) VALUES ($1, $2, $3, $4)",
        state_hash,
        browser_hash,
        sealed,
        expires_at,
    )


async def take(tx: Tx, *, state_hash: bytes, browser_hash: bytes, now: datetime) -> bytes | None:
    """What was sealed when this browser was sent away; gone with the first look."""
    sealed: bytes | None = await tx.value(
        "DELETE FROM google_tries WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 RETURNING sealed",
        state_hash,
        browser_hash,
        now,
    )
    return sealed


async def prune(tx: Tx, now: datetime) -> None:
    await tx.run("DELETE FROM google_tries WHERE expires_at < $1", now)
