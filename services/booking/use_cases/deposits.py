"""What is needed to pay a deposit. It is asked of payments each time, and its secret stored nowhere."""

from collections.abc import Mapping

from services.booking.clients import Deposit
from services.booking.domain.bookings import Booking
from services.booking.use_cases.tools import Tools


async def deposit_of(tools: Tools, booking: Booking) -> Deposit:
    """The same payment for the same booking, however often it is asked for."""
    return await tools.payments.deposit(
        tenant_id=booking.tenant_id,
        booking_id=booking.id,
        reference=booking.reference,
        amount=booking.deposit,
        currency=booking.currency,
        save_card=booking.save_card,
        description=named(booking),
        customer=payer(booking),
    )


def named(booking: Booking) -> str:
    """What was paid for, as it stands on statements."""
    return f"{booking.service_name} ({booking.reference})"


def payer(booking: Booking) -> Mapping[str, str]:
    """Who pays, as payments wants to know it."""
    contact = booking.contact
    return {"name": contact.name, "email": contact.email, "phone": contact.phone}
