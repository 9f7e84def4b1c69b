"""Payments, one row for each that was asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.kernel.db import Row, Tx
from services.payments.domain.gateway import Failure
from services.payments.domain.money import Payment, Way
from services.payments.domain.states import OPEN, PaymentStatus

_COLUMNS: Final = (
    "id, tenant_id, booking_id, kind, way, operation_id, status, account_id, intent_id, charge_id, amount, currency,"
    " fee, cost, refunded, fee_returned, disputed, save_card, customer_id, payment_method_id, decline_code,"
    " decline_message, failed_tries, description, payer_name, payer_email, payer_phone, created_at, paid_at"
)
_OPEN: Final = sorted(OPEN)


async def add(tx: Tx, payment: Payment) -> None:
    await tx.run(
        """
        INSERT INTO payments (
            id, tenant_id, booking_id, kind, way, operation_id, status, account_id, amount, currency, fee, save_card,
            customer_id, payment_method_id, description, payer_name, payer_email, payer_phone, created_at, changed_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)
        """,
        payment.id,
        payment.tenant_id,
        payment.booking_id,
        payment.kind,
        payment.way,
        payment.operation_id,
        payment.status,
        payment.account_id,
        payment.amount,
        payment.currency,
        payment.fee,
        payment.save_card,
        payment.customer_id,
        payment.payment_method_id,
        payment.description,
        payment.payer_name,
        payment.payer_email,
        payment.payer_phone,
        payment.created_at,
    )


async def find(tx: Tx, payment_id: str) -> Payment | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM payments WHERE id = $1", payment_id))


async def by_intent(tx: Tx, intent_id: str) -> Payment | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM payments WHERE intent_id = $1", intent_id))


async def by_charge(tx: Tx, charge_id: str) -> Payment | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM payments WHERE charge_id = $1", charge_id))


async def of_booking(tx: Tx, booking_id: str) -> list[Payment]:
    """In the order of their age."""
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM payments WHERE booking_id = $1 ORDER BY id", booking_id)
    return [_payment(row) for row in rows]


async def deposit_of(tx: Tx, booking_id: str) -> Payment | None:
    """The last one that was asked for."""
    return _one(
        await tx.row(
            f"SELECT {_COLUMNS} FROM payments WHERE booking_id = $1 AND kind = 'deposit' ORDER BY id DESC LIMIT 1",
            booking_id,
        )
    )


async def of_operation(tx: Tx, operation_id: str, way: Way) -> Payment | None:
    return _one(
        await tx.row(f"SELECT {_COLUMNS} FROM payments WHERE operation_id = $1 AND way = $2", operation_id, way)
    )


async def with_card(tx: Tx, booking_id: str, account_id: str) -> Payment | None:
    """The last payment with which the customer left a card for later, on that account."""
    return _one(
        await tx.row(
            f"""
            SELECT {_COLUMNS} FROM payments
            WHERE booking_id = $1 AND account_id = $2 AND status = 'succeeded' AND save_card
              AND customer_id IS NOT NULL AND payment_method_id IS NOT NULL
            ORDER BY id DESC LIMIT 1
            """,
            booking_id,
            account_id,
        )
    )


async def name_intent(tx: Tx, payment_id: str, intent_id: str) -> None:
    await tx.run("UPDATE payments SET intent_id = $2 WHERE id = $1 AND intent_id IS NULL", payment_id, intent_id)


async def pay(
    tx: Tx,
    payment_id: str,
    *,
    charge_id: str | None,
    customer_id: str | None,
    payment_method_id: str | None,
    at: datetime,
) -> None:
    await tx.run(
        """
        UPDATE payments SET status = 'succeeded', charge_id = $2, customer_id = coalesce($3, customer_id),
            payment_method_id = coalesce($4, payment_method_id), paid_at = $5, changed_at = $5,
            payer_name = NULL, payer_email = NULL, payer_phone = NULL
        WHERE id = $1
        """,
        payment_id,
        charge_id,
        customer_id,
        payment_method_id,
        at,
    )


async def set_status(
    tx: Tx, payment_id: str, status: PaymentStatus, at: datetime, *, keeps_payer: bool = False
) -> None:
    """Who pays is forgotten with the end, unless the same has to be asked for once more."""
    await tx.run(
        """
        UPDATE payments SET status = $2, changed_at = $3,
            payer_name = CASE WHEN $5 OR $2 = ANY ($4) THEN payer_name END,
            payer_email = CASE WHEN $5 OR $2 = ANY ($4) THEN payer_email END,
            payer_phone = CASE WHEN $5 OR $2 = ANY ($4) THEN payer_phone END
        WHERE id = $1
        """,
        payment_id,
        status,
        at,
        _OPEN,
        keeps_payer,
    )


async def touch(tx: Tx, payment_id: str, at: datetime) -> None:
    """The company is about to be asked for it."""
    await tx.run("UPDATE payments SET changed_at = $2 WHERE id = $1", payment_id, at)


async def rests_since(tx: Tx, payment_id: str, at: datetime) -> bool:
    """Whether nobody has done anything about it since then."""
    return await tx.value("SELECT true FROM payments WHERE id = $1 AND changed_at <= $2", payment_id, at) is not None


async def forget_payer(tx: Tx, payment_id: str) -> None:
    await tx.run(
        "UPDATE payments SET payer_name = NULL, payer_email = NULL, payer_phone = NULL WHERE id = $1", payment_id
    )


async def add_failed_try(tx: Tx, payment_id: str, name: str, failure: Failure) -> None:
    await tx.run(
        "UPDATE payments SET failed_tries = failed_tries || $2::text, decline_code = $3, decline_message = $4"
        " WHERE id = $1",
        payment_id,
        name,
        failure.decline_code or failure.code,
        failure.sentence,
    )


async def set_cost(tx: Tx, payment_id: str, cost: int) -> bool:
    """Whether it was not known before."""
    return bool(await tx.run("UPDATE payments SET cost = $2 WHERE id = $1 AND cost IS NULL", payment_id, cost))


async def give_back(tx: Tx, payment_id: str, amount: int) -> None:
    """So much more of it goes back; below zero, where it does not after all."""
    await tx.run("UPDATE payments SET refunded = refunded + $2 WHERE id = $1", payment_id, amount)


async def return_fee(tx: Tx, payment_id: str, fee: int) -> None:
    """So much more of the platform's fee has gone back."""
    await tx.run("UPDATE payments SET fee_returned = fee_returned + $2 WHERE id = $1", payment_id, fee)


