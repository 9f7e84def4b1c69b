"""Refunds, one row for each part of a payment that goes back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.kernel.db import Row, Tx
from services.payments.domain.money import Refund
from services.payments.domain.states import RepaidStatus

_COLUMNS: Final = (
    "id, tenant_id, booking_id, payment_id, operation_id, repayment_id, amount, fee, with_fee, currency, status,"
    " reason, failure, tries, delayed_at, created_at, ended_at"
)


async def add(tx: Tx, refund: Refund) -> None:
    await tx.run(
        f"INSERT INTO refunds ({_COLUMNS})"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        refund.id,
        refund.tenant_id,
        refund.booking_id,
        refund.payment_id,
        refund.operation_id,
        refund.repayment_id,
        refund.amount,
        refund.fee,
        refund.with_fee,
        refund.currency,
        refund.status,
        refund.reason,
        refund.failure,
        refund.tries,
        refund.delayed_at,
        refund.created_at,
        refund.ended_at,
    )


async def find(tx: Tx, refund_id: str) -> Refund | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM refunds WHERE id = $1", refund_id))


async def by_repayment(tx: Tx, repayment_id: str) -> Refund | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM refunds WHERE repayment_id = $1", repayment_id))


async def of_booking(tx: Tx, booking_id: str) -> list[Refund]:
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM refunds WHERE booking_id = $1 ORDER BY id", booking_id)
    return [_refund(row) for row in rows]


async def of_operation(tx: Tx, operation_id: str) -> list[Refund]:
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM refunds WHERE operation_id = $1 ORDER BY id", operation_id)
    return [_refund(row) for row in rows]


async def of_payments(tx: Tx, payment_ids: Sequence[str]) -> list[Refund]:
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM refunds WHERE payment_id = ANY ($1) ORDER BY id", payment_ids)
    return [_refund(row) for row in rows]


async def sent_with_fee(tx: Tx, payment_id: str) -> int:
    """How much of a payment the company has sent back together with the platform's fee."""
    amount: int = await tx.value(
        "SELECT coalesce(sum(amount), 0)::bigint FROM refunds"
        " WHERE payment_id = $1 AND repayment_id IS NOT NULL AND with_fee AND status <> 'failed'",
        payment_id,
    )
    return amount


async def resize(tx: Tx, refund_id: str, amount: int, *, fee: int) -> None:
    """Another amount is to go back. To the company it is another refund: it counts as a try more."""
    await tx.run("UPDATE refunds SET amount = $2, fee = $3, tries = tries + 1 WHERE id = $1", refund_id, amount, fee)


async def remove(tx: Tx, refund_id: str) -> None:
    """Nothing of it is left to go back, and nothing ever went."""
    await tx.run("DELETE FROM refunds WHERE id = $1 AND repayment_id IS NULL", refund_id)


async def make(tx: Tx, refund_id: str, repayment_id: str, *, fee: int, with_fee: bool) -> None:
    """The company has made it."""
    await tx.run(
        "UPDATE refunds SET repayment_id = $2, fee = $3, with_fee = $4 WHERE id = $1",
        refund_id,
        repayment_id,
        fee,
        with_fee,
    )


async def set_status(
    tx: Tx, refund_id: str, status: RepaidStatus, *, failure: str | None, ended_at: datetime | None
) -> None:
    await tx.run(
        "UPDATE refunds SET status = $2, failure = $3, ended_at = $4 WHERE id = $1",
        refund_id,
        status,
        failure,
        ended_at,
    )


async def refused(tx: Tx, refund_id: str, failure: str) -> int:
    """How often the company has said no to it by now."""
    tries: int = await tx.value(
        "UPDATE refunds SET tries = tries + 1, failure = $2 WHERE id = $1 RETURNING tries", refund_id, failure
    )
    return tries


async def delay(tx: Tx, refund_id: str, at: datetime) -> bool:
    """Whether it was not known before that it takes longer."""
    return bool(await tx.run("UPDATE refunds SET delayed_at = $2 WHERE id = $1 AND delayed_at IS NULL", refund_id, at))


def _one(row: Row | None) -> Refund | None:
    return None if row is None else _refund(row)


def _refund(row: Row) -> Refund:
    return Refund(**dict(row.items()))
