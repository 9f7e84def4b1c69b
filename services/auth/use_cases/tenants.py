"""Businesses: a new one with its owner, another slug, and their present facts."""

import msgspec

from services.auth.domain import places
from services.auth.domain.errors import SlugTaken
from services.auth.domain.roles import Role
from services.auth.store import members, tenants
from services.auth.store.tenants import Tenant
from services.auth.use_cases.tools import Tools
from services.contracts.auth import MemberChanged, TenantRegistered, TenantRenamed
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import is_id, new_id


class Business(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of a new business; what they leave open follows from the country."""

    name: str
    country: str | None = None
    timezone: str | None = None
    currency: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """A business as other contexts may know it, with its first owner's address."""

    tenant: Tenant
    owner_email: str | None


async def found(tools: Tools, tx: Tx, business: Business, *, tenant_id: str, owner_id: str) -> Tenant:
    """A new business with its owner, in the tenant's transaction."""
    now = tools.clock.now()
    country = business.country or places.DEFAULT_COUNTRY
    place = places.place_of(country)
    tenant = Tenant(
        tenant_id=tenant_id,
        slug=await tenants.take_slug(tx, tenant_id, business.name, now),
        name=business.name,
        country=country,
        timezone=business.timezone or place.timezone,
        currency=business.currency or place.currency,
    )
    await tenants.add(tx, tenant, now)
    await tools.outbox.add(tx, _registered(tenant, owner_id), about=tenant_id)
    await join(tools, tx, tenant_id=tenant_id, user_id=owner_id, role="owner")
    return tenant


async def join(tools: Tools, tx: Tx, *, tenant_id: str, user_id: str, role: Role) -> members.Member:
    """A person becomes a member, for the first time or again."""
    wanted = members.Member(
        id=new_id("mem"), tenant_id=tenant_id, user_id=user_id, role=role, status="active", version=1
    )
    member = await members.join(tx, wanted, tools.clock.now())
    await tools.outbox.add(tx, changed(member), about=member.id)
    return member


async def take_slug(tools: Tools, *, tenant_id: str, slug: str | None, name: str | None) -> Facts:
    """Another slug or name; the former slug still leads here, and never anywhere else."""
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        tenant = await tenants.find(tx, tenant_id, lock=True)
        if tenant is None:
            raise errors.NotFound
        owner_email = await members.owner_email(tx, tenant_id)
        slug = slug or tenant.slug
        if slug == tenant.slug and name in {None, tenant.name}:
            return Facts(tenant=tenant, owner_email=owner_email)
        if not await tenants.claim_slug(tx, tenant_id, slug, now):
            raise SlugTaken(details={"slug": "is taken"})
        renamed = msgspec.structs.replace(tenant, slug=slug, name=name or tenant.name, version=tenant.version + 1)
        await tenants.rename(tx, renamed)
        event = TenantRenamed(
            tenant_id=tenant_id,
            version=renamed.version,
            slug=slug,
            former_slug=tenant.slug if slug != tenant.slug else None,
            name=renamed.name,
        )
        await tools.outbox.add(tx, event, about=tenant_id)
    return Facts(tenant=renamed, owner_email=owner_email)


async def facts(tools: Tools, *, tenant_id: str) -> Facts:
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    async with tools.db.transaction(tenant_id) as tx:
        tenant = await tenants.find(tx, tenant_id)
        if tenant is None:
            raise errors.NotFound
        return Facts(tenant=tenant, owner_email=await members.owner_email(tx, tenant_id))


async def facts_by_slug(tools: Tools, *, slug: str) -> Facts:
    """Also by a slug of former days; the answer tells the present one."""
    async with tools.db.transaction() as tx:
        tenant_id = await tenants.id_by_slug(tx, slug)
    if tenant_id is None:
        raise errors.NotFound
    return await facts(tools, tenant_id=tenant_id)


async def republish(tools: Tools) -> int:
    """Every business and every member once more, as they are now; how many facts that is."""
    async with tools.db.transaction() as tx:
        known = await tenants.all_ids(tx)
    count = 0
    for tenant_id in known:
        async with tools.db.transaction(tenant_id) as tx:
            count += await _republish(tools, tx, tenant_id)
    return count


async def _republish(tools: Tools, tx: Tx, tenant_id: str) -> int:
    # Locked, so that no older fact is stored after a newer one.
    tenant = await tenants.find(tx, tenant_id, lock=True)
    if tenant is None:
        return 0
    everybody = await members.everybody(tx, tenant_id)
    first_owner = next((member.user_id for member in everybody if member.role == "owner"), "")
    await tools.outbox.add(tx, _registered(tenant, first_owner), about=tenant_id)
    for member in everybody:
        await tools.outbox.add(tx, changed(member), about=member.id)
    return 1 + len(everybody)


def changed(member: members.Member) -> MemberChanged:
    return MemberChanged(
        tenant_id=member.tenant_id,
        version=member.version,
        user_id=member.user_id,
        role=member.role,
        status="active" if member.status == "active" else "removed",
    )


def _registered(tenant: Tenant, owner_id: str) -> TenantRegistered:
    return TenantRegistered(
        tenant_id=tenant.tenant_id,
        version=tenant.version,
        slug=tenant.slug,
        name=tenant.name,
        country=tenant.country,
        timezone=tenant.timezone,
        currency=tenant.currency,
        owner_id=owner_id,
    )
