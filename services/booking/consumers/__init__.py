"""Events that booking hears."""

from services.booking.consumers import auth, catalog, payments
from services.booking.use_cases.tools import Tools
from services.kernel.bus import Subscription


def subscriptions(tools: Tools) -> list[Subscription]:
    return [auth.subscription(tools), catalog.subscription(tools), payments.subscription(tools)]
