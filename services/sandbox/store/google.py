"""The people and codes of the sign-in with Google, and the key that signs."""

from dataclasses import dataclass
from datetime import datetime

from services.kernel.db import Tx
from services.sandbox.domain.addresses import folded
from services.sandbox.domain.google import Account, Wish


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
