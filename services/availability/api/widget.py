"""What a business's page asks: the times of a day, and how many the days of a month have."""

from datetime import date
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, SkipValidation

from services.availability.api import moments
from services.availability.api.finished import response
from services.availability.api.moments import ServiceId, StaffId
from services.availability.domain.errors import ServiceNotFound
from services.availability.domain.facts import Facts
from services.availability.domain.slots import free_counts, free_slots, next_change
from services.availability.schemas.slots import DayCount, DaySlots, MonthSlots
from services.availability.store.kept import Made
from services.availability.use_cases import slots
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok

Has = NamedDependency[SkipValidation[Tools]]
_LONGEST_QUERY: Final = 256
_encoder = msgspec.json.Encoder()


@get("/api/widget/{slug:str}/availability", tags=["Widget"], summary="Times that can be had")
async def availability(
    request: Request[Any, Any, Any],
    tools: Has,
    slug: FromPath[str],
    *,
    service_id: ServiceId = None,
    date: Annotated[str | None, QueryParameter(description="The times of this day, such as 2026-03-14.")] = None,
    month: Annotated[str | None, QueryParameter(description="How many times each day has, such as 2026-03.")] = None,
    staff_id: StaffId = None,
) -> Response[Ok[DaySlots] | Ok[MonthSlots]]:
    """Of one day or of one month, in the business's zone. A slot stands under the local date of its start.

    404 `SERVICE_NOT_FOUND` for a service that is not offered, `STAFF_NOT_FOUND` for somebody who does not work here.
    """
    service, first, last = _asked(service_id, date, month, staff_id)
    tenant_id = await slots.tenant_of(tools, slug)

    async def make() -> Made:
        found = await slots.loaded(
            tools, tenant_id=tenant_id, service_id=service, first=first, last=last, staff_id=staff_id
        )
        if not found.is_offered:
            raise ServiceNotFound
        now = tools.clock.now().timestamp()
        facts = found.facts
        body = _day(facts, first, now) if month is None else _month(facts, first, last, now)
        until = next_change(facts, first, last, now)
        if found.first_hold_end is not None:
            until = min(until, found.first_hold_end.timestamp())
        return Made(_encoder.encode(envelope.ok(body)), until)

    path, query = request.scope["path"], request.scope["query_string"]
    # Nobody's own program asks at such length: it is answered, and takes no room.
    address = (path, query) if len(query) <= _LONGEST_QUERY else None
    name = f"{service}:{date or month}:{staff_id or ''}"
    finished = await tools.kept.answer(address, tenant_id=tenant_id, name=name, make=make)
    return response(finished, request.scope)


def _asked(service_id: str | None, day: str | None, month: str | None, staff_id: str | None) -> tuple[str, date, date]:
    """The service, and the first and the last of the days."""
    wrong: dict[str, str] = {}
    if not service_id:
        wrong["serviceId"] = "is required"
    first = last = date.min
    if (day is None) == (month is None):
        wrong["date" if day is None else "month"] = (
            "either date or month is required" if day is None else "must not come together with date"
        )
    elif day is not None:
        found = moments.day(day)
        if isinstance(found, str):
            wrong["date"] = found
        else:
            first = last = found
    elif month is not None:
        days = moments.month(month)
        if isinstance(days, str):
            wrong["month"] = days
        else:
            first, last = days
    if problem := moments.staff_problem(staff_id):
        wrong["staffId"] = problem
    if wrong or service_id is None:
        raise errors.Invalid(details=wrong)
    return service_id, first, last


def _day(facts: Facts, day: date, now: float) -> DaySlots:
    views = moments.slot_views(facts.zone, free_slots(facts, day, day, now))
    return DaySlots(date=day, timezone=facts.zone.key, slots=views)


def _month(facts: Facts, first: date, last: date, now: float) -> MonthSlots:
    counts = free_counts(facts, first, last, now)
    days = [DayCount(date=day, available=count) for day, count in counts.items()]
    return MonthSlots(month=f"{first:%Y-%m}", timezone=facts.zone.key, days=days)


ROUTES = (availability,)
