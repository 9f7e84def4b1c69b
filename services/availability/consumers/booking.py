"""Bookings that stand, and bookings that are over, as booking tells of them."""

from services.availability.use_cases import settling
from services.availability.use_cases.tools import Tools
from services.contracts.booking import BookingCancelled, BookingConfirmed, BookingExpired, BookingMoved
from services.kernel.bus import Subscription
from services.kernel.events import Delivery


def subscription(tools: Tools) -> Subscription:
    async def confirmed(delivery: Delivery[BookingConfirmed]) -> None:
        await settling.stands(tools, delivery=delivery)

    async def moved(delivery: Delivery[BookingMoved]) -> None:
        await settling.stands(tools, delivery=delivery)

    async def cancelled(delivery: Delivery[BookingCancelled]) -> None:
        await settling.ended(tools, delivery=delivery)

    async def expired(delivery: Delivery[BookingExpired]) -> None:
        await settling.ended(tools, delivery=delivery)

    return Subscription(
        "booking",
        {
            BookingConfirmed: confirmed,
            BookingMoved: moved,
            BookingCancelled: cancelled,
            BookingExpired: expired,
        },
    )
