"""A business changes its settings; slug and name belong to auth, which is asked first."""

from typing import Any

import msgspec

from services.catalog.clients import Business
from services.catalog.domain.errors import CurrencyInUse
from services.catalog.domain.profiles import Profile
from services.catalog.store import services, slugs
from services.catalog.use_cases import facts, profiles
from services.catalog.use_cases.changing import changing
from services.catalog.use_cases.tools import Tools
from services.kernel.db import Tx


async def change(
    tools: Tools, tenant_id: str, *, fields: dict[str, Any], slug: str | None, name: str | None
) -> Profile:
    """Only what is given changes. Where this process dies after auth has agreed, auth's event brings slug and name."""
    known = await profiles.ensure(tools, tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        await _free_for_currency(tx, known, fields)
    business = None
    if slug not in {None, known.slug} or name not in {None, known.business_name}:
        business = await tools.auth.rename(tenant_id, slug=slug, name=name)
    stored = await _store(tools, tenant_id, fields=fields, business=business)
    await facts.hand_over_profile(tools, stored)
    return stored


async def _store(tools: Tools, tenant_id: str, *, fields: dict[str, Any], business: Business | None) -> Profile:
    async with changing(tools, tenant_id) as tx:
        present = await profiles.locked(tx, tenant_id)
        await _free_for_currency(tx, present, fields)
        wanted = msgspec.structs.replace(present, **fields)
        if business is not None:
            wanted = profiles.renamed(wanted, slug=business.slug, name=business.name, version=business.version)
            await slugs.note(tx, tenant_id, business.slug)
        if wanted == present:
            return present
        if wanted.currency != present.currency:
            await _reprice(tools, tx, wanted)
        return await profiles.save(tools, tx, present, wanted)


async def _free_for_currency(tx: Tx, profile: Profile, fields: dict[str, Any]) -> None:
    if fields.get("currency", profile.currency) == profile.currency:
        return
    priced = [
        service.name
        for service in await services.kept(tx, profile.tenant_id)
        if service.price is not None or service.deposit_amount is not None
    ]
    if priced:
        shown = ", ".join(priced[:3]) + (f" and {len(priced) - 3} more" if len(priced) > 3 else "")  # noqa: PLR2004
        raise CurrencyInUse(details={"currency": f"is in use by the prices of {shown}"})


async def _reprice(tools: Tools, tx: Tx, profile: Profile) -> None:
    """None of them has a price, but whoever sets one does so in the new currency."""
    now = tools.clock.now()
    for service in await services.kept(tx, profile.tenant_id):
        moved = msgspec.structs.replace(service, currency=profile.currency, version=service.version + 1, changed_at=now)
        await services.save(tx, moved)
        await facts.tell_service(tools, tx, moved)
