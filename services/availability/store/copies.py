"""The copies of what auth and catalog own. By a fact's own version, an older one never overwrites a newer one."""

from typing import Final

import msgspec

from services.contracts.catalog import ProfileChanged, ServiceArchived, ServiceChanged
from services.kernel.db import Tx, read


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A business, as far as its time is concerned."""

    tenant_id: str
    zone: str | None
    country: str | None


_CHANGE_SERVICE: Final = """
INSERT INTO services AS s (
    service_id, tenant_id, version, name, duration, before, after, notice, window_days, step, max_per_day, staff_ids,
    active
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (service_id) DO UPDATE SET
    version = excluded.version, name = excluded.name, duration = excluded.duration, before = excluded.before,
    after = excluded.after, notice = excluded.notice, window_days = excluded.window_days, step = excluded.step,
    max_per_day = excluded.max_per_day, staff_ids = excluded.staff_ids, active = excluded.active, archived = false
WHERE s.version < excluded.version
"""

# What is heard first of a service may be that it is gone: then its version is remembered, and nothing is offered.
_ARCHIVE_SERVICE: Final = """
INSERT INTO services AS s (
    service_id, tenant_id, version, name, duration, before, after, notice, window_days, step, active, archived
) VALUES ($1, $2, $3, '', 1, 0, 0, 0, 1, 1, false, true)
ON CONFLICT (service_id) DO UPDATE SET version = excluded.version, active = false, archived = true
WHERE s.version < excluded.version
"""


async def tenant_of_slug(tx: Tx, slug: str) -> str | None:
    tenant_id: str | None = await tx.value("SELECT tenant_id FROM slugs WHERE slug = $1", slug)
    return tenant_id


async def keep_slug(tx: Tx, slug: str, tenant_id: str) -> None:
    """For good: a slug that a business ever had leads to it, and never anywhere else."""
    await tx.run("INSERT INTO slugs (slug, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", slug, tenant_id)


async def find(tx: Tx, tenant_id: str) -> Tenant | None:
    row = await tx.row("SELECT tenant_id, zone, country FROM tenants WHERE tenant_id = $1", tenant_id)
    return None if row is None else read(Tenant, row)


async def lock(tx: Tx, tenant_id: str) -> None:
    """One change of a tenant's calendar at a time."""
    await tx.run("SELECT 1 FROM tenants WHERE tenant_id = $1 FOR NO KEY UPDATE", tenant_id)


async def open_tenant(tx: Tx, tenant_id: str) -> bool:
    """Whether the tenant is new here: of all who try at the same moment, one is told so."""
    return bool(await tx.run("INSERT INTO tenants (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING", tenant_id))


async def take_registered(tx: Tx, tenant_id: str, version: int) -> bool:
    """Whether auth had not told as much of the tenant before."""
    return bool(
        await tx.run(
            "UPDATE tenants SET tenant_version = $2 WHERE tenant_id = $1 AND tenant_version < $2", tenant_id, version
        )
    )


async def change_profile(tx: Tx, profile: ProfileChanged) -> None:
    await tx.run(
        "UPDATE tenants SET profile_version = $2, zone = $3, country = $4, name = $5"
        " WHERE tenant_id = $1 AND profile_version < $2",
        profile.tenant_id,
        profile.version,
        profile.timezone,
        profile.country,
        profile.business_name,
    )


async def has_service(tx: Tx, service_id: str) -> bool:
    """An archived one, too."""
    return bool(await tx.value("SELECT true FROM services WHERE service_id = $1", service_id))


async def known_services(tx: Tx, service_ids: list[str]) -> set[str]:
    rows = await tx.rows("SELECT service_id FROM services WHERE service_id = ANY ($1)", service_ids)
    return {row["service_id"] for row in rows}


async def change_service(tx: Tx, service: ServiceChanged) -> None:
    await tx.run(
        _CHANGE_SERVICE,
        service.service_id,
        service.tenant_id,
        service.version,
        service.name,
        service.duration_minutes,
        service.buffer_before_minutes,
        service.buffer_after_minutes,
        service.min_notice_minutes,
        service.booking_window_days,
        service.slot_step_minutes,
        service.max_per_day,
        None if service.staff_ids is None else list(service.staff_ids),
        service.active,
    )


async def archive_service(tx: Tx, archived: ServiceArchived) -> None:
    await tx.run(_ARCHIVE_SERVICE, archived.service_id, archived.tenant_id, archived.version)


async def change_member(tx: Tx, tenant_id: str, user_id: str, *, version: int, is_active: bool) -> bool:
    """Whether this is newer than what was known."""
    return bool(
        await tx.run(
            "INSERT INTO members AS m (tenant_id, user_id, version, active) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (tenant_id, user_id) DO UPDATE SET version = excluded.version, active = excluded.active"
            " WHERE m.version < excluded.version",
            tenant_id,
            user_id,
            version,
            is_active,
        )
    )


async def is_member(tx: Tx, user_id: str) -> bool | None:
    """Whether the person belongs to the tenant; nothing where auth has not said."""
    active: bool | None = await tx.value("SELECT active FROM members WHERE user_id = $1", user_id)
    return active
