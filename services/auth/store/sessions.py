"""Sessions by their token's hash, the traces they leave, and the copies that must not be believed any more."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from services.auth.domain.devices import Visitor
from services.auth.domain.roles import Role
from services.kernel.db import Row, Tx, read

# Notes of copies that must be forgotten: each note's number with the token's hash.
Stale = Mapping[int, bytes]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in somewhere, in one of their businesses."""

    id: str
    user_id: str
    tenant_id: str | None
    role: Role | None
    created_at: datetime
    renewed_at: datetime
    expires_at: datetime
    last_seen_at: datetime


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its owner sees it."""

    id: str
    device: str
    ip_address: str | None
    created_at: datetime
    last_seen_at: datetime


_FIELDS = "id, user_id, tenant_id, role, created_at, renewed_at, expires_at, last_seen_at"


async def add(tx: Tx, session: Session, token_hash: bytes, visitor: Visitor) -> None:
    """The transaction is the person's, whose trace it is."""
    await tx.run(
        f"INSERT INTO sessions ({_FIELDS}, token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        session.id,
        session.user_id,
        session.tenant_id,
        session.role,
        session.created_at,
        session.renewed_at,
        session.expires_at,
        session.last_seen_at,
        token_hash,
    )
    await tx.run(
        "INSERT INTO session_traces (session_id, user_id, device, ip_address) VALUES ($1, $2, $3, $4)",
        session.id,
        session.user_id,
        visitor.device,
        visitor.ip,
    )


async def find(tx: Tx, token_hash: bytes, now: datetime) -> Session | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM sessions WHERE token_hash = $1 AND expires_at > $2", token_hash, now)
    return None if row is None else read(Session, row)


async def seen(tx: Tx, token_hash: bytes, now: datetime) -> None:
    await tx.run("UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1", token_hash, now)


async def renew(tx: Tx, token_hash: bytes, *, now: datetime, expires_at: datetime, due_before: datetime) -> bool:
    """Whether it was due, and nobody else did it at the same moment."""
    renewed = await tx.run(
        "UPDATE sessions SET renewed_at = $2, last_seen_at = $2, expires_at = $3"
        " WHERE token_hash = $1 AND expires_at > $2 AND renewed_at <= $4",
        token_hash,
        now,
        expires_at,
        due_before,
    )
    return renewed == 1


async def page(tx: Tx, user_id: str, now: datetime, *, offset: int, limit: int) -> tuple[list[Trace], int]:
    """The last used first, and how many there are in all."""
    total: int = await tx.value("SELECT count(*) FROM sessions WHERE user_id = $1 AND expires_at > $2", user_id, now)
    rows = await tx.rows(
        "SELECT s.id, t.device, t.ip_address, s.created_at, s.last_seen_at"
        " FROM sessions AS s JOIN session_traces AS t ON t.session_id = s.id"
        " WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.last_seen_at DESC, s.id DESC LIMIT $3 OFFSET $4",
        user_id,
        now,
        limit,
        offset,
    )
    return [read(Trace, row) for row in rows], total


async def end(tx: Tx, *, session_id: str, user_id: str) -> Stale:
    """What ended, and whose copies are stale from now on."""
    rows = await tx.rows(
        "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING token_hash", session_id, user_id
    )
    return await _outdate(tx, rows)


async def end_all(tx: Tx, user_id: str) -> Stale:
    rows = await tx.rows("DELETE FROM sessions WHERE user_id = $1 RETURNING token_hash", user_id)
    return await _outdate(tx, rows)


async def end_within(tx: Tx, *, user_id: str, tenant_id: str) -> Stale:
    rows = await tx.rows(
        "DELETE FROM sessions WHERE user_id = $1 AND tenant_id = $2 RETURNING token_hash", user_id, tenant_id
    )
    return await _outdate(tx, rows)


async def set_role(tx: Tx, *, user_id: str, tenant_id: str, role: Role) -> Stale:
    rows = await tx.rows(
        "UPDATE sessions SET role = $3 WHERE user_id = $1 AND tenant_id = $2 RETURNING token_hash",
        user_id,
        tenant_id,
        role,
    )
    return await _outdate(tx, rows)


async def enter_first_tenant(tx: Tx, *, user_id: str, tenant_id: str, role: Role) -> Stale:
    """Who had no business has one now, wherever they are signed in."""
    rows = await tx.rows(
        "UPDATE sessions SET tenant_id = $2, role = $3 WHERE user_id = $1 AND tenant_id IS NULL RETURNING token_hash",
        user_id,
        tenant_id,
        role,
    )
    return await _outdate(tx, rows)


async def _outdate(tx: Tx, rows: Sequence[Row]) -> Stale:
    """Remembered until Valkey has been told, be it away now."""
    hashes = [row["token_hash"] for row in rows]
    if not hashes:
        return {}
    noted = await tx.rows(
        "INSERT INTO stale_copies (token_hash) SELECT unnest($1::bytea[]) RETURNING id, token_hash", hashes
    )
    return {row["id"]: row["token_hash"] for row in noted}


async def stale(tx: Tx, *, at_most: int) -> Stale:
    rows = await tx.rows("SELECT id, token_hash FROM stale_copies ORDER BY id LIMIT $1", at_most)
    return {row["id"]: row["token_hash"] for row in rows}


async def settled(tx: Tx, ids: Sequence[int]) -> None:
    await tx.run("DELETE FROM stale_copies WHERE id = ANY($1)", list(ids))


async def prune(tx: Tx, now: datetime) -> None:
    await tx.run(
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY id LIMIT 1000"
        " FOR UPDATE SKIP LOCKED)",
        now,
    )
