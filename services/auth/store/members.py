"""Who belongs to a business, and who is invited to."""

from datetime import datetime

import msgspec

from services.auth.domain.roles import Role
from services.kernel.db import Tx, read


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person's place in a business; it stays on record when they leave, with its version."""

    id: str
    tenant_id: str
    user_id: str
    role: Role
    status: str
    version: int


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may join."""

    id: str
    tenant_id: str
    email: str
    email_key: str
    role: Role
    invited_by: str
    invited_at: datetime
    expires_at: datetime


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the team's list."""

    id: str
    user_id: str | None
    name: str | None
    email: str
    role: Role
    status: str
    joined_at: datetime | None


_FIELDS = "id, tenant_id, user_id, role, status, version"
_INVITATION = "id, tenant_id, email, email_key, role, invited_by, invited_at, expires_at"
_MEMBER_ENTRY = (
    "SELECT m.id, m.user_id, u.name, u.email, m.role, 'active' AS status, m.joined_at, m.joined_at AS since"
    " FROM members AS m JOIN users AS u ON u.id = m.user_id"
)


async def join(tx: Tx, member: Member, now: datetime) -> Member:
    """The member as stored: who was here before comes back under the old id with the next version."""
    (row,) = await tx.rows(
        f"INSERT INTO members AS m ({_FIELDS}, joined_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (tenant_id, user_id) DO UPDATE"
        " SET role = excluded.role, status = 'active', version = m.version + 1, joined_at = excluded.joined_at"
        f" RETURNING {_FIELDS}",
        member.id,
        member.tenant_id,
        member.user_id,
        member.role,
        member.status,
        member.version,
        now,
    )
    return read(Member, row)


async def owner_email(tx: Tx, tenant_id: str) -> str | None:
    """The address of the owner who came first."""
    address: str | None = await tx.value(
        "SELECT u.email FROM members AS m JOIN users AS u ON u.id = m.user_id"
        " WHERE m.tenant_id = $1 AND m.role = 'owner' AND m.status = 'active' ORDER BY m.joined_at, m.id LIMIT 1",
        tenant_id,
    )
    return address


async def of_user(tx: Tx, user_id: str, *, preferred: str | None) -> Member | None:
    """The business that a person signs in to; it stays so until the end of the transaction."""
    row = await tx.row(
        f"SELECT {_FIELDS} FROM members WHERE user_id = $1 AND status = 'active'"
        " ORDER BY tenant_id IS NOT DISTINCT FROM $2 DESC, joined_at DESC, id LIMIT 1",
        user_id,
        preferred,
    )
    return None if row is None else read(Member, row)


async def hold(tx: Tx, tenant_id: str, user_id: str) -> Member | None:
    """The active member; nobody changes or removes them until the end of the transaction, which is the tenant's."""
    row = await tx.row(
        f"SELECT {_FIELDS} FROM members WHERE tenant_id = $1 AND user_id = $2 AND status = 'active' FOR SHARE",
        tenant_id,
        user_id,
    )
    return None if row is None else read(Member, row)


async def find(tx: Tx, member_id: str) -> Member | None:
    row = await tx.row(
        f"SELECT {_FIELDS} FROM members WHERE id = $1 AND status = 'active' FOR UPDATE",
        member_id,
    )
    return None if row is None else read(Member, row)


async def with_email(tx: Tx, email_key: str) -> bool:
    found: bool | None = await tx.value(
        "SELECT true FROM members AS m JOIN users AS u ON u.id = m.user_id"
        " WHERE u.email_key = $1 AND m.status = 'active' AND m.tenant_id = $2",
        email_key,
        tx.tenant_id,
    )
    return found is not None


async def owners(tx: Tx, tenant_id: str) -> int:
    count: int = await tx.value(
        "SELECT count(*) FROM members WHERE tenant_id = $1 AND role = 'owner' AND status = 'active'", tenant_id
    )
    return count


async def change(tx: Tx, member: Member) -> None:
    await tx.run(
        "UPDATE members SET role = $2, status = $3, version = $4 WHERE id = $1",
        member.id,
        member.role,
        member.status,
        member.version,
    )


async def everybody(tx: Tx, tenant_id: str) -> list[Member]:
    """Also who left, for those who keep a copy; nobody changes them until the end of the transaction."""
    rows = await tx.rows(f"SELECT {_FIELDS} FROM members WHERE tenant_id = $1 ORDER BY id FOR UPDATE", tenant_id)
    return [read(Member, row) for row in rows]


async def page(tx: Tx, tenant_id: str, now: datetime, *, offset: int, limit: int) -> tuple[list[Entry], int]:
    """Members in the order they came, then who is invited; and how many there are in all."""
    total: int = await tx.value(
        "SELECT (SELECT count(*) FROM members WHERE tenant_id = $1 AND status = 'active')"
        " + (SELECT count(*) FROM invitations WHERE tenant_id = $1 AND expires_at > $2)",
        tenant_id,
        now,
    )
    rows = await tx.rows(
        f"{_MEMBER_ENTRY} WHERE m.tenant_id = $1 AND m.status = 'active'"
        " UNION ALL"
        " SELECT id, NULL, NULL, email, role, 'invited', NULL, invited_at"
        " FROM invitations WHERE tenant_id = $1 AND expires_at > $2"
        " ORDER BY status, since, id LIMIT $3 OFFSET $4",
        tenant_id,
        now,
        limit,
        offset,
    )
    return [read(Entry, row) for row in rows], total


async def entry(tx: Tx, member_id: str) -> Entry:
    """The line of a member who is known to be there."""
    (row,) = await tx.rows(f"{_MEMBER_ENTRY} WHERE m.id = $1", member_id)
    return read(Entry, row)


async def invite(tx: Tx, invitation: Invitation) -> Invitation:
    """As it is stored: one address is invited to one business once; again, under the same id and as long as before."""
    (row,) = await tx.rows(
        f"INSERT INTO invitations ({_INVITATION}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (tenant_id, email_key) DO UPDATE SET email = excluded.email, role = excluded.role,"
        " invited_by = excluded.invited_by"
        f" RETURNING {_INVITATION}",
        invitation.id,
        invitation.tenant_id,
        invitation.email,
        invitation.email_key,
        invitation.role,
        invitation.invited_by,
        invitation.invited_at,
        invitation.expires_at,
    )
    return read(Invitation, row)


async def renew(tx: Tx, invitation: Invitation) -> None:
    """Its time begins anew."""
    await tx.run(
        "UPDATE invitations SET invited_at = $2, expires_at = $3 WHERE id = $1",
        invitation.id,
        invitation.invited_at,
        invitation.expires_at,
    )


async def invitation(tx: Tx, invitation_id: str) -> Invitation | None:
    row = await tx.row(f"SELECT {_INVITATION} FROM invitations WHERE id = $1 FOR UPDATE", invitation_id)
    return None if row is None else read(Invitation, row)


async def withdraw(tx: Tx, invitation_id: str) -> None:
    await tx.run("DELETE FROM invitations WHERE id = $1", invitation_id)
