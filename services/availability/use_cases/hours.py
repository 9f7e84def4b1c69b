"""When somebody works: the week, and the dates that are otherwise."""

from collections.abc import Callable
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from services.availability.domain.errors import TooMany
from services.availability.store import copies, overrides, rules
from services.availability.store.overrides import Override
from services.availability.store.rules import Rule
from services.availability.use_cases import staff
from services.availability.use_cases.copies import ensure_open, ensure_tenant
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.staff import Team
from services.availability.use_cases.tools import Tools
from services.kernel import errors

MOST_RULES: Final = 500
_MOST_OVERRIDES: Final = 2_000


async def week(tools: Tools, *, tenant_id: str) -> list[Rule]:
    async with tools.db.transaction(tenant_id) as tx:
        return await rules.everything(tx)


async def replace_week(tools: Tools, *, tenant_id: str, make: Callable[[Team], list[Rule]]) -> list[Rule]:
    """The whole week at once; of two who do so at the same moment, one wins wholly."""
    await ensure_open(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        wanted = make(await staff.team_of(tx))
        await rules.clear(tx)
        await rules.add(tx, wanted)
        return await rules.everything(tx)


async def add_rule(tools: Tools, *, tenant_id: str, make: Callable[[Team], Rule]) -> Rule:
    """`make` says what the rule is, or refuses."""
    await ensure_open(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        rule = make(await staff.team_of(tx))
        if await rules.count(tx) >= MOST_RULES:
            raise TooMany(f"There are {MOST_RULES} weekly hours already; no more can be kept.")
        await rules.add(tx, [rule])
    return rule


async def change_rule(tools: Tools, *, tenant_id: str, rule_id: str, change: Callable[[Rule, Team], Rule]) -> Rule:
    """`change` says what becomes of the rule, or refuses."""
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        present = await rules.find(tx, rule_id)
        if present is None:
            raise errors.NotFound
        rule = change(present, await staff.team_of(tx))
        await rules.change(tx, rule)
    return rule


async def remove_rule(tools: Tools, *, tenant_id: str, rule_id: str) -> None:
    async with changing(tools, tenant_id) as tx:
        if not await rules.remove(tx, rule_id):
            raise errors.NotFound


async def listed_overrides(
    tools: Tools, *, tenant_id: str, first: date, last: date, staff_id: str | None
) -> list[Override]:
    async with tools.db.transaction(tenant_id) as tx:
        return await overrides.between(tx, first, last, staff_id)


async def add_override(tools: Tools, *, tenant_id: str, make: Callable[[ZoneInfo, Team], Override]) -> Override:
    """`make` says what the override is, or refuses."""
    zone = await _zone(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        override = make(zone, await staff.team_of(tx))
        if await overrides.count(tx) >= _MOST_OVERRIDES:
            raise TooMany(f"There are {_MOST_OVERRIDES} dates with hours of their own already; no more can be kept.")
        await overrides.add(tx, override)
    return override


async def change_override(
    tools: Tools, *, tenant_id: str, override_id: str, change: Callable[[Override, ZoneInfo, Team], Override]
) -> Override:
    """`change` says what becomes of the override, or refuses."""
    zone = await _zone(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        present = await overrides.find(tx, override_id)
        if present is None:
            raise errors.NotFound
        override = change(present, zone, await staff.team_of(tx))
        await overrides.change(tx, override)
    return override


async def remove_override(tools: Tools, *, tenant_id: str, override_id: str) -> None:
    async with changing(tools, tenant_id) as tx:
        if not await overrides.remove(tx, override_id):
            raise errors.NotFound


async def _zone(tools: Tools, tenant_id: str) -> ZoneInfo:
    tenant = await ensure_tenant(tools, tenant_id)
    return ZoneInfo(tenant.zone or "")
