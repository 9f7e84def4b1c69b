"""Bookings, row and value."""

from datetime import datetime
from typing import Any, Final

from services.booking.domain.bookings import Booking, Contact
from services.booking.domain.terms import Terms
from services.kernel.db import Row, Tx

_CONTACT: Final = ("name", "email", "phone", "address")
# What is decided when a booking is made, and stays.
_AGREED: Final = (
    "id", "tenant_id", "reference", "origin", "service_id", "service_name", "duration_minutes", "currency", "price",
    "deposit", "save_card", "created_at",
)  # fmt: skip
_CHANGING: Final = (
    "state", "version", "given_up", "customer_id", "notes", "starts_at", "ends_at", "staff_id", "expires_at",
    "money_version", "paid", "refunded", "deposit_status", "final_amount", "refund_cap_percent", "cancelled_at",
    "cancelled_by", "cancel_reason", "cancel_percent", "sequence", "link_generation", "changed_at",
)  # fmt: skip
COLUMNS: Final = ", ".join((*_AGREED, *_CHANGING, *_CONTACT, "policy", "zone"))

_SAVED: Final = (*_CHANGING, "address")
_SAVE: Final = (
    "UPDATE bookings SET "
    + ", ".join(f"{column} = ${place}" for place, column in enumerate(_SAVED, start=2))
    + " WHERE id = $1"
)

_ADD_DRAFT: Final = """
WITH added AS (
INSERT INTO bookings (
    id, tenant_id, reference, state, version, origin, name, email, phone, address, notes, service_id, service_name,
    duration_minutes, currency, price, deposit, policy, zone, save_card, starts_at, deposit_status, created_at,
    changed_at
) VALUES (
    $1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22
)
ON CONFLICT (tenant_id, reference) DO NOTHING
RETURNING id, tenant_id
)
INSERT INTO timers (booking_id, task, tenant_id, since, due_at)
SELECT id, 'draft', tenant_id, $22, $23 FROM added
RETURNING true
"""


class ReferenceTaken(Exception):  # noqa: N818 - it is no error: another one will do
    """Another booking of the business is called so."""


async def add_draft(tx: Tx, draft: Booking, *, stale_at: datetime) -> None:
    """Its id names everything that follows. From that instant on nobody carries on with it, and a sweep ends it."""
    contact, terms = draft.contact, draft.terms
    added = await tx.value(
        _ADD_DRAFT,
        draft.id,
        draft.tenant_id,
        draft.reference,
        draft.version,
        draft.origin,
        contact.name,
        contact.email,
        contact.phone,
        contact.address,
        draft.notes,
        draft.service_id,
        draft.service_name,
        draft.duration_minutes,
        draft.currency,
        draft.price,
        draft.deposit,
        [number for step in terms.steps for number in (step.hours_before, step.refund_percent)],
        terms.zone.key,
        draft.save_card,
        draft.starts_at,
        draft.deposit_status,
        draft.created_at,
        stale_at,
    )
    if not added:
        raise ReferenceTaken


async def find(tx: Tx, booking_id: str) -> Booking | None:
    row = await tx.row(f"SELECT {COLUMNS} FROM bookings WHERE id = $1", booking_id)
    return None if row is None else booking_of(row)


async def lock(tx: Tx, booking_id: str) -> Booking | None:
    """Nobody else changes it until the commit."""
    row = await tx.row(f"SELECT {COLUMNS} FROM bookings WHERE id = $1 FOR NO KEY UPDATE", booking_id)
    return None if row is None else booking_of(row)


async def save(tx: Tx, booking: Booking) -> None:
    """As it is now; its row is locked already. What was agreed stays as it was."""
    values = [booking.contact.address if column == "address" else getattr(booking, column) for column in _SAVED]
    await tx.run(_SAVE, booking.id, *values)


async def delete(tx: Tx, booking_id: str) -> None:
    """A draft of which nothing is left."""
    await tx.run("DELETE FROM keys WHERE booking_id = $1", booking_id)
    await tx.run("DELETE FROM bookings WHERE id = $1 AND state = 'draft'", booking_id)


def booking_of(row: Row) -> Booking:
    """From a row that has all of COLUMNS."""
    values: dict[str, Any] = {column: row[column] for column in (*_AGREED, *_CHANGING)}
    return Booking(
        **values,
        contact=Contact(name=row["name"], email=row["email"], phone=row["phone"], address=row["address"]),
        terms=Terms.of(row["policy"], row["zone"]),
    )
