"""Events that availability hears."""

from services.availability.consumers import auth, booking, catalog
from services.availability.use_cases.tools import Tools
from services.kernel.bus import Subscription


def subscriptions(tools: Tools) -> list[Subscription]:
    return [
        auth.subscription(tools),
        catalog.subscription(tools),
        booking.subscription(tools),
    ]
