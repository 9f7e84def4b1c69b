"""The copy of what catalog owns: filled by its events, and by asking it once where it is missing."""

from zoneinfo import ZoneInfo

from services.contracts.catalog import ProfileChanged
from services.kernel import inbox
from services.kernel.events import Delivery
from services.payments.store import tenants
from services.payments.store.tenants import Tenant
from services.payments.use_cases.tools import Tools


async def ensure_tenant(tools: Tools, tenant_id: str) -> Tenant:
    """With its zone, language and currency: without them no amount can be shown."""
    async with tools.db.transaction(tenant_id) as tx:
        known = await tenants.find(tx, tenant_id)
    if known is not None:
        return known
    profile = await tools.catalog.profile(tenant_id)
    ZoneInfo(profile.timezone)
    async with tools.db.transaction(tenant_id) as tx:
        await tenants.change(tx, profile)
        found = await tenants.find(tx, tenant_id)
    if found is None:
        raise AssertionError("a tenant is there once its profile is stored")
    return found


async def profile_changed(tools: Tools, *, delivery: Delivery[ProfileChanged]) -> None:
    # A zone that this machine's tables lack would break every sum by day: better it breaks here, where it is seen.
    ZoneInfo(delivery.event.timezone)
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await tenants.change(tx, delivery.event)
