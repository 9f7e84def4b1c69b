"""Second factors: the sealed secret, the last code used, recovery codes as hashes; seen by their owner alone."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.kernel.db import Tx, read


class Totp(msgspec.Struct, frozen=True, kw_only=True):
    """A person's authenticator."""

    secret: bytes
    started_at: datetime
    confirmed_at: datetime | None
    last_step: int


async def find(tx: Tx, user_id: str) -> Totp | None:
    row = await tx.row("SELECT secret, started_at, confirmed_at, last_step FROM totp WHERE user_id = $1", user_id)
    return None if row is None else read(Totp, row)


async def is_on(tx: Tx, user_id: str) -> bool:
    found: bool | None = await tx.value(
        "SELECT true FROM totp WHERE user_id = $1 AND confirmed_at IS NOT NULL", user_id
    )
    return found is not None


async def start(tx: Tx, user_id: str, secret: bytes, now: datetime) -> bool:
    """Whether none was on; one that was only started gives way."""
    started: bool | None = await tx.value(
        "INSERT INTO totp AS t (user_id, secret, started_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, started_at = excluded.started_at, last_step = 0"
        " WHERE t.confirmed_at IS NULL RETURNING true",
        user_id,
        secret,
        now,
    )
    return started is not None


async def confirm(tx: Tx, user_id: str, *, secret: bytes, step: int, now: datetime) -> bool:
    """Whether it is this very secret that waited for it."""
    confirmed = await tx.run(
        "UPDATE totp SET confirmed_at = $4, last_step = $3 WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL",
        user_id,
        secret,
        step,
        now,
    )
    return confirmed == 1


async def use_step(tx: Tx, user_id: str, step: int) -> bool:
    """Of two who bring the same code at once, one gets in."""
    used = await tx.run(
        "UPDATE totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2 AND confirmed_at IS NOT NULL",
        user_id,
        step,
    )
    return used == 1


async def turn_off(tx: Tx, user_id: str) -> bool:
    await tx.run("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    return await tx.run("DELETE FROM totp WHERE user_id = $1", user_id) == 1


async def set_recovery_codes(tx: Tx, user_id: str, hashes: Sequence[bytes]) -> None:
    await tx.run("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await tx.run_many(
        "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)", [(user_id, one) for one in hashes]
    )


async def use_recovery_code(tx: Tx, user_id: str, code_hash: bytes, now: datetime) -> bool:
    used = await tx.run(
        "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
        user_id,
        code_hash,
        now,
    )
    return used == 1
