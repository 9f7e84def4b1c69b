"""Businesses' accounts, whose each of them is, and what the platform takes of a business's payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.kernel.db import Row, Tx

_FIELDS: Final = (
    "tenant_id, id, gateway, account_id, country, charges_enabled, payouts_enabled, details_submitted, requirements,"
    " disabled_reason, disconnected_at, version, created_at, changed_at, asked_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """As the company described it last. `id` is ours: the key under which it is opened there."""

    tenant_id: str
    id: str
    gateway: str
    # None until the company has opened it.
    account_id: str | None
    country: str | None
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    requirements: tuple[str, ...]
    disabled_reason: str | None
    # Since when the company does not let us near it any more.
    disconnected_at: datetime | None
    # Of the event that told of it last.
    version: int
    created_at: datetime
    changed_at: datetime
    # When the question was put whose answer this is.
    asked_at: datetime | None

    @property
    def is_connected(self) -> bool:
        """The business has told the company what it wanted to know, and has not turned us out."""
        return self.account_id is not None and self.details_submitted and self.disconnected_at is None

    @property
    def can_charge(self) -> bool:
        return self.account_id is not None and self.charges_enabled and self.disconnected_at is None

    @property
    def needs_attention(self) -> bool:
        return bool(self.requirements) or self.disabled_reason is not None or self.disconnected_at is not None

    @property
    def is_complete(self) -> bool:
        return self.can_charge and self.payouts_enabled and not self.needs_attention


async def find(tx: Tx, tenant_id: str, *, lock: bool = False) -> Account | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM accounts WHERE tenant_id = $1{' FOR UPDATE' if lock else ''}", tenant_id)
    return None if row is None else _account(row)


async def begin(tx: Tx, tenant_id: str, *, account_id: str, gateway: str, now: datetime) -> None:
    """An account of ours that the company does not know of yet; where there is one already, nothing happens."""
    await tx.run(
        "INSERT INTO accounts (tenant_id, id, gateway, created_at, changed_at) VALUES ($1, $2, $3, $4, $4)"
        " ON CONFLICT (tenant_id) DO NOTHING",
        tenant_id,
        account_id,
        gateway,
        now,
    )


async def begin_anew(tx: Tx, tenant_id: str, *, former_id: str, account_id: str, now: datetime) -> None:
    """The company does not let us near the former one: the next is another account. What was paid there stays there."""
    await tx.run(
        "UPDATE accounts SET id = $3, account_id = NULL, country = NULL, charges_enabled = false,"
        " payouts_enabled = false, details_submitted = false, requirements = '{}', disabled_reason = NULL,"
        " disconnected_at = NULL, changed_at = $4, asked_at = NULL"
        " WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        former_id,
        account_id,
        now,
    )


async def save(tx: Tx, account: Account) -> None:
    await tx.run(
        "UPDATE accounts SET account_id = $2, country = $3, charges_enabled = $4, payouts_enabled = $5,"
        " details_submitted = $6, requirements = $7, disabled_reason = $8, disconnected_at = $9, version = $10,"
        " changed_at = $11, asked_at = $12 WHERE tenant_id = $1",
        account.tenant_id,
        account.account_id,
        account.country,
        account.charges_enabled,
        account.payouts_enabled,
        account.details_submitted,
        list(account.requirements),
        account.disabled_reason,
        account.disconnected_at,
        account.version,
        account.changed_at,
        account.asked_at,
    )


async def remember(tx: Tx, account_id: str, tenant_id: str) -> None:
    """Whose account it is, for good."""
    await tx.run(
        "INSERT INTO account_tenants (account_id, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        account_id,
        tenant_id,
    )


async def tenant_of(tx: Tx, account_id: str) -> str | None:
    """Also of an account of former days; asked before the tenant is known."""
    found: str | None = await tx.value("SELECT tenant_id FROM account_tenants WHERE account_id = $1", account_id)
    return found


async def tenants(tx: Tx) -> Sequence[str]:
    """Of all businesses that ever had an account."""
    return [row["tenant_id"] for row in await tx.rows("SELECT DISTINCT tenant_id FROM account_tenants ORDER BY 1")]


async def fee_basis_points(tx: Tx, tenant_id: str) -> int | None:
    """The platform's share of this business's payments, where it is not everybody's."""
    found: int | None = await tx.value("SELECT basis_points FROM fees WHERE tenant_id = $1", tenant_id)
    return found


async def set_fee(tx: Tx, tenant_id: str, basis_points: int, *, now: datetime) -> None:
    await tx.run(
        "INSERT INTO fees (tenant_id, basis_points, changed_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (tenant_id) DO UPDATE SET basis_points = excluded.basis_points, changed_at = excluded.changed_at",
        tenant_id,
        basis_points,
        now,
    )


async def end_fee(tx: Tx, tenant_id: str) -> None:
    """Back to what everybody pays."""
    await tx.run("DELETE FROM fees WHERE tenant_id = $1", tenant_id)


def _account(row: Row) -> Account:
    values = dict(row)
    values["requirements"] = tuple(values["requirements"])
    return Account(**values)
