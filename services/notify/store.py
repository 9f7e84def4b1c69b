"""The messages: asked for once, taken by a lease, settled once."""

from datetime import datetime
from typing import Final

from services.kernel.db import Tx
from services.notify.domain.messages import Due, Kind, Outcome, Recipient

_TAKE: Final = """
UPDATE messages SET lease = lease + 1, due_at = $2
WHERE id IN (
    SELECT id FROM messages WHERE state = 'queued' AND due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
RETURNING id, kind, request_id, tenant_id, asked_at, lease, failures, waits
"""


async def add(
    tx: Tx,
    message_id: str,
    *,
    event_id: str,
    kind: Kind,
    recipient: Recipient,
    request_id: str,
    tenant_id: str | None,
    asked_at: datetime,
    now: datetime,
) -> None:
    await tx.run(
        "INSERT INTO messages (id, event_id, kind, recipient, channel, request_id, tenant_id, asked_at, due_at)"
        " VALUES ($1, $2, $3, $4, 'email', $5, $6, $7, $8) ON CONFLICT (event_id, kind, recipient) DO NOTHING",
        message_id,
        event_id,
        kind,
        recipient,
        request_id,
        tenant_id,
        asked_at,
        now,
    )


async def take_due(tx: Tx, *, now: datetime, until: datetime, limit: int) -> list[Due]:
    """Some messages, which nobody else takes before `until`."""
    return [Due(**row) for row in await tx.rows(_TAKE, now, until, limit)]


async def settle(tx: Tx, message: Due, outcome: Outcome, *, now: datetime) -> bool:
    """Whether it was still ours to settle: who lost the lease has no say."""
    settled_at = None if outcome.state == "queued" else now
    return bool(
        await tx.run(
            "UPDATE messages SET state = $3, failures = $4, waits = $5, due_at = coalesce($6, due_at),"
            " provider_id = $7, reason = $8, settled_at = $9"
            " WHERE id = $1 AND lease = $2 AND state = 'queued'",
            message.id,
            message.lease,
            outcome.state,
            outcome.failures,
            outcome.waits,
            outcome.due_at,
            outcome.provider_id,
            outcome.reason,
            settled_at,
        )
    )
