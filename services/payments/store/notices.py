"""What a company told us: each notice once, its text under its tenant, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final, Literal, TypeAlias

import msgspec

from services.kernel import ids
from services.kernel.db import Database, Tx, read
from services.kernel.events import Event
from services.kernel.outbox import Outbox
from services.kernel.telemetry import tracing
from services.payments.domain.gateway import Notice

Outcome: TypeAlias = Literal["applied", "ignored", "parked"]

# So often the queue tries; after that a person has to look.
TRIES: Final = 8


class NoticeStored(Event, frozen=True, kw_only=True):
    """A company told something; for payments' own queue, nobody else listens to `gateway`."""

    TYPE: ClassVar[str] = "gateway.notice.stored.v1"

    notice_id: str


class StoredNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Without its text."""

    id: str
    kind: str
    account_id: str | None
    object_id: str | None
    tenant_id: str | None
    created_at: datetime
    stored_at: datetime
    tries: int
    done_at: datetime | None
    outcome: Outcome | None


_COLUMNS: Final = "id, kind, account_id, object_id, tenant_id, created_at, stored_at, tries, done_at, outcome"

# One round trip, on which the company waits: stored, and its event with it, or known already. An event's place among
# those about the same notice is counted from 1 on; this is the one before.
_STORE: Final = """
WITH stored AS (
    INSERT INTO notices (id, gateway, kind, account_id, object_id, tenant_id, created_at, stored_at)
    SELECT $1, $2, $3, $4, $5, (SELECT tenant_id FROM account_tenants WHERE account_id = $4), $6, $7
    ON CONFLICT (id) DO NOTHING
    RETURNING id, tenant_id
), kept AS (
    INSERT INTO notice_bodies (notice_id, tenant_id, body) SELECT id, coalesce(tenant_id, ''), $8 FROM stored
)
INSERT INTO outbox (event_id, aggregate_id, sequence, type, tenant_id, body, traceparent, occurred_at)
SELECT $9, id, 0, $10, tenant_id, $11, $12, $7 FROM stored
RETURNING true
"""
_encode: Final = msgspec.json.Encoder().encode


async def store(db: Database, outbox: Outbox, notice: Notice, body: bytes, *, gateway: str, now: datetime) -> bool:
    """Whether it is new."""
    object_id = notice.object.get("id")
    async with db.at_once() as tx:
        is_new = await tx.value(
            _STORE,
            notice.id,
            gateway,
            notice.kind,
            notice.account_id,
            object_id if isinstance(object_id, str) else None,
            notice.created,
            now,
            body,
            ids.new_uuid(),
            NoticeStored.TYPE,
            _encode(NoticeStored(notice_id=notice.id)),
            tracing.traceparent(),
        )
    if is_new:
        outbox.wake()
    return bool(is_new)


async def find(tx: Tx, notice_id: str) -> StoredNotice | None:
    row = await tx.row(f"SELECT {_COLUMNS} FROM notices WHERE id = $1", notice_id)
    return None if row is None else read(StoredNotice, row)


async def claim(tx: Tx, notice_id: str, tenant_id: str) -> None:
    """It is this tenant's after all, and to be worked on; in a transaction without a tenant."""
    await tx.run(
        "UPDATE notices SET tenant_id = $2, done_at = NULL, outcome = NULL WHERE id = $1", notice_id, tenant_id
    )
    # Who changes a row must see it afterwards, and the tenant's are not seen here; put there they can be.
    text = await tx.value("DELETE FROM notice_bodies WHERE notice_id = $1 RETURNING body", notice_id)
    if text is not None:
        await tx.run(
            "INSERT INTO notice_bodies (notice_id, tenant_id, body) VALUES ($1, $2, $3)", notice_id, tenant_id, text
        )


async def body(tx: Tx, notice_id: str) -> bytes | None:
    """Its text, in a transaction of its tenant's."""
    found: bytes | None = await tx.value("SELECT body FROM notice_bodies WHERE notice_id = $1", notice_id)
    return found


