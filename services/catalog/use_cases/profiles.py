"""A business's profile: made when auth tells of it or somebody asks first, named as auth says, found by its slugs."""

import msgspec

from services.catalog.clients import Business
from services.catalog.domain import locales
from services.catalog.domain.profiles import Profile, is_slug
from services.catalog.store import profiles, slugs
from services.catalog.use_cases import facts
from services.catalog.use_cases.changing import changing
from services.catalog.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx


async def ensure(tools: Tools, tenant_id: str) -> Profile:
    """The business's profile, made from what auth knows where there is none yet."""
    async with tools.db.transaction(tenant_id) as tx:
        found = await profiles.find(tx, tenant_id)
    if found is not None:
        return found
    business = await tools.auth.tenant(tenant_id)
    if business is None:
        raise errors.NotFound
    return await _made(tools, business)


async def learn(tools: Tools, tenant_id: str, *, version: int, slug: str, former_slug: str | None, name: str) -> None:
    """What auth told of slug and name; an older one never overwrites a newer."""
    known = await ensure(tools, tenant_id)
    if known.naming_version >= version:
        async with tools.db.transaction() as tx:
            await slugs.note(tx, tenant_id, slug, *([former_slug] if former_slug else []))
        return
    async with changing(tools, tenant_id) as tx:
        await slugs.note(tx, tenant_id, slug, *([former_slug] if former_slug else []))
        profile = await locked(tx, tenant_id)
        named = renamed(profile, slug=slug, name=name, version=version)
        if named != profile:
            await save(tools, tx, profile, named)


def renamed(profile: Profile, *, slug: str, name: str, version: int) -> Profile:
    if version <= profile.naming_version:
        return profile
    return msgspec.structs.replace(profile, slug=slug, business_name=name, naming_version=version)


async def locked(tx: Tx, tenant_id: str) -> Profile:
    profile = await profiles.find(tx, tenant_id, lock=True)
    if profile is None:
        raise errors.NotFound
    return profile


async def save(tools: Tools, tx: Tx, present: Profile, wanted: Profile) -> Profile:
    """The profile as it is now stored and told, one version on."""
    stored = msgspec.structs.replace(wanted, version=present.version + 1, changed_at=tools.clock.now())
    await profiles.save(tx, stored)
    await facts.tell_profile(tools, tx, stored)
    return stored


async def tenant_of_slug(tools: Tools, slug: str) -> str:
    """Whose slug it is or was; auth is asked once where nothing is known here."""
    if not is_slug(slug):
        raise errors.NotFound
    if (remembered := tools.memory.slugs.get(slug)) is not None:
        return remembered
    async with tools.db.transaction() as tx:
        tenant_id = await slugs.tenant_of(tx, slug)
    if tenant_id is None:
        tenant_id = await _asked(tools, slug)
    tools.memory.slugs.put(slug, tenant_id)
    return tenant_id


async def _asked(tools: Tools, slug: str) -> str:
    async with tools.memory.asking:
        # Perhaps it was answered while this one waited for its turn.
        if tools.memory.is_stranger(slug):
            raise errors.NotFound
        business = await tools.auth.tenant_by_slug(slug)
    if business is None:
        tools.memory.note_stranger(slug)
        raise errors.NotFound
    await _made(tools, business)
    async with tools.db.transaction() as tx:
        await slugs.note(tx, business.id, slug)
    return business.id


async def _made(tools: Tools, business: Business) -> Profile:
    profile = Profile(
        tenant_id=business.id,
        version=1,
        slug=business.slug,
        business_name=business.name,
        naming_version=business.version,
        email=business.owner_email,
        timezone=business.timezone,
        currency=business.currency,
        locale=locales.of_country(business.country),
        country=business.country,
        changed_at=tools.clock.now(),
    )
    # Nothing was shown of it before, so nobody has to forget anything.
    async with tools.db.transaction(business.id) as tx:
        if await profiles.add(tx, profile):
            await slugs.note(tx, business.id, business.slug)
            await facts.tell_profile(tools, tx, profile)
            return profile
        return await locked(tx, business.id)
