"""The messages that were caught."""

from typing import Final

import msgspec

from services.kernel.db import Row, Tx
from services.sandbox.domain.addresses import folded
from services.sandbox.domain.messages import Channel, Message

_COLUMNS: Final = (
    "id, channel, sender, recipients, reached, subject, text, html, links, sent_at, details::text AS details"
)


async def add_message(tx: Tx, message: Message) -> None:
    await tx.run(
        "INSERT INTO messages (id, channel, sender, recipients, reached, subject, text, html, links, sent_at, details)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb)",
        message.id,
        message.channel,
        message.sender,
        message.recipients,
        message.reached,
        message.subject,
        message.text,
        message.html,
        message.links,
        message.sent_at,
        msgspec.json.encode(message.details).decode(),
    )


async def message(tx: Tx, message_id: str, channel: Channel) -> Message | None:
    row = await tx.row(f"SELECT {_COLUMNS} FROM messages WHERE id = $1 AND channel = $2", message_id, channel)
    return None if row is None else _message(row)


async def messages(
    tx: Tx, *, to: str | None, channel: Channel | None, limit: int, offset: int
) -> tuple[list[Message], int]:
    """One page, newest first, and how many there are in all."""
    reached = None if to is None else [folded(to)]
    wanted = "($1::text[] IS NULL OR reached @> $1) AND ($2::text IS NULL OR channel = $2)"
    total: int = await tx.value(f"SELECT count(*) FROM messages WHERE {wanted}", reached, channel)
    rows = await tx.rows(
        f"SELECT {_COLUMNS} FROM messages WHERE {wanted} ORDER BY position DESC LIMIT $3 OFFSET $4",
        reached,
        channel,
        limit,
        offset,
    )
    return [_message(row) for row in rows], total


def _message(row: Row) -> Message:
    return Message(**{**row, "details": msgspec.json.decode(row["details"])})
