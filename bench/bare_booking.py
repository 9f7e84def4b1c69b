"""Booking without any of its thought: the floor under a booking that is made.

It makes the same hops as the real one, and writes the same rows in the same two transactions, one statement in each. It
knows no service, no price and no terms, decodes what it needs and checks nothing. Its events count as sent: nothing
follows from them.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from bench import businesses
from services.booking.settings import BookingSettings
from services.kernel.context import Context, Tools
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok
from services.kernel.ids import new_id, new_uuid
from services.kernel.run import run

_DRAFT: Final = """
WITH booking AS (
    INSERT INTO bookings (
        id, tenant_id, reference, state, version, origin, name, email, phone, service_id, service_name,
        duration_minutes, currency, price, deposit, policy, zone, save_card, starts_at, deposit_status, created_at,
        changed_at
    ) VALUES (
        $1, $2, $3, 'draft', 1, 'widget', $4, $5, $6, $7, 'A job', 30, 'NZD', 9000, 0, '{48,100,24,50}', 'UTC', true,
        $8, 'none', $9, $9
    )
)
INSERT INTO timers (booking_id, task, tenant_id, since, due_at) VALUES ($1, 'draft', $2, $9, $10)
"""
_MAKE: Final = """
WITH customer AS (
    INSERT INTO customers (id, tenant_id, email_folded, name, email, phone, created_at)
    VALUES ($3, $2, $4, $5, $4, $6, $7)
),
booking AS (
    UPDATE bookings SET
        state = 'confirmed', version = 2, ends_at = $8, staff_id = $9, changed_at = $7, customer_id = $3
    WHERE id = $1
),
link AS (
    INSERT INTO manage_links (fingerprint, booking_id, tenant_id) VALUES ($10, $1, $2)
),
entry AS (
    INSERT INTO timeline (tenant_id, booking_id, at, kind, by) VALUES ($2, $1, $7, 'confirmed', 'customer')
),
timer AS (
    DELETE FROM timers WHERE booking_id = $1 AND task = 'draft'
),
sequence AS (
    INSERT INTO outbox_sequence (aggregate_id, last) VALUES ($1, 1)
)
INSERT INTO outbox (event_id, aggregate_id, sequence, type, tenant_id, body, occurred_at, sent_at)
VALUES ($11, $1, 1, 'booking.confirmed.v1', $2, $12, $7, $7)
"""
_STALE_AFTER: Final = timedelta(seconds=60)


class Customer(msgspec.Struct):
    """Who books."""

    name: str
    email: str
    phone: str


class Wanted(msgspec.Struct, rename="camel"):
    """The part of what a customer says that is written."""

    service_id: str
    starts_at: datetime
    customer: Customer


class Taken(msgspec.Struct, rename="camel"):
    """The time, as availability tells of it."""

    staff_id: str
    ends_at: datetime


@post("/api/widget/{slug:str}/book", include_in_schema=False)
async def book(
    request: Request[Any, Any, Any],
    tools: NamedDependency[SkipValidation[Tools]],
    slug: FromPath[str],
) -> Ok[dict[str, Any]]:
    wanted = msgspec.json.decode(await request.body(), type=Wanted)
    tenant_id = businesses.tenant_id(businesses.number_of(slug))
    booking_id, customer, now = new_id("book"), wanted.customer, tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        await tx.run(
            _DRAFT,
            booking_id,
            tenant_id,
            booking_id,
            customer.name,
            customer.email,
            customer.phone,
            wanted.service_id,
            wanted.starts_at,
            now,
            now + _STALE_AFTER,
        )
    hold = {
        "tenantId": tenant_id,
        "bookingId": booking_id,
        "serviceId": wanted.service_id,
        "startsAt": wanted.starts_at,
    }
    address = tools.settings.address_of("availability")
    taken = await tools.calls.ask("availability", address, "POST", "/internal/holds", Taken, body=hold)
    told = {**hold, "version": 2, "reference": booking_id, "staffId": taken.staff_id, "endsAt": taken.ends_at}
    async with tools.db.transaction(tenant_id) as tx:
        await tx.run(
            _MAKE,
            booking_id,
            tenant_id,
            new_id("cus"),
            customer.email,
            customer.name,
            customer.phone,
            now,
            taken.ends_at,
            taken.staff_id,
            hashlib.sha256(booking_id.encode()).digest(),
            new_uuid(),
            msgspec.json.encode(told),
        )
    return envelope.ok({**told, "status": "confirmed"})


def compose(environ: Mapping[str, str]) -> Context:
    tools = Tools.build("booking", BookingSettings.read(environ))
    return Context(tools, about="The floor under a booking that is made.", routes=(book,), provides={"tools": tools})


if __name__ == "__main__":
    run(compose(os.environ), "serve", "127.0.0.1", int(sys.argv[1]))