async def is_behind(tx: Tx, notice: StoredNotice) -> bool:
    """Whether the same object was spoken of at the same time or later, and that was worked on already."""
    found = await tx.value(
        "SELECT true FROM notices WHERE object_id = $1 AND created_at >= $2 AND id <> $3 AND outcome = 'applied' LIMIT 1",
        notice.object_id,
        notice.created_at,
        notice.id,
    )
    return bool(found)


async def done(tx: Tx, notice_id: str, outcome: Outcome, *, now: datetime, reason: str | None = None) -> None:
    await tx.run(
        "UPDATE notices SET done_at = $2, tried_at = $2, tries = tries + 1, outcome = $3, error = $4 WHERE id = $1",
        notice_id,
        now,
        outcome,
        reason,
    )


async def failed(tx: Tx, notice_id: str, reason: str, *, counts: bool, now: datetime) -> None:
    """It has to be tried again. That something was away does not count as a try."""
    await tx.run(
        "UPDATE notices SET tried_at = $2, tries = tries + $3, error = $4 WHERE id = $1 AND done_at IS NULL",
        notice_id,
        now,
        int(counts),
        reason[:200],
    )


async def left_behind(tx: Tx, *, stored_before: datetime, tried_before: datetime, limit: int) -> list[str]:
    """Those whose event was lost, and those of accounts that nobody knew then and somebody has now."""
    rows = await tx.rows(
        "SELECT id FROM notices WHERE done_at IS NULL AND stored_at < $1 AND tries < $2"
        " AND (tried_at IS NULL OR tried_at < $3)"
        " UNION ALL"
        " SELECT n.id FROM notices AS n JOIN account_tenants USING (account_id)"
        " WHERE n.tenant_id IS NULL AND n.outcome = 'parked' LIMIT $4",
        stored_before,
        TRIES,
        tried_before,
        limit,
    )
    return [row["id"] for row in rows]


async def begin_anew(tx: Tx, notice_ids: Sequence[str]) -> list[str]:
    """These as if nobody had worked on them yet, or without any all that wait for a person; which ones there are."""
    rows = await tx.rows(
        "UPDATE notices SET done_at = NULL, outcome = NULL, error = NULL, tries = 0, tried_at = NULL"
        " WHERE CASE WHEN cardinality($1::text[]) > 0 THEN id = ANY($1)"
        f" ELSE outcome = 'parked' OR (done_at IS NULL AND tries >= {TRIES}) END"
        " RETURNING id",
        list(notice_ids),
    )
    return [row["id"] for row in rows]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How much is not done, for the operator's eyes."""

    waiting: int
    given_up: int
    parked: int


async def waiting(tx: Tx) -> Waiting:
    row = await tx.row(
        # Two small indexes, not all that was ever heard.
        "SELECT count(*) FILTER (WHERE tries < $1) AS waiting, count(*) FILTER (WHERE tries >= $1) AS given_up,"
        " (SELECT count(*) FROM notices WHERE outcome = 'parked') AS parked"
        " FROM notices WHERE done_at IS NULL",
        TRIES,
    )
    assert row is not None  # noqa: S101 - an aggregate has one
    return read(Waiting, row)


async def with_old_texts(tx: Tx, *, done_before: datetime, limit: int) -> dict[str | None, list[str]]:
    """What is long done and still has its text, by tenant."""
    rows = await tx.rows(
        "SELECT id, tenant_id FROM notices WHERE has_text AND done_at < $1 ORDER BY done_at LIMIT $2",
        done_before,
        limit,
    )
    found: dict[str | None, list[str]] = {}
    for row in rows:
        found.setdefault(row["tenant_id"], []).append(row["id"])
    return found


async def forget_texts(tx: Tx, notice_ids: Sequence[str]) -> None:
    """In a transaction of their tenant's. That the notices came is remembered."""
    await tx.run("DELETE FROM notice_bodies WHERE notice_id = ANY($1)", list(notice_ids))
    await tx.run("UPDATE notices SET has_text = false WHERE id = ANY($1)", list(notice_ids))
