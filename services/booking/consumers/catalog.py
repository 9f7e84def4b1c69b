"""Businesses and their services, as catalog tells of them."""

from services.booking.use_cases import copies
from services.booking.use_cases.tools import Tools
from services.contracts.catalog import ProfileChanged, ServiceArchived, ServiceChanged
from services.kernel.bus import Subscription
from services.kernel.events import Delivery


def subscription(tools: Tools) -> Subscription:
    async def profile_changed(delivery: Delivery[ProfileChanged]) -> None:
        await copies.profile_changed(tools, delivery=delivery)

    async def service_changed(delivery: Delivery[ServiceChanged]) -> None:
        await copies.service_changed(tools, delivery=delivery)

    async def service_archived(delivery: Delivery[ServiceArchived]) -> None:
        await copies.service_archived(tools, delivery=delivery)

    return Subscription(
        "catalog",
        {ProfileChanged: profile_changed, ServiceChanged: service_changed, ServiceArchived: service_archived},
    )
