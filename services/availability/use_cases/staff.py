"""Who works: added, changed, removed; somebody always stays."""

from collections.abc import Mapping
from typing import Any, Final

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


async def everybody(tools: Tools, *, tenant_id: str) -> list[Staff]:
    await ensure_open(tools, tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        return await staff.everybody(tx)


async def add(tools: Tools, *, tenant_id: str, asked_by: str, facts: Mapping[str, Any]) -> Staff:
    await ensure_open(tools, tenant_id)
    facts = await _with_services(tools, tenant_id, facts)
    person = Staff(id=new_id("stf"), tenant_id=tenant_id, created_at=tools.clock.now(), **facts)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        team = await staff.everybody(tx)
        if len(team) >= _MOST_STAFF:
            raise TooMany(f"There are {_MOST_STAFF} already; no more can be kept.")
        await _check_user(tx, person, team, asked_by)
        await staff.add(tx, person)
    return person


async def change(
    tools: Tools, *, tenant_id: str, staff_id: str, asked_by: str, facts: Mapping[str, Any]
) -> tuple[Staff, int]:
    """As the person is now, and how many jobs they have ahead of them."""
    facts = await _with_services(tools, tenant_id, facts)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        team = await staff.everybody(tx)
        present = _found(team, staff_id)
        person = msgspec.structs.replace(present, **facts)
        if not person.active:
            _check_somebody_stays(team, present)
            await staff.hold_still(tx, staff_id)
        if person.user_id != present.user_id:
            await _check_user(tx, person, team, asked_by)
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


async def check_references(tx: Tx, named: Mapping[str, str | None]) -> None:
    """By the field that names a staff member: each must be one of this business."""
    unknown = await staff.unknown(tx, {staff_id for staff_id in named.values() if staff_id is not None})
    if unknown:
        wrong = [field for field, staff_id in named.items() if staff_id in unknown]
        raise errors.Invalid(details=dict.fromkeys(wrong, "is none of your staff"))


def _found(team: list[Staff], staff_id: str) -> Staff:
    found = next((person for person in team if person.id == staff_id), None)
    if found is None:
        raise errors.NotFound
    return found


def _check_somebody_stays(team: list[Staff], leaving: Staff) -> None:
    if leaving.active and not any(person.active for person in team if person.id != leaving.id):
        raise LastStaff


async def _with_services(tools: Tools, tenant_id: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """Each service once, and none that is not there."""
    service_ids: list[str] | None = facts.get("service_ids")
    if not service_ids:
        return facts
    unknown = set(await unknown_services(tools, tenant_id, list(dict.fromkeys(service_ids))))
    if unknown:
        wrong = [f"serviceIds.{index}" for index, service_id in enumerate(service_ids) if service_id in unknown]
        raise errors.Invalid(details=dict.fromkeys(wrong, "is none of your services"))
    return {**facts, "service_ids": list(dict.fromkeys(service_ids))}


async def _check_user(tx: Tx, person: Staff, team: list[Staff], asked_by: str) -> None:
    if person.user_id is None:
        return
    # Whoever asks belongs to the team, even where auth's word of it has not come yet.
    is_known = is_id(person.user_id, "usr") and (
        person.user_id == asked_by or await copies.is_member(tx, person.user_id) is True
    )
    if not is_known:
        raise errors.Invalid(details={"userId": "is nobody of your team"})
    if any(other.user_id == person.user_id for other in team if other.id != person.id):
        raise errors.Invalid(details={"userId": "has a calendar already"})
