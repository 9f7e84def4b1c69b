"""Events that payments hears."""

from services.kernel.bus import Subscription
from services.payments.consumers import catalog, notices
from services.payments.use_cases.tools import Tools


def subscriptions(tools: Tools) -> list[Subscription]:
    return [catalog.subscription(tools), notices.subscription(tools)]
