"""Public holidays: whose count, and whether the business is closed on them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from services.availability.domain import holidays as known
from services.availability.domain.holidays import Holiday, Region
from services.availability.store import copies, holidays
from services.availability.store.copies import Tenant
from services.availability.store.holidays import Observance
from services.availability.use_cases.copies import ensure_tenant
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.tools import Tools
from services.kernel import errors

_AHEAD: Final = timedelta(days=365)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a business keeps, with the dates that follow from it."""

    country: str | None
    region: str | None
    is_closed: bool
    days: list[Holiday]
    regions: list[Region]


async def kept(tools: Tools, *, tenant_id: str, year: int | None) -> Kept:
    """The holidays of a year, or those of the coming twelve months."""
    tenant = await ensure_tenant(tools, tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        observance = await holidays.find(tx, tenant_id)
    return _kept(tools, tenant, observance, year)


async def change(tools: Tools, *, tenant_id: str, facts: Mapping[str, Any], problems: Mapping[str, str]) -> Kept:
    """Another country begins without a region. `problems` say what is wrong with what is not among the facts."""
    tenant = await ensure_tenant(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        present = await holidays.find(tx, tenant_id)
        if present is None:
            raise errors.NotFound
        if facts.get("country", present.country) != present.country:
            facts = {"region": None, **facts}
        observance = msgspec.structs.replace(present, **facts)
        # Without a country that can be read, nothing can be said of its regions.
        problems = {**({} if "country" in problems else _problems(observance, tenant)), **problems}
        if problems:
            raise errors.Invalid(details=problems)
        if observance.region is not None:
            code = known.region_code(_country(observance, tenant), observance.region)
            observance = msgspec.structs.replace(observance, region=code)
        await holidays.change(tx, tenant_id, observance)
    return _kept(tools, tenant, observance, None)


def _problems(wanted: Observance, tenant: Tenant) -> dict[str, str]:
    country = _country(wanted, tenant)
    if not known.is_known(country) and (wanted.country is not None or wanted.region is not None or wanted.is_closed):
        sentence = f"the public holidays of {country[:2]!r} are not known here; it must be a country such as NZ"
        return {"country": sentence}
    if wanted.region is not None and known.region_code(country, wanted.region) is None:
        return {"region": f"is no region of {country} with holidays of its own"}
    return {}


def _country(wanted: Observance, tenant: Tenant) -> str:
    return (tenant.country if wanted.country is None else wanted.country) or ""


def _kept(tools: Tools, tenant: Tenant, observance: Observance | None, year: int | None) -> Kept:
    chosen = observance or Observance(country=None, region=None, is_closed=False)
    country = chosen.country or tenant.country
    if year is None:
        first = tools.clock.now().astimezone(ZoneInfo(tenant.zone or "UTC")).date()
        last = first + _AHEAD
    else:
        first, last = date(year, 1, 1), date(year, 12, 31)
    return Kept(
        country=country,
        region=chosen.region,
        is_closed=chosen.is_closed,
        days=known.listing(country or "", chosen.region, first, last),
        regions=known.regions(country or ""),
    )
