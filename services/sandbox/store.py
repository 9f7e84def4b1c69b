"""The sandbox's tables: messages caught, keys used, faults asked for, people and codes of the sign-in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec

from services.kernel.db import Row, Tx
from services.sandbox.domain.addresses import folded
from services.sandbox.domain.google import Account, Wish
from services.sandbox.domain.messages import Channel, Message

Provider = Literal["resend"]

_COLUMNS: Final = (
    "id, channel, sender, recipients, reached, subject, text, html, links, sent_at, details::text AS details"
)


# Messages


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


# Idempotency keys of Resend's interface


@dataclass(frozen=True, slots=True)
class UsedKey:
    """What was answered when the key was used first, and for which body."""

    body_hash: bytes
    email_ids: list[str]


async def use_key(tx: Tx, key: bytes, first: UsedKey, *, now: datetime, forgotten: datetime) -> UsedKey | None:
    """Nothing where the key is new; a second caller at the same moment waits here for the first one's commit."""
    await tx.run("DELETE FROM resend_keys WHERE used_at < $1", forgotten)
    fresh = await tx.value(
        "INSERT INTO resend_keys (id, body_hash, email_ids, used_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING RETURNING true",
        key,
        first.body_hash,
        first.email_ids,
        now,
    )
    if fresh:
        return None
    row = await tx.row("SELECT body_hash, email_ids FROM resend_keys WHERE id = $1", key)
    return None if row is None else UsedKey(row["body_hash"], row["email_ids"])


# Faults


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on demand."""

    fail_next: int = 0
    lose_answers: int = 0
    delay_ms: int = 0


async def faults(tx: Tx, provider: Provider) -> Faults:
    row = await tx.row("SELECT fail_next, lose_answers, delay_ms FROM faults WHERE provider = $1", provider)
    return Faults() if row is None else Faults(**row)


async def set_faults(tx: Tx, provider: Provider, wanted: Faults) -> None:
    await tx.run(
        "INSERT INTO faults (provider, fail_next, lose_answers, delay_ms) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (provider) DO UPDATE SET fail_next = excluded.fail_next,"
        " lose_answers = excluded.lose_answers, delay_ms = excluded.delay_ms",
        provider,
        wanted.fail_next,
        wanted.lose_answers,
        wanted.delay_ms,
    )


async def spend_faults(tx: Tx, provider: Provider) -> Faults:
    """What this one call meets; a call that fails outright has no answer to lose."""
    row = await tx.row(
        "WITH met AS ("
        " SELECT provider, fail_next, lose_answers, delay_ms FROM faults"
        " WHERE provider = $1 AND (fail_next > 0 OR lose_answers > 0 OR delay_ms > 0) FOR UPDATE)"
        " UPDATE faults AS f SET fail_next = greatest(met.fail_next - 1, 0),"
        " lose_answers = CASE WHEN met.fail_next > 0 THEN met.lose_answers ELSE greatest(met.lose_answers - 1, 0) END"
        " FROM met WHERE f.provider = met.provider"
        " RETURNING met.fail_next, met.lose_answers, met.delay_ms",
        provider,
    )
    return Faults() if row is None else Faults(**row)


# Google sign-in


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """What somebody allowed, until the code for it is redeemed."""

    account: Account
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    issued_at: datetime


async def keep_account(tx: Tx, account: Account, *, now: datetime) -> None:
    await tx.run(
        "INSERT INTO google_accounts (email, name, subject, seen_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (email) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at",
        account.email,
        account.name,
        account.subject,
        now,
    )


async def account_name(tx: Tx, email: str) -> str | None:
    name: str | None = await tx.value("SELECT name FROM google_accounts WHERE email = $1", folded(email))
    return name


async def accounts(tx: Tx, *, limit: int) -> list[Account]:
    rows = await tx.rows("SELECT email, name, subject FROM google_accounts ORDER BY seen_at DESC LIMIT $1", limit)
    return [Account(**row) for row in rows]


async def add_code(tx: Tx, code: bytes, account: Account, wish: Wish, *, now: datetime) -> None:
    await tx.run("DELETE FROM google_codes WHERE issued_at < $1::timestamptz - interval '1 day'", now)
    await tx.run(
        "INSERT INTO google_codes (id, email, redirect_uri, scope, nonce, code_challenge, issued_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        code,
        account.email,
        wish.redirect_uri,
        wish.scope,
        wish.nonce,
        wish.code_challenge,
        now,
    )


async def use_code(tx: Tx, code: bytes, *, now: datetime) -> Grant | None:
    """What the code stands for, once."""
    row = await tx.row(
        "UPDATE google_codes AS c SET used_at = $2 FROM google_accounts AS a"
        " WHERE c.id = $1 AND c.used_at IS NULL AND a.email = c.email"
        " RETURNING a.email, a.name, a.subject, c.redirect_uri, c.scope, c.nonce, c.code_challenge, c.issued_at",
        code,
        now,
    )
    if row is None:
        return None
    facts = dict(row)
    person = Account(email=facts.pop("email"), name=facts.pop("name"), subject=facts.pop("subject"))
    return Grant(account=person, **facts)


async def sealed_key(tx: Tx) -> bytes | None:
    sealed: bytes | None = await tx.value("SELECT sealed FROM google_key WHERE id = 1")
    return sealed


async def keep_sealed_key(tx: Tx, sealed: bytes) -> bytes:
    """The first one stays: whoever made another at the same time uses the first."""
    await tx.run("INSERT INTO google_key (id, sealed) VALUES (1, $1) ON CONFLICT DO NOTHING", sealed)
    kept: bytes = await tx.value("SELECT sealed FROM google_key WHERE id = 1")
    return kept
