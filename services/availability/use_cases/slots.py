"""What can be had, and why something can't: the facts of one service, with what the copies lack asked of its owner."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from services.availability.domain import slots
from services.availability.domain.errors import ServiceNotFound
from services.availability.domain.reasons import Reason, reasons_against
from services.availability.domain.slots import Slot
from services.availability.store import facts
from services.availability.store.facts import Loaded
from services.availability.use_cases import copies
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.ids import is_id

# A slug leads to its business for good, so it may be remembered; as many as fit into a megabyte or two.
_SLUGS: Final = 10_000


async def tenant_of(tools: Tools, slug: str) -> str:
    """Whose page it is, without asking the database every time."""
    known = tools.slugs.get(slug)
    if known is None:
        known = await copies.tenant_of_slug(tools, slug)
        if len(tools.slugs) >= _SLUGS:
            tools.slugs.clear()
        tools.slugs[slug] = known
    return known


async def loaded(
    tools: Tools,
    *,
    tenant_id: str,
    service_id: str,
    first: date,
    last: date,
    staff_id: str | None = None,
    with_jobs: bool = False,
) -> Loaded:
    """One statement, unless the copies lack something: then its owner is asked once, and the statement runs again."""
    if not is_id(service_id, "svc"):
        raise ServiceNotFound

    async def load() -> Loaded | None:
        async with tools.db.look(tenant_id) as tx:
            now = tools.clock.now()
            return await facts.load(tx, service_id, first, last, now, staff_id=staff_id, with_jobs=with_jobs)

    found = await load()
    if found is not None:
        return found
    try:
        await copies.ensure_tenant(tools, tenant_id)
        await copies.ensure_service(tools, tenant_id, service_id)
    except errors.NotFound as error:
        raise ServiceNotFound from error
    found = await load()
    if found is None:
        raise ServiceNotFound
    return found


def staffed_slots(found: Loaded, first: date, last: date, now: float) -> Mapping[Slot, Sequence[str]]:
    """The free slots in order, and who is free at each."""
    free: dict[Slot, list[str]] = {}
    for person in found.facts.people:
        for slot in slots.free_slots(replace(found.facts, people=[person]), first, last, now):
            free.setdefault(slot, []).append(person.id)
    return dict(sorted(free.items()))


def reasons(found: Loaded, moment: datetime, now: float) -> list[Reason]:
    """What hides the time; nothing where it can be had."""
    against = reasons_against(found.facts, moment.timestamp(), now, found.claims())
    if found.is_offered:
        return against
    # Nobody is assigned to what is not offered: that is no reason of its own.
    others = [reason for reason in against if reason.rule != "staff"]
    return [Reason("service", f"{found.service_name} is not offered at present."), *others]
