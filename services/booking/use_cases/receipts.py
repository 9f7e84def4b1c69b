"""Receipts: written by payments, of what booking knows and of what was paid."""

import base64
from typing import Any

from services.booking.domain.bookings import Booking
from services.booking.domain.errors import NothingPaid
from services.booking.store.copies import Tenant
from services.booking.use_cases.managing import contact_of
from services.booking.use_cases.tools import Tools

_PAID = frozenset({"succeeded"})
_GONE = frozenset({"succeeded", "pending"})


async def receipt(tools: Tools, booking: Booking, tenant: Tenant) -> bytes:
    """As PDF; refused `NOTHING_PAID`."""
    money = await tools.payments.money(tenant_id=booking.tenant_id, booking_id=booking.id)
    lines: list[dict[str, Any]] = [
        {"kind": payment.kind, "amount": payment.amount, "at": payment.paid_at or payment.created_at}
        for payment in money.payments
        if payment.status in _PAID
    ]
    if not lines:
        raise NothingPaid
    lines += [
        {"kind": "refund", "amount": refund.amount, "at": refund.created_at}
        for refund in money.refunds
        if refund.status in _GONE
    ]
    contact = await contact_of(tools, tenant)
    price = booking.price if booking.final_amount is None else booking.final_amount
    written = await tools.payments.receipt(
        {
            "businessName": tenant.name,
            "address": contact.address,
            "phone": contact.phone,
            # At first it is the owner's own; the public profile keeps it back, too.
            "email": None,
            "brandColor": tenant.brand_color,
            "locale": tenant.locale,
            "timezone": booking.terms.zone.key,
            "currency": booking.currency,
            "reference": booking.reference,
            "serviceName": booking.service_name,
            "startsAt": booking.starts_at,
            "customerName": booking.contact.name,
            "customerEmail": booking.contact.email,
            "price": price,
            "lines": sorted(lines, key=lambda line: line["at"]),
            "issuedAt": tools.clock.now(),
        }
    )
    return base64.b64decode(written.pdf)
