"""Links in mails: found by their token's hash, made again from their id, used once."""

from datetime import datetime

import msgspec

from services.auth.domain.rules import LinkKind
from services.kernel.db import Tx, read


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One request for a mail with a link; ids only."""

    id: str
    kind: LinkKind
    user_id: str | None
    tenant_id: str | None
    generation: int
    created_at: datetime
    expires_at: datetime


_FIELDS = "id, kind, user_id, tenant_id, generation, created_at, expires_at"


async def add(tx: Tx, link: Link, token_hash: bytes) -> None:
    """Stored anew, a link's former token opens nothing."""
    await tx.run(
        f"INSERT INTO links ({_FIELDS}, token_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, created_at = excluded.created_at,"
        " expires_at = excluded.expires_at, token_hash = excluded.token_hash, used_at = NULL",
        link.id,
        link.kind,
        link.user_id,
        link.tenant_id,
        link.generation,
        link.created_at,
        link.expires_at,
        token_hash,
    )


async def open_by_id(tx: Tx, link_id: str, now: datetime) -> Link | None:
    row = await tx.row(
        f"SELECT {_FIELDS} FROM links WHERE id = $1 AND used_at IS NULL AND expires_at > $2", link_id, now
    )
    return None if row is None else read(Link, row)


async def open_by_token(tx: Tx, kind: LinkKind, token_hash: bytes, now: datetime) -> Link | None:
    row = await tx.row(
        f"SELECT {_FIELDS} FROM links WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3",
        token_hash,
        kind,
        now,
    )
    return None if row is None else read(Link, row)


async def use(tx: Tx, kind: LinkKind, token_hash: bytes, now: datetime) -> Link | None:
    """Of two who use it at once, one gets it."""
    row = await tx.row(
        "UPDATE links SET used_at = $3"
        " WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3"
        f" RETURNING {_FIELDS}",
        token_hash,
        kind,
        now,
    )
    return None if row is None else read(Link, row)


async def use_all(tx: Tx, *, user_id: str, kind: LinkKind, now: datetime) -> None:
    """What one link did, its sisters need not do again."""
    await tx.run(
        "UPDATE links SET used_at = $3 WHERE user_id = $1 AND kind = $2 AND used_at IS NULL", user_id, kind, now
    )


async def generation_of(tx: Tx, link_id: str) -> int:
    found: int | None = await tx.value("SELECT generation FROM links WHERE id = $1", link_id)
    return found or 0


async def close(tx: Tx, link_id: str, now: datetime) -> None:
    await tx.run("UPDATE links SET used_at = coalesce(used_at, $2) WHERE id = $1", link_id, now)


async def made_since(tx: Tx, *, user_id: str, kind: LinkKind, since: datetime) -> int:
    count: int = await tx.value(
        "SELECT count(*) FROM links WHERE user_id = $1 AND kind = $2 AND created_at > $3", user_id, kind, since
    )
    return count


async def over(tx: Tx, *, before: datetime, at_most: int) -> list[Link]:
    """Links whose time was over before then."""
    rows = await tx.rows(f"SELECT {_FIELDS} FROM links WHERE expires_at < $1 ORDER BY id LIMIT $2", before, at_most)
    return [read(Link, row) for row in rows]


async def delete(tx: Tx, link_id: str) -> None:
    await tx.run("DELETE FROM links WHERE id = $1", link_id)
