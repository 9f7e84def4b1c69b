"""Finished answers for the public: kept in the process while it is certain that nothing has changed."""

import hashlib
from collections.abc import Callable, Hashable
from typing import NamedTuple

from services.catalog.domain.profiles import Profile
from services.catalog.domain.services import Service
from services.catalog.store import accounts, profiles, services
from services.catalog.use_cases import facts
from services.catalog.use_cases.memory import Kept
from services.catalog.use_cases.profiles import ensure, tenant_of_slug
from services.catalog.use_cases.tools import Tools


class Shown(NamedTuple):
    """All that the public may see of a business."""

    profile: Profile
    services: list[Service]
    can_be_paid: bool
    logo_url: str | None


async def answer(tools: Tools, slug: str, what: str, make: Callable[[Shown], bytes], *, stamp: Hashable = None) -> Kept:
    """The business's finished answer of that kind, also where it is asked for by a former slug."""
    tenant_id = await tenant_of_slug(tools, slug)
    known = tools.memory.answers.get((tenant_id, what))
    if (
        known is not None
        and known.stamp == stamp
        and tools.freshness.is_trusted()
        and known.epoch == tools.freshness.epoch(tenant_id)
    ):
        return known
    epoch = tools.freshness.epoch(tenant_id)
    shown = await _look(tools, tenant_id)
    body = make(shown)
    kept = Kept(
        body=body,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        slug=shown.profile.slug,
        framed_by=shown.profile.allowed_origins,
        epoch=epoch,
        stamp=stamp,
    )
    # Where something has changed meanwhile, the epoch has, too, and this is never answered again.
    tools.memory.answers.put((tenant_id, what), kept)
    return kept


async def _look(tools: Tools, tenant_id: str) -> Shown:
    async with tools.db.transaction(tenant_id) as tx:
        profile = await profiles.find(tx, tenant_id)
        offered = await services.offered(tx, tenant_id)
        can_be_paid = await accounts.can_be_paid(tx, tenant_id)
    if profile is None:
        profile = await ensure(tools, tenant_id)
    return Shown(profile, offered, can_be_paid, facts.logo_url(tools, profile))
