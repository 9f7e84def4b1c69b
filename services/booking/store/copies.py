"""The copies of what auth, catalog and payments own. An older fact never overwrites a newer one."""

from typing import Any, Final

import msgspec

from services.contracts.catalog import ProfileChanged, ServiceArchived, ServiceChanged
from services.contracts.payments import AccountChanged
from services.kernel.db import Row, Tx, read


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A business, as catalog has told of it."""

    tenant_id: str
    slug: str
    name: str
    zone: str
    currency: str
    locale: str
    country: str
    brand_color: str
    logo_url: str | None
    # Pairs: hours before the start, per cent that come back.
    policy: list[int]
    charges_enabled: bool


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold."""

    service_id: str
    name: str
    currency: str
    price: int | None
    deposit: int
    duration_minutes: int
    active: bool


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A service and the business that sells it; nothing where the copy lacks the one or the other."""

    tenant: Tenant | None
    service: Service | None


_TENANT: Final = (
    "tenant_id, slug, name, zone, currency, locale, country, brand_color, logo_url, policy, charges_enabled"
)

_OFFER: Final = f"""
SELECT t.*, s.service_id, s.service_name, s.service_currency, s.price, s.deposit, s.duration_minutes, s.active
FROM (SELECT $1::text AS wanted) AS w
LEFT JOIN (
    SELECT {_TENANT} FROM tenants WHERE tenant_id = $2 AND profile_version > 0
) AS t ON true
LEFT JOIN (
    SELECT service_id, name AS service_name, currency AS service_currency, price, deposit, duration_minutes, active
    FROM services WHERE service_id = $1
) AS s ON true
"""

_CHANGE_SERVICE: Final = """
INSERT INTO services AS s (service_id, tenant_id, version, name, currency, price, deposit, duration_minutes, active)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (service_id) DO UPDATE SET
    version = excluded.version, name = excluded.name, currency = excluded.currency, price = excluded.price,
    deposit = excluded.deposit, duration_minutes = excluded.duration_minutes, active = excluded.active
WHERE s.version < excluded.version
"""

# What is heard first of a service may be that it is gone: then its version is remembered, and nothing is sold.
_ARCHIVE_SERVICE: Final = """
INSERT INTO services AS s (service_id, tenant_id, version, name, currency, deposit, duration_minutes, active)
VALUES ($1, $2, $3, '', '', 0, 0, false)
ON CONFLICT (service_id) DO UPDATE SET version = excluded.version, active = false
WHERE s.version < excluded.version
"""

_CHANGE_PROFILE: Final = """
INSERT INTO tenants AS t (
    tenant_id, profile_version, slug, name, zone, currency, locale, country, brand_color, logo_url, policy
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant_id) DO UPDATE SET
    profile_version = excluded.profile_version, slug = excluded.slug, name = excluded.name, zone = excluded.zone,
    currency = excluded.currency, locale = excluded.locale, country = excluded.country,
    brand_color = excluded.brand_color, logo_url = excluded.logo_url, policy = excluded.policy
WHERE t.profile_version < excluded.profile_version
"""

_CHANGE_ACCOUNT: Final = """
INSERT INTO tenants AS t (tenant_id, account_version, charges_enabled) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id) DO UPDATE SET
    account_version = excluded.account_version, charges_enabled = excluded.charges_enabled
WHERE t.account_version < excluded.account_version
"""


async def tenant_of_slug(tx: Tx, slug: str) -> str | None:
    found: str | None = await tx.value("SELECT tenant_id FROM slugs WHERE slug = $1", slug)
    return found


async def keep_slug(tx: Tx, slug: str, tenant_id: str) -> None:
    """For good: a slug that a business ever had leads to it, and never anywhere else."""
    await tx.run("INSERT INTO slugs (slug, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", slug, tenant_id)


async def tenant(tx: Tx, tenant_id: str) -> Tenant | None:
    row = await tx.row(f"SELECT {_TENANT} FROM tenants WHERE tenant_id = $1 AND profile_version > 0", tenant_id)
    return None if row is None else read(Tenant, row)


async def offer(tx: Tx, service_id: str) -> Offer:
    """Both in one round trip."""
    row = await tx.row(_OFFER, service_id, tx.tenant_id)
    if row is None:
        raise AssertionError("the statement answers one row, whatever is there")
    return Offer(tenant=None if row["tenant_id"] is None else read(Tenant, row), service=_service(row))


async def change_profile(tx: Tx, profile: ProfileChanged) -> None:
    steps = sorted(profile.cancellation_policy, key=lambda step: -step.hours_before)
    await tx.run(
        _CHANGE_PROFILE,
        profile.tenant_id,
        profile.version,
        profile.slug,
        profile.business_name,
        profile.timezone,
        profile.currency,
        profile.locale,
        profile.country,
        profile.brand_color,
        profile.logo_url,
        [number for step in steps for number in (step.hours_before, step.refund_percent)],
    )


async def change_service(tx: Tx, service: ServiceChanged) -> None:
    await tx.run(
        _CHANGE_SERVICE,
        service.service_id,
        service.tenant_id,
        service.version,
        service.name,
        service.currency,
        service.price,
        service.deposit,
        service.duration_minutes,
        service.active,
    )


async def archive_service(tx: Tx, archived: ServiceArchived) -> None:
    await tx.run(_ARCHIVE_SERVICE, archived.service_id, archived.tenant_id, archived.version)


async def change_account(tx: Tx, account: AccountChanged) -> None:
    await tx.run(_CHANGE_ACCOUNT, account.tenant_id, account.version, account.charges_enabled)


def _service(row: Row) -> Service | None:
    if row["service_id"] is None:
        return None
    values: dict[str, Any] = {
        name: row[name] for name in ("service_id", "price", "deposit", "duration_minutes", "active")
    }
    return Service(name=row["service_name"], currency=row["service_currency"], **values)
