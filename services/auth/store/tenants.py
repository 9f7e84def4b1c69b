"""Businesses, and every slug that one of them has or had."""

from datetime import datetime
from itertools import islice
from typing import Final

import msgspec

from services.auth.domain import slugs
from services.kernel.db import Tx, read

_AT_MOST: Final = 50


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A business, as auth knows it."""

    tenant_id: str
    slug: str
    name: str
    country: str
    timezone: str
    currency: str
    version: int = 1


_FIELDS = "tenant_id, slug, name, country, timezone, currency, version"


async def take_slug(tx: Tx, tenant_id: str, name: str, now: datetime) -> str:
    """The best slug for a name that no business has or had."""
    like = slugs.stem_of(name).replace("_", r"\_") + "%"
    known = {row["slug"] for row in await tx.rows("SELECT slug FROM slugs WHERE slug LIKE $1", like)}
    # Another signup may take the same one at this moment: then the next is tried.
    for slug in islice(slugs.candidates(name, known), _AT_MOST):
        if await claim_slug(tx, tenant_id, slug, now):
            return slug
    raise AssertionError("fifty signups under one name at the same moment")


async def claim_slug(tx: Tx, tenant_id: str, slug: str, now: datetime) -> bool:
    """Whether the slug is this business's from now on."""
    await tx.run(
        "INSERT INTO slugs (slug, tenant_id, taken_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        slug,
        tenant_id,
        now,
    )
    return await id_by_slug(tx, slug) == tenant_id


async def id_by_slug(tx: Tx, slug: str) -> str | None:
    """Whose slug this is, or was."""
    owner: str | None = await tx.value("SELECT tenant_id FROM slugs WHERE slug = $1", slug)
    return owner


async def all_ids(tx: Tx) -> list[str]:
    return [row["tenant_id"] for row in await tx.rows("SELECT DISTINCT tenant_id FROM slugs ORDER BY tenant_id")]


async def add(tx: Tx, tenant: Tenant, now: datetime) -> None:
    await tx.run(
        f"INSERT INTO tenants ({_FIELDS}, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.tenant_id,
        tenant.slug,
        tenant.name,
        tenant.country,
        tenant.timezone,
        tenant.currency,
        tenant.version,
        now,
    )


async def find(tx: Tx, tenant_id: str, *, lock: bool = False) -> Tenant | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM tenants WHERE tenant_id = $1{' FOR UPDATE' if lock else ''}", tenant_id)
    return None if row is None else read(Tenant, row)


async def rename(tx: Tx, tenant: Tenant) -> None:
    await tx.run(
        "UPDATE tenants SET slug = $2, name = $3, version = $4 WHERE tenant_id = $1",
        tenant.tenant_id,
        tenant.slug,
        tenant.name,
        tenant.version,
    )
