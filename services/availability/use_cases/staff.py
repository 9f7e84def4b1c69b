"""Who works: added, changed, removed; somebody always stays."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec

from services.availability.domain.errors import LastStaff, TooMany
from services.availability.store import copies, staff
from services.availability.store.staff import Staff
from services.availability.use_cases.copies import ensure_open, unknown_services
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import is_id, new_id

_MOST_STAFF: Final = 200

# Who works here, by their ids: nobody else can be referred to.
Team: TypeAlias = frozenset[str]


async def everybody(tools: Tools, *, tenant_id: str) -> list[Staff]:
    await ensure_open(tools, tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        return await staff.everybody(tx)


async def strangers(tools: Tools, *, tenant_id: str, staff_ids: Collection[str]) -> set[str]:
    """Those of them who don't work there."""
    await ensure_open(tools, tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        return await staff.unknown(tx, {*staff_ids})


async def add(
    tools: Tools, *, tenant_id: str, asked_by: str, facts: Mapping[str, Any], problems: Mapping[str, str]
) -> Staff:
    """`problems` say what is wrong with what is not among the facts."""
    await ensure_open(tools, tenant_id)
    problems = {**problems, **await _service_problems(tools, tenant_id, facts)}
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        team = await staff.everybody(tx)
        problems |= await _user_problems(tx, facts.get("user_id"), team, asked_by)
        if problems:
            raise errors.Invalid(details=problems)
        if len(team) >= _MOST_STAFF:
            raise TooMany(f"There are {_MOST_STAFF} already; no more can be kept.")
        person = Staff(id=new_id("stf"), tenant_id=tenant_id, created_at=tools.clock.now(), **_each_once(facts))
        await staff.add(tx, person)
    return person


async def change(
    tools: Tools,
    *,
    tenant_id: str,
    staff_id: str,
    asked_by: str,
    facts: Mapping[str, Any],
    problems: Mapping[str, str],
) -> tuple[Staff, int]:
    """As the person is now, and how many jobs they have ahead of them."""
    problems = {**problems, **await _service_problems(tools, tenant_id, facts)}
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        team = await staff.everybody(tx)
        present = _found(team, staff_id)
        person = msgspec.structs.replace(present, **_each_once(facts))
        if person.user_id != present.user_id:
            others = [other for other in team if other.id != staff_id]
            problems |= await _user_problems(tx, person.user_id, others, asked_by)
        if problems:
            raise errors.Invalid(details=problems)
        if not person.active:
            _check_somebody_stays(team, present)
            await staff.hold_still(tx, staff_id)
        await staff.change(tx, person)
        return person, await staff.bookings_ahead(tx, staff_id, tools.clock.now())


async def remove(tools: Tools, *, tenant_id: str, staff_id: str) -> int:
    """How many jobs are booked with them all the same."""
    now = tools.clock.now()
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        team = await staff.everybody(tx)
        _check_somebody_stays(team, _found(team, staff_id))
        await staff.hold_still(tx, staff_id)
        await staff.remove(tx, staff_id, now)
        return await staff.bookings_ahead(tx, staff_id, now)


async def team_of(tx: Tx) -> Team:
    return frozenset(person.id for person in await staff.everybody(tx))


def _found(team: list[Staff], staff_id: str) -> Staff:
    found = next((person for person in team if person.id == staff_id), None)
    if found is None:
        raise errors.NotFound
    return found


def _check_somebody_stays(team: list[Staff], leaving: Staff) -> None:
    if leaving.active and not any(person.active for person in team if person.id != leaving.id):
        raise LastStaff


async def _service_problems(tools: Tools, tenant_id: str, facts: Mapping[str, Any]) -> dict[str, str]:
    service_ids: list[str] = facts.get("service_ids") or []
    unknown = set(await unknown_services(tools, tenant_id, list(dict.fromkeys(service_ids))))
    wrong = [f"serviceIds.{index}" for index, service_id in enumerate(service_ids) if service_id in unknown]
    return dict.fromkeys(wrong, "is none of your services")


def _each_once(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    service_ids: list[str] | None = facts.get("service_ids")
    return {**facts, "service_ids": list(dict.fromkeys(service_ids))} if service_ids else facts


async def _user_problems(tx: Tx, user_id: str | None, others: Iterable[Staff], asked_by: str) -> dict[str, str]:
    if user_id is None:
        return {}
    # Whoever asks belongs to the team, even where auth's word of it has not come yet.
    is_known = is_id(user_id, "usr") and (user_id == asked_by or await copies.is_member(tx, user_id) is True)
    if not is_known:
        return {"userId": "is nobody of your team"}
    return {"userId": "has a calendar already"} if any(other.user_id == user_id for other in others) else {}
