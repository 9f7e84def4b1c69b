"""People: their address, their password's hash, their account at Google."""

from datetime import datetime

import msgspec

from services.kernel.db import Tx, read


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account."""

    id: str
    email: str
    name: str
    password_hash: str | None
    email_verified_at: datetime | None
    google_subject: str | None
    last_tenant_id: str | None

    @property
    def is_verified(self) -> bool:
        return self.email_verified_at is not None


_FIELDS = "id, email, name, password_hash, email_verified_at, google_subject, last_tenant_id"


async def add(tx: Tx, user: User, *, email_key: str, now: datetime) -> bool:
    """Whether the address was free."""
    added: bool | None = await tx.value(
        "INSERT INTO users (id, email, email_key, name, password_hash, email_verified_at, google_subject,"
        " last_tenant_id, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT DO NOTHING RETURNING true",
        user.id,
        user.email,
        email_key,
        user.name,
        user.password_hash,
        user.email_verified_at,
        user.google_subject,
        user.last_tenant_id,
        now,
    )
    return added is not None


async def by_id(tx: Tx, user_id: str) -> User | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM users WHERE id = $1", user_id)
    return None if row is None else read(User, row)


async def by_email(tx: Tx, email_key: str, *, lock: bool = False) -> User | None:
    row = await tx.row(
        f"SELECT {_FIELDS} FROM users WHERE email_key = $1{' FOR UPDATE' if lock else ''}",
        email_key,
    )
    return None if row is None else read(User, row)


async def by_google(tx: Tx, subject: str) -> User | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM users WHERE google_subject = $1", subject)
    return None if row is None else read(User, row)


async def lock(tx: Tx, user_id: str) -> None:
    """Whoever changes this person's account at the same time waits."""
    await tx.run("SELECT 1 FROM users WHERE id = $1 FOR UPDATE", user_id)


async def still_has(tx: Tx, user_id: str, password_hash: str | None) -> bool:
    """Whether the password is what it was when it was checked; it stays so until the end of the transaction."""
    found: bool | None = await tx.value(
        "SELECT true FROM users WHERE id = $1 AND password_hash IS NOT DISTINCT FROM $2 FOR NO KEY UPDATE",
        user_id,
        password_hash,
    )
    return found is not None


async def set_password(tx: Tx, user_id: str, password_hash: str | None) -> None:
    await tx.run("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)


async def rehash(tx: Tx, user_id: str, *, old: str, new: str) -> None:
    """The same password under newer parameters, unless it was changed meanwhile."""
    await tx.run("UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", user_id, old, new)


async def verify_email(tx: Tx, user_id: str, now: datetime) -> None:
    await tx.run("UPDATE users SET email_verified_at = coalesce(email_verified_at, $2) WHERE id = $1", user_id, now)


async def link_google(tx: Tx, user_id: str, subject: str) -> None:
    await tx.run("UPDATE users SET google_subject = $2 WHERE id = $1", user_id, subject)


async def set_last_tenant(tx: Tx, user_id: str, tenant_id: str | None) -> None:
    await tx.run("UPDATE users SET last_tenant_id = $2 WHERE id = $1", user_id, tenant_id)
