"""The copy of what catalog says of a business. By its own version, an older one never overwrites a newer one."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.contracts.catalog import ProfileChanged
from services.kernel.db import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A business, as far as its money is shown to people."""

    name: str
    zone: str
    currency: str
    locale: str
    country: str

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


async def find(tx: Tx, tenant_id: str) -> Tenant | None:
    row = await tx.row("SELECT name, zone, currency, locale, country FROM tenants WHERE tenant_id = $1", tenant_id)
    return None if row is None else Tenant(**dict(row.items()))


async def change(tx: Tx, profile: ProfileChanged) -> None:
    await tx.run(
        """
        INSERT INTO tenants AS t (tenant_id, version, name, zone, currency, locale, country)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant_id) DO UPDATE SET
            version = excluded.version, name = excluded.name, zone = excluded.zone, currency = excluded.currency,
            locale = excluded.locale, country = excluded.country
        WHERE t.version < excluded.version
        """,
        profile.tenant_id,
        profile.version,
        profile.business_name,
        profile.timezone,
        profile.currency,
        profile.locale,
        profile.country,
    )
