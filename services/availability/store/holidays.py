"""Which public holidays a business keeps, and whether it is closed on them."""

import msgspec

from services.kernel.db import Tx, read


class Observance(msgspec.Struct, frozen=True, kw_only=True):
    """Without a country of its own, that of the business."""

    country: str | None
    region: str | None
    is_closed: bool


async def find(tx: Tx, tenant_id: str) -> Observance | None:
    row = await tx.row(
        "SELECT holiday_country AS country, holiday_region AS region, closed_on_holidays AS is_closed"
        " FROM tenants WHERE tenant_id = $1",
        tenant_id,
    )
    return None if row is None else read(Observance, row)


async def change(tx: Tx, tenant_id: str, observance: Observance) -> None:
    await tx.run(
        "UPDATE tenants SET holiday_country = $2, holiday_region = $3, closed_on_holidays = $4 WHERE tenant_id = $1",
        tenant_id,
        observance.country,
        observance.region,
        observance.is_closed,
    )
