"""Zones, languages and currencies, as catalog tells of them."""

from services.contracts.catalog import ProfileChanged
from services.kernel.bus import Subscription
from services.kernel.events import Delivery
from services.payments.use_cases import copies
from services.payments.use_cases.tools import Tools


def subscription(tools: Tools) -> Subscription:
    async def profile_changed(delivery: Delivery[ProfileChanged]) -> None:
        await copies.profile_changed(tools, delivery=delivery)

    return Subscription("catalog", {ProfileChanged: profile_changed})
