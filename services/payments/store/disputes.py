"""Payments that a customer's bank demands back."""

from datetime import datetime
from typing import Final

from services.kernel.db import Row, Tx
from services.payments.domain.disputes import Dispute, Status

_COLUMNS: Final = (
    "id, tenant_id, booking_id, payment_id, gateway_id, amount, currency, taken, status, reason, opened_at, closed_at"
)


async def by_gateway_id(tx: Tx, gateway_id: str) -> Dispute | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM disputes WHERE gateway_id = $1", gateway_id))


async def add(tx: Tx, dispute: Dispute) -> None:
    await tx.run(
        f"INSERT INTO disputes ({_COLUMNS}, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11)",
        dispute.id,
        dispute.tenant_id,
        dispute.booking_id,
        dispute.payment_id,
        dispute.gateway_id,
        dispute.amount,
        dispute.currency,
        dispute.taken,
        dispute.status,
        dispute.reason,
        dispute.opened_at,
        dispute.closed_at,
    )


async def change(
    tx: Tx, dispute_id: str, *, amount: int, taken: int, status: Status, closed_at: datetime | None, now: datetime
) -> None:
    await tx.run(
        "UPDATE disputes SET amount = $2, taken = $3, status = $4, closed_at = $5, updated_at = $6 WHERE id = $1",
        dispute_id,
        amount,
        taken,
        status,
        closed_at,
        now,
    )


async def taken(tx: Tx, dispute_id: str) -> int:
    """What the company holds of it by the ledger, which forgets nothing that it was told in whatever order."""
    found: int = await tx.value(
        "SELECT coalesce(sum(customer), 0)::bigint FROM ledger_sets WHERE about = $1", dispute_id
    )
    return max(0, found)


async def taken_of(tx: Tx, payment_id: str) -> int:
    """What a payment's disputes hold of it now."""
    found: int = await tx.value(
        "SELECT coalesce(sum(taken), 0)::bigint FROM disputes WHERE payment_id = $1", payment_id
    )
    return found


def _one(row: Row | None) -> Dispute | None:
    return None if row is None else Dispute(**dict(row.items()))
