"""Businesses and their members, as auth tells of them."""

from services.availability.use_cases import copies
from services.availability.use_cases.tools import Tools
from services.contracts.auth import MemberChanged, TenantRegistered, TenantRenamed
from services.kernel.bus import Subscription
from services.kernel.events import Delivery


def subscription(tools: Tools) -> Subscription:
    async def registered(delivery: Delivery[TenantRegistered]) -> None:
        await copies.registered(tools, delivery=delivery)

    async def renamed(delivery: Delivery[TenantRenamed]) -> None:
        await copies.renamed(tools, delivery=delivery)

    async def member_changed(delivery: Delivery[MemberChanged]) -> None:
        await copies.member_changed(tools, delivery=delivery)

    return Subscription(
        "auth",
        {TenantRegistered: registered, TenantRenamed: renamed, MemberChanged: member_changed},
    )
