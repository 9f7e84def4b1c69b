"""The copies of others' facts: filled by events, and by asking the owner once where one is missing."""

import re
from typing import Final
from zoneinfo import ZoneInfo

from services.booking.domain.errors import ServiceNotFound
from services.booking.store import copies
from services.booking.store.copies import Tenant
from services.booking.use_cases.tools import Tools
from services.contracts.auth import TenantRegistered, TenantRenamed
from services.contracts.catalog import ProfileChanged, ServiceArchived, ServiceChanged
from services.contracts.payments import AccountChanged
from services.kernel import errors, inbox
from services.kernel.db import Tx
from services.kernel.events import Delivery
from services.kernel.ids import is_id

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_REMEMBERED: Final = 10_000


async def tenant_of_slug(tools: Tools, slug: str) -> str:
    """Whose page it is, by its present slug or a former one."""
    if (remembered := tools.slugs.get(slug)) is not None:
        return remembered
    if _SLUG.fullmatch(slug) is None:
        raise errors.NotFound
    async with tools.db.transaction() as tx:
        found = await copies.tenant_of_slug(tx, slug)
    if found is None:
        # Slugs that nobody has cost a question each; those that somebody has are mostly known here from the start.
        await tools.limits.spend("unknown-slug", "anybody", per_minute=600, burst=300)
        facts = await tools.auth.tenant_by_slug(slug)
        async with tools.db.transaction() as tx:
            await copies.keep_slug(tx, slug, facts.id)
            await copies.keep_slug(tx, facts.slug, facts.id)
        found = facts.id
    if len(tools.slugs) < _REMEMBERED:
        tools.slugs[slug] = found
    return found


async def tenant_of(tools: Tools, tenant_id: str) -> Tenant:
    """The business as catalog knows it."""
    async with tools.db.transaction(tenant_id) as tx:
        known = await copies.tenant(tx, tenant_id)
    if known is not None:
        return known
    profile = await tools.catalog.profile(tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        await _take_profile(tx, profile)
        known = await copies.tenant(tx, tenant_id)
    if known is None:
        raise AssertionError("a business is known once its profile is stored")
    return known


async def learn_service(tools: Tools, tenant_id: str, service_id: str) -> None:
    """The copy holds the service, or nobody knows it."""
    if not is_id(service_id, "svc"):
        raise ServiceNotFound
    # Ids that nobody gave out cost a question each: one business's page can't be used to keep catalog busy.
    await tools.limits.spend("unknown-service", tenant_id, per_minute=60, burst=60)
    try:
        service = await tools.catalog.service(tenant_id, service_id)
    except errors.NotFound as refusal:
        raise ServiceNotFound from refusal
    async with tools.db.transaction(tenant_id) as tx:
        await copies.change_service(tx, service)


async def registered(tools: Tools, *, delivery: Delivery[TenantRegistered]) -> None:
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.keep_slug(tx, delivery.event.slug, delivery.event.tenant_id)


async def renamed(tools: Tools, *, delivery: Delivery[TenantRenamed]) -> None:
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.keep_slug(tx, delivery.event.slug, delivery.event.tenant_id)


async def profile_changed(tools: Tools, *, delivery: Delivery[ProfileChanged]) -> None:
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await _take_profile(tx, delivery.event)


async def service_changed(tools: Tools, *, delivery: Delivery[ServiceChanged]) -> None:
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.change_service(tx, delivery.event)


async def service_archived(tools: Tools, *, delivery: Delivery[ServiceArchived]) -> None:
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.archive_service(tx, delivery.event)


async def account_changed(tools: Tools, *, delivery: Delivery[AccountChanged]) -> None:
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.change_account(tx, delivery.event)


async def _take_profile(tx: Tx, profile: ProfileChanged) -> None:
    # A zone that this machine's tables lack would break every answer: better it breaks here, where it is seen.
    ZoneInfo(profile.timezone)
    await copies.keep_slug(tx, profile.slug, profile.tenant_id)
    await copies.change_profile(tx, profile)
