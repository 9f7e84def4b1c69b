"""When somebody works: the week, and the dates that are otherwise."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from services.availability.domain.days import is_missing
from services.availability.domain.errors import TooMany
from services.availability.domain.facts import Window
from services.availability.store import copies, overrides, rules
from services.availability.store.overrides import Override
from services.availability.store.rules import Rule
from services.availability.use_cases import staff
from services.availability.use_cases.copies import ensure_open, ensure_tenant
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.tools import Tools
from services.kernel import errors

MOST_RULES: Final = 500
_MOST_OVERRIDES: Final = 2_000


async def week(tools: Tools, *, tenant_id: str) -> list[Rule]:
    async with tools.db.transaction(tenant_id) as tx:
        return await rules.everything(tx)


async def replace_week(tools: Tools, *, tenant_id: str, wanted: list[Rule]) -> list[Rule]:
    """The whole week at once; of two who do so at the same moment, one wins wholly."""
    await ensure_open(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        named = {f"rules.{index}.staffId": rule.staff_id for index, rule in enumerate(wanted)}
        await staff.check_references(tx, named)
        await rules.clear(tx)
        await rules.add(tx, wanted)
        return await rules.everything(tx)


async def add_rule(tools: Tools, *, tenant_id: str, rule: Rule) -> Rule:
    await ensure_open(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        await staff.check_references(tx, {"staffId": rule.staff_id})
        if await rules.count(tx) >= MOST_RULES:
            raise TooMany(f"There are {MOST_RULES} weekly hours already; no more can be kept.")
        await rules.add(tx, [rule])
    return rule


async def change_rule(tools: Tools, *, tenant_id: str, rule_id: str, change: Callable[[Rule], Rule]) -> Rule:
    """`change` says what becomes of the rule, or refuses."""
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        present = await rules.find(tx, rule_id)
        if present is None:
            raise errors.NotFound
        rule = change(present)
        await staff.check_references(tx, {"staffId": rule.staff_id})
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


async def add_override(tools: Tools, *, tenant_id: str, override: Override) -> Override:
    zone = await _zone(tools, tenant_id)
    _check_hours_exist(override, zone)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        await staff.check_references(tx, {"staffId": override.staff_id})
        if await overrides.count(tx) >= _MOST_OVERRIDES:
            raise TooMany(f"There are {_MOST_OVERRIDES} dates with hours of their own already; no more can be kept.")
        await overrides.add(tx, override)
    return override


async def change_override(
    tools: Tools, *, tenant_id: str, override_id: str, change: Callable[[Override], Override]
) -> Override:
    """`change` says what becomes of the override, or refuses."""
    zone = await _zone(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        present = await overrides.find(tx, override_id)
        if present is None:
            raise errors.NotFound
        override = change(present)
        _check_hours_exist(override, zone)
        await staff.check_references(tx, {"staffId": override.staff_id})
        await overrides.change(tx, override)
    return override


async def remove_override(tools: Tools, *, tenant_id: str, override_id: str) -> None:
    async with changing(tools, tenant_id) as tx:
        if not await overrides.remove(tx, override_id):
            raise errors.NotFound


async def _zone(tools: Tools, tenant_id: str) -> ZoneInfo:
    tenant = await ensure_tenant(tools, tenant_id)
    return ZoneInfo(tenant.zone or "")


def _check_hours_exist(override: Override, zone: ZoneInfo) -> None:
    windows = zip(override.windows[::2], override.windows[1::2], strict=True)
    problems: Mapping[str, str] = {
        f"windows.{index}": f"the clocks skip these hours on {override.day}: nothing can be booked in them"
        for index, (start, end) in enumerate(windows)
        if is_missing(zone, override.day, Window(start, end))
    }
    if problems:
        raise errors.Invalid(details=problems)
