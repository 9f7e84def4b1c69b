"""Customers: one per business and e-mail address, however it is capitalised."""

from datetime import datetime

from services.booking.domain.bookings import Contact
from services.kernel.db import Tx
from services.kernel.ids import new_id

# The update changes nothing: it is what makes a row visible that somebody else has just added.
_OF_CONTACT = """
WITH known AS (SELECT id FROM customers WHERE tenant_id = $2 AND email_folded = $3),
added AS (
    INSERT INTO customers AS c (id, tenant_id, email_folded, name, email, phone, address, created_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8 WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (tenant_id, email_folded) DO UPDATE SET email_folded = excluded.email_folded
    RETURNING id
)
SELECT id FROM known UNION ALL SELECT id FROM added
"""


def folded(email: str) -> str:
    """By which two spellings of one address are the same."""
    return email.strip().casefold()


async def of_contact(tx: Tx, contact: Contact, now: datetime) -> str:
    """The id of the customer with that address. Who is known already stays as is: anybody may give any name."""
    found: str = await tx.value(
        _OF_CONTACT,
        new_id("cus"),
        tx.tenant_id,
        folded(contact.email),
        contact.name,
        contact.email,
        contact.phone,
        contact.address,
        now,
    )
    return found
