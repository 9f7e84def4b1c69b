"""The copies of others' facts: filled by events, and by asking the owner once where one is missing."""

import re
from typing import Final, Literal
from zoneinfo import ZoneInfo

from services.availability.store import copies, staff
from services.availability.store.copies import Tenant
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.tools import Tools
from services.contracts.auth import MemberChanged, TenantRegistered, TenantRenamed
from services.contracts.catalog import ProfileChanged, ServiceArchived, ServiceChanged
from services.kernel import errors, inbox
from services.kernel.db import Tx
from services.kernel.events import Delivery
from services.kernel.ids import is_id

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


async def tenant_of_slug(tools: Tools, slug: str) -> str:
    """Whose page it is, by its present slug or a former one."""
    if _SLUG.fullmatch(slug) is None:
        raise errors.NotFound
    async with tools.db.transaction() as tx:
        known = await copies.tenant_of_slug(tx, slug)
    if known is not None:
        return known
    # Slugs that nobody has cost a question each; those that somebody has are known here from the start.
    await tools.limits.spend("unknown-slug", "anybody", per_minute=600, burst=300)
    facts = await tools.auth.tenant_by_slug(slug)
    async with tools.db.transaction() as tx:
        await copies.keep_slug(tx, slug, facts.id)
        await copies.keep_slug(tx, facts.slug, facts.id)
    return facts.id


async def ensure_open(tools: Tools, tenant_id: str) -> None:
    """The tenant has its first staff member, also where nobody has told of it yet."""
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    async with tools.db.transaction(tenant_id) as tx:
        if await copies.find(tx, tenant_id) is not None:
            return
    facts = await tools.auth.tenant(tenant_id)
    async with changing(tools, tenant_id) as tx:
        await _open(tools, tx, tenant_id, facts.name)


async def ensure_tenant(tools: Tools, tenant_id: str) -> Tenant:
    """With its zone and country: without them nothing can be said of its time."""
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    async with tools.db.transaction(tenant_id) as tx:
        known = await copies.find(tx, tenant_id)
    if known is not None and known.zone is not None:
        return known
    profile = await tools.catalog.profile(tenant_id)
    async with changing(tools, tenant_id) as tx:
        await _take_profile(tools, tx, profile)
        found = await copies.find(tx, tenant_id)
    if found is None or found.zone is None:
        raise AssertionError("a tenant has a zone once its profile is stored")
    return found


async def ensure_service(
    tools: Tools, tenant_id: str, service_id: str, *, asked_by: Literal["anybody", "booking"] = "anybody"
) -> None:
    """The copy holds the service, or nobody knows it."""
    if not is_id(service_id, "svc"):
        raise errors.NotFound
    async with tools.db.transaction(tenant_id) as tx:
        if await copies.has_service(tx, service_id):
            return
    # Ids that nobody gave out cost a question each: one business's page can't be used to keep catalog busy. What
    # strangers spend there takes nothing from booking, which asks for what somebody is about to buy.
    if asked_by == "anybody":
        await tools.limits.spend("unknown-service", tenant_id, per_minute=60, burst=60)
    await _fetch_service(tools, tenant_id, service_id)


async def unknown_services(tools: Tools, tenant_id: str, service_ids: list[str]) -> list[str]:
    """Those of them that are not this tenant's."""
    wanted = [service_id for service_id in service_ids if is_id(service_id, "svc")]
    async with tools.db.transaction(tenant_id) as tx:
        known = await copies.known_services(tx, wanted)
    for service_id in wanted:
        if service_id not in known:
            try:
                await _fetch_service(tools, tenant_id, service_id)
            except errors.NotFound:
                continue
            known.add(service_id)
    return [service_id for service_id in service_ids if service_id not in known]


async def registered(tools: Tools, *, delivery: Delivery[TenantRegistered]) -> None:
    fact = delivery.event
    async with changing(tools, fact.tenant_id) as tx:
        if not await inbox.take(tx, delivery):
            return
        await copies.keep_slug(tx, fact.slug, fact.tenant_id)
        await _open(tools, tx, fact.tenant_id, fact.name)
        # Who founded the business is the one who works in it, until somebody says otherwise.
        if await copies.take_registered(tx, fact.tenant_id, fact.version) and (
            await copies.is_member(tx, fact.owner_id) is not False
        ):
            await staff.link_only(tx, fact.owner_id)


async def renamed(tools: Tools, *, delivery: Delivery[TenantRenamed]) -> None:
    async with tools.db.transaction(delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.keep_slug(tx, delivery.event.slug, delivery.event.tenant_id)


async def member_changed(tools: Tools, *, delivery: Delivery[MemberChanged]) -> None:
    fact = delivery.event
    async with tools.db.transaction(fact.tenant_id) as tx:
        if not await inbox.take(tx, delivery):
            return
        is_active = fact.status == "active"
        is_news = await copies.change_member(
            tx, fact.tenant_id, fact.user_id, version=fact.version, is_active=is_active
        )
        # Who leaves the team stays on the calendar: there may be bookings, and somebody must see to them.
        if is_news and not is_active:
            await staff.unlink(tx, fact.user_id)


async def profile_changed(tools: Tools, *, delivery: Delivery[ProfileChanged]) -> None:
    async with changing(tools, delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await _take_profile(tools, tx, delivery.event)


async def service_changed(tools: Tools, *, delivery: Delivery[ServiceChanged]) -> None:
    async with changing(tools, delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.change_service(tx, delivery.event)


async def service_archived(tools: Tools, *, delivery: Delivery[ServiceArchived]) -> None:
    async with changing(tools, delivery.event.tenant_id) as tx:
        if await inbox.take(tx, delivery):
            await copies.archive_service(tx, delivery.event)


async def learn(tools: Tools, fact: ProfileChanged | ServiceChanged | ServiceArchived) -> None:
    """A fact that its owner hands over before the event comes; by its version, whichever comes first."""
    async with changing(tools, fact.tenant_id) as tx:
        if isinstance(fact, ProfileChanged):
            await _take_profile(tools, tx, fact)
        elif isinstance(fact, ServiceChanged):
            await copies.change_service(tx, fact)
        else:
            await copies.archive_service(tx, fact)


async def _fetch_service(tools: Tools, tenant_id: str, service_id: str) -> None:
    service = await tools.catalog.service(tenant_id, service_id)
    async with changing(tools, tenant_id) as tx:
        await copies.change_service(tx, service)


async def _take_profile(tools: Tools, tx: Tx, profile: ProfileChanged) -> None:
    # A zone that this machine's tables lack would break every answer: better it breaks here, where it is seen.
    ZoneInfo(profile.timezone)
    await copies.keep_slug(tx, profile.slug, profile.tenant_id)
    await _open(tools, tx, profile.tenant_id, profile.business_name)
    await copies.change_profile(tx, profile)


async def _open(tools: Tools, tx: Tx, tenant_id: str, name: str) -> None:
    if await copies.open_tenant(tx, tenant_id):
        await staff.add(tx, staff.first(tenant_id, name, tools.clock.now()))
