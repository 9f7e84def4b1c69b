"""A business sets up what it sells: judged as a whole, whatever part of it was sent."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from services.catalog.domain import services as rules
from services.catalog.domain.deposits import DepositType
from services.catalog.domain.errors import TooManyServices
from services.catalog.domain.services import Service
from services.catalog.store import services
from services.catalog.use_cases import facts, profiles
from services.catalog.use_cases.changing import changing
from services.catalog.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.ids import is_id, new_id

_REQUIRED: Final = ("name", "duration_minutes")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants of a service: the good fields, the currencies given with amounts, and what is bad already.

    Problems are named as the fields are, with what comes after a dot as callers spell it.
    """

    fields: dict[str, Any]
    currencies: Mapping[str, str]
    problems: Mapping[str, str]


async def find(tools: Tools, tenant_id: str, service_id: str) -> Service:
    """Archived ones too: their bookings are still there."""
    if not is_id(service_id, "svc"):
        raise errors.NotFound
    async with tools.db.transaction(tenant_id) as tx:
        service = await services.find(tx, service_id)
    if service is None:
        raise errors.NotFound
    return service


async def listed(
    tools: Tools, tenant_id: str, *, active: bool | None, archived: bool, offset: int, limit: int
) -> tuple[list[Service], int]:
    async with tools.db.transaction(tenant_id) as tx:
        return await services.page(tx, tenant_id, active=active, archived=archived, offset=offset, limit=limit)


async def create(tools: Tools, tenant_id: str, sent: Sent) -> Service:
    await profiles.ensure(tools, tenant_id)
    sent = await _known_staff(tools, tenant_id, sent, ())
    now = tools.clock.now()
    async with changing(tools, tenant_id) as tx:
        profile = await profiles.locked(tx, tenant_id)
        number, place = await services.room(tx, tenant_id)
        fresh = Service(
            id=new_id("svc"),
            tenant_id=tenant_id,
            version=1,
            currency=profile.currency,
            display_order=place,
            created_at=now,
            changed_at=now,
        )
        given = {*sent.fields, *(_first(field) for field in sent.problems)}
        missing = {field: "is required" for field in _REQUIRED if field not in given}
        service = _judged(fresh, sent, missing)
        if number >= rules.AT_MOST:
            raise TooManyServices(f"A business can have at most {rules.AT_MOST} services.")
        await services.add(tx, service)
        await facts.tell_service(tools, tx, service)
    await facts.hand_over_service(tools, service)
    return service


async def change(tools: Tools, tenant_id: str, service_id: str, sent: Sent) -> Service:
    """Only what was sent changes, and all of it must go together."""
    known = await find(tools, tenant_id, service_id)
    sent = await _known_staff(tools, tenant_id, sent, known.staff_ids or ())
    async with changing(tools, tenant_id) as tx:
        await profiles.locked(tx, tenant_id)
        present = await services.find(tx, service_id)
        if present is None or present.archived_at is not None:
            raise errors.NotFound
        wanted = _judged(present, sent, {})
        if wanted == present:
            return present
        service = msgspec.structs.replace(wanted, version=present.version + 1, changed_at=tools.clock.now())
        await services.save(tx, service)
        await facts.tell_service(tools, tx, service)
    await facts.hand_over_service(tools, service)
    return service


async def archive(tools: Tools, tenant_id: str, service_id: str) -> Service:
    """No longer offered, and never again; what was booked of it stays. Done twice, it is as done once."""
    await find(tools, tenant_id, service_id)
    async with changing(tools, tenant_id) as tx:
        await profiles.locked(tx, tenant_id)
        version = await services.archive(tx, service_id, tools.clock.now())
        service = await services.find(tx, service_id)
        if service is None:
            raise AssertionError("a service is never deleted")
        if version is not None:
            await facts.tell_service(tools, tx, service)
    await facts.hand_over_service(tools, service)
    return service


async def _known_staff(tools: Tools, tenant_id: str, sent: Sent, present: Sequence[str]) -> Sent:
    """Who is new among those who shall do it must work there. Who has left since may stay named."""
    fresh = {*(sent.fields.get("staff_ids") or ())} - {*present}
    if not fresh or not await tools.availability.strangers(tenant_id, fresh):
        return sent
    said = {"staff_ids": "names somebody who does not work here"}
    return msgspec.structs.replace(sent, problems={**said, **sent.problems})


def _judged(present: Service, sent: Sent, missing: Mapping[str, str]) -> Service:
    """The service as it is wanted, or a refusal that names everything that is wrong with it."""
    pointless = _pointless(sent.fields.get("deposit_type", present.deposit_type), sent.problems)
    foreign = {
        f"{field}.currency": f"must be {present.currency}, the currency of the business"
        for field, currency in sent.currencies.items()
        if currency != present.currency and field not in pointless
    }
    bad = {field: sentence for field, sentence in sent.problems.items() if _first(field) not in pointless}
    # What could not be read is not judged: it stands as it was.
    unread = {_first(field) for field in (*bad, *foreign)}
    fields = {field: value for field, value in sent.fields.items() if field not in unread}
    wanted = msgspec.structs.replace(present, **fields)
    found = {field: sentence for field, sentence in rules.problems(wanted).items() if field not in unread}
    wrong = {**found, **missing, **bad, **foreign}
    if wrong:
        raise errors.Invalid(details={_outside(field): sentence for field, sentence in wrong.items()})
    return rules.tidied(wanted)


def _pointless(deposit_type: DepositType, problems: Mapping[str, str]) -> set[str]:
    """What the deposit's type does not look at; where that can't be read, nothing is certain."""
    if "deposit_type" in problems:
        return set()
    used = {"fixed": "deposit_amount", "percentage": "deposit_percent"}.get(deposit_type)
    return {"deposit_amount", "deposit_percent"} - {used}


def _first(field: str) -> str:
    return field.partition(".")[0]


def _outside(field: str) -> str:
    """As callers spell it: deposit_amount.currency is depositAmount.currency."""
    name, dot, rest = field.partition(".")
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others) + dot + rest