async def set_disputed(tx: Tx, payment_id: str, amount: int) -> None:
    await tx.run("UPDATE payments SET disputed = $2 WHERE id = $1", payment_id, amount)


async def listed(
    tx: Tx, *, booking_id: str | None, status: PaymentStatus | None, limit: int, offset: int
) -> tuple[Sequence[Payment], int]:
    """The newest first, and how many there are in all."""
    wanted: dict[str, object] = {"tenant_id": tx.tenant_id, "booking_id": booking_id, "status": status}
    given = {name: value for name, value in wanted.items() if value is not None}
    condition = " AND ".join(f"{name} = ${number}" for number, name in enumerate(given, start=1))
    rows = await tx.rows(
        f"SELECT {_COLUMNS} FROM payments WHERE {condition} ORDER BY id DESC"
        f" LIMIT ${len(given) + 1} OFFSET ${len(given) + 2}",
        *given.values(),
        limit,
        offset,
    )
    total: int = await tx.value(f"SELECT count(*) FROM payments WHERE {condition}", *given.values())
    return [_payment(row) for row in rows], total


def _one(row: Row | None) -> Payment | None:
    return None if row is None else _payment(row)


def _payment(row: Row) -> Payment:
    facts = dict(row.items())
    return Payment(**{**facts, "failed_tries": tuple(facts["failed_tries"])})
