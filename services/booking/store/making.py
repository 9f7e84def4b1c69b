"""What is written when a draft becomes a booking: everything at once, in one round trip."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from services.booking.domain.bookings import Booking
from services.booking.store.customers import folded
from services.booking.store.timeline import By
from services.booking.store.timers import Task
from services.kernel.db import Tx
from services.kernel.ids import new_id

# Who is known as a customer already stays as is: anybody may give any name. The update of one that somebody else has
# just added changes nothing; it is what makes that row visible. Where the draft is no draft any more, or was given up,
# nothing of all this is written but a customer.
_MAKE: Final = """
WITH known AS (SELECT id FROM customers WHERE tenant_id = $2 AND email_folded = $3),
added AS (
    INSERT INTO customers (id, tenant_id, email_folded, name, email, phone, address, created_at)
    SELECT $4, $2, $3, $5, $6, $7, $8, $9 WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT (tenant_id, email_folded) DO UPDATE SET email_folded = excluded.email_folded
    RETURNING id
),
made AS (
    UPDATE bookings SET
        state = $10, version = $11, ends_at = $12, staff_id = $13, expires_at = $14, deposit_status = $15,
        changed_at = $9, customer_id = (SELECT id FROM known UNION ALL SELECT id FROM added)
    WHERE id = $1 AND state = 'draft' AND NOT given_up
    RETURNING id, customer_id
),
linked AS (
    INSERT INTO manage_links (fingerprint, booking_id, tenant_id) SELECT $16, id, $2 FROM made ON CONFLICT DO NOTHING
),
told AS (
    INSERT INTO timeline (tenant_id, booking_id, at, kind, by, actor) SELECT $2, id, $9, $17, $18, $19 FROM made
),
done AS (
    DELETE FROM timers WHERE booking_id IN (SELECT id FROM made) AND task = 'draft'
),
awaited AS (
    INSERT INTO timers (booking_id, task, tenant_id, since, due_at)
    SELECT made.id, next.task, $2, $9, next.due_at
    FROM made, unnest($20::text[], $21::timestamptz[]) AS next (task, due_at)
)
SELECT customer_id FROM made
"""


async def make(
    tx: Tx,
    made: Booking,
    *,
    link: bytes,
    kind: str,
    by: By,
    actor: str | None,
    looks: Mapping[Task, datetime],
) -> str | None:
    """The customer's id, or nothing where the draft is none any more. When to look at the booking is kept with it."""
    contact = made.contact
    found: str | None = await tx.value(
        _MAKE,
        made.id,
        made.tenant_id,
        folded(contact.email),
        new_id("cus"),
        contact.name,
        contact.email,
        contact.phone,
        contact.address,
        made.changed_at,
        made.state,
        made.version,
        made.ends_at,
        made.staff_id,
        made.expires_at,
        made.deposit_status,
        link,
        kind,
        by,
        actor,
        list(looks),
        list(looks.values()),
    )
    return found
