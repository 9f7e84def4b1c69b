"""What can be had, and why something can't: the facts of one service, with what the copies lack asked of its owner."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from services.availability.domain import slots
from services.availability.domain.errors import ServiceNotFound, StaffNotFound
from services.availability.domain.facts import Minute
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
# What one answer may list: two months of ten people who start every quarter of an hour, day and night.
MOST_TIMES: Final = 20_000
MOST_TIMES_OF_PEOPLE: Final = 60_000


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
    """One statement, unless the copies lack something: then its owner is asked once, and the statement runs again.

    A service that nobody knows is refused, and so is a person who is not of this business.
    """
    if not is_id(service_id, "svc"):
        raise ServiceNotFound

    async def load() -> Loaded | None:
        async with tools.db.look(tenant_id) as tx:
            now = tools.clock.now()
            return await facts.load(tx, service_id, first, last, now, staff_id=staff_id, with_jobs=with_jobs)

    found = await load()
    if found is None:
        try:
            await copies.ensure_tenant(tools, tenant_id)
            await copies.ensure_service(tools, tenant_id, service_id)
        except errors.NotFound as error:
            raise ServiceNotFound from error
        found = await load()
    if found is None:
        raise ServiceNotFound
    if not found.is_staff_known:
        raise StaffNotFound
    return found


async def staffed_slots(
    found: Loaded, first: date, last: date, now: float
) -> AsyncIterator[tuple[date, Mapping[Slot, Sequence[str]]]]:
    """Day by day the free slots in order, and who is free at each; others have their turn between the days.

    More than one answer can hold is refused as soon as it is found to be.
    """
    length = found.facts.offer.duration
    times = times_of_people = 0
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        free: dict[Minute, list[str]] = {}
        for person in found.facts.people:
            starts = slots.free_starts_of(found.facts, person, day, now)
            for start in starts:
                if start in free:
                    free[start].append(person.id)
                else:
                    free[start] = [person.id]
            times_of_people += len(starts)
            if times + len(free) > MOST_TIMES or times_of_people > MOST_TIMES_OF_PEOPLE:
                raise errors.Invalid(
                    details={"to": "leaves too many times for one answer: ask for fewer days, or for one staff member"}
                )
        times += len(free)
        yield day, {Slot(start, start + length): free[start] for start in sorted(free)}
        await asyncio.sleep(0)


def reasons(found: Loaded, moment: datetime, now: float) -> list[Reason]:
    """What hides the time; nothing where it can be had."""
    against = reasons_against(found.facts, moment.timestamp(), now, found.claims())
    if found.is_offered:
        return against
    # Nobody is assigned to what is not offered: that is no reason of its own.
    others = [reason for reason in against if reason.rule != "staff"]
    return [Reason("service", f"{found.service_name} is not offered at present."), *others]
