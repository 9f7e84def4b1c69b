"""The audit log: who did what in a business."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from services.kernel.db import Row, Tx
from services.kernel.ids import new_id


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done, or tried."""

    action: str
    at: datetime
    actor_id: str | None = None
    target: str | None = None
    details: Mapping[str, str] = {}
    ip_address: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log."""

    id: str
    at: datetime
    actor_id: str | None
    actor_name: str | None
    action: str
    target: str | None
    details: dict[str, str]
    ip_address: str | None


async def write(tx: Tx, tenant_id: str, act: Act) -> None:
    """Into one business's log."""
    await tx.run(
        "INSERT INTO audit_entries (id, tenant_id, at, actor_id, action, target, details, ip_address)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8)",
        new_id("aud"),
        tenant_id,
        *_values(act),
    )


async def write_everywhere(tx: Tx, user_id: str, act: Act) -> None:
    """Into the log of each business that the person belongs to; the transaction is the person's."""
    await tx.run(
        "INSERT INTO audit_entries (id, tenant_id, at, actor_id, action, target, details, ip_address)"
        " SELECT $1, tenant_id, $3, $4, $5, $6, $7::jsonb, $8 FROM members WHERE user_id = $2 AND status = 'active'",
        new_id("aud"),
        user_id,
        *_values(act),
    )


def _values(act: Act) -> tuple[object, ...]:
    details = msgspec.json.encode(act.details).decode()
    return act.at, act.actor_id, act.action, act.target, details, act.ip_address


async def page(tx: Tx, tenant_id: str, *, offset: int, limit: int) -> tuple[list[Entry], int]:
    """The newest first, and how many there are in all."""
    total: int = await tx.value("SELECT count(*) FROM audit_entries WHERE tenant_id = $1", tenant_id)
    rows = await tx.rows(
        "SELECT a.id, a.at, a.actor_id, u.name AS actor_name, a.action, a.target, a.details, a.ip_address"
        " FROM audit_entries AS a LEFT JOIN users AS u ON u.id = a.actor_id"
        " WHERE a.tenant_id = $1 ORDER BY a.at DESC, a.id DESC LIMIT $2 OFFSET $3",
        tenant_id,
        limit,
        offset,
    )
    return [_entry(row) for row in rows], total


def _entry(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        at=row["at"],
        actor_id=row["actor_id"],
        actor_name=row["actor_name"],
        action=row["action"],
        target=row["target"],
        details=msgspec.json.decode(row["details"], type=dict[str, str]),
        ip_address=row["ip_address"],
    )
