"""Events that change what catalog shows. Each is applied by its version, so twice is as once, and late is as never."""

from dataclasses import dataclass

from services.catalog.use_cases import accounts, profiles
from services.catalog.use_cases.tools import Tools
from services.contracts.auth import TenantRegistered, TenantRenamed
from services.contracts.payments import AccountChanged
from services.kernel.bus import Subscription
from services.kernel.events import Delivery


@dataclass(frozen=True)
class Consumers:
    """One function for each event heard."""

    tools: Tools

    def subscriptions(self) -> list[Subscription]:
        return [
            Subscription("auth", {TenantRegistered: self.tenant_registered, TenantRenamed: self.tenant_renamed}),
            Subscription("payments", {AccountChanged: self.account_changed}),
        ]

    async def tenant_registered(self, delivery: Delivery[TenantRegistered]) -> None:
        told = delivery.event
        await profiles.learn(
            self.tools, told.tenant_id, version=told.version, slug=told.slug, former_slug=None, name=told.name
        )

    async def tenant_renamed(self, delivery: Delivery[TenantRenamed]) -> None:
        told = delivery.event
        await profiles.learn(
            self.tools,
            told.tenant_id,
            version=told.version,
            slug=told.slug,
            former_slug=told.former_slug,
            name=told.name,
        )

    async def account_changed(self, delivery: Delivery[AccountChanged]) -> None:
        told = delivery.event
        await accounts.learn(self.tools, told.tenant_id, version=told.version, charges_enabled=told.charges_enabled)
