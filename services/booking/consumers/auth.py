"""Businesses and their slugs, as auth tells of them."""

from services.booking.use_cases import copies
from services.booking.use_cases.tools import Tools
from services.contracts.auth import TenantRegistered, TenantRenamed
from services.kernel.bus import Subscription
from services.kernel.events import Delivery


def subscription(tools: Tools) -> Subscription:
    async def registered(delivery: Delivery[TenantRegistered]) -> None:
        await copies.registered(tools, delivery=delivery)

    async def renamed(delivery: Delivery[TenantRenamed]) -> None:
        await copies.renamed(tools, delivery=delivery)

    return Subscription("auth", {TenantRegistered: registered, TenantRenamed: renamed})
