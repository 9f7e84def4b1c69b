"""The business's own view of its time: what can be had and of whom, and why a time is not offered."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from services.availability.api import moments
from services.availability.api.moments import ServiceId, StaffId
from services.availability.domain import holidays
from services.availability.domain.slots import Slot
from services.availability.schemas.slots import (
    CalendarDay,
    CalendarSlots,
    Explanation,
    ReasonView,
    StaffedSlotView,
)
from services.availability.store.facts import Loaded
from services.availability.use_cases import slots
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok

Has = NamedDependency[SkipValidation[Tools]]
_MOST_DAYS: Final = 62

Day = Annotated[str | None, QueryParameter(required=True, description="Such as 2026-03-14.")]
FirstDay = Annotated[str | None, QueryParameter(name="from", required=True, description="Such as 2026-03-14.")]


@get("/api/availability/slots", guards=[who.member], tags=["Slots"], summary="Times that can be had, and of whom")
async def listed(
    request: Request[Any, Any, Any],
    tools: Has,
    *,
    service_id: ServiceId = None,
    since: FirstDay = None,
    to: Day = None,
    staff_id: StaffId = None,
) -> Ok[CalendarSlots]:
    """Of at most 62 days, or of fewer where more than 20,000 times were to be listed; public holidays are named.

    Nothing is free of a service that is not active. 404 `STAFF_NOT_FOUND` for somebody who does not work here.
    """
    service, first, last = _asked(service_id, since, to, staff_id)
    found = await slots.loaded(
        tools, tenant_id=_tenant(request), service_id=service, first=first, last=last, staff_id=staff_id
    )
    now = tools.clock.now().timestamp()
    return envelope.ok(await _calendar(found, first, last, now))


@get(
    "/api/availability/explain",
    guards=[who.member],
    tags=["Slots"],
    summary="Why is this time not offered?",
)
async def explain(
    request: Request[Any, Any, Any],
    tools: Has,
    service_id: ServiceId = None,
    starts_at: Annotated[
        str | None,
        QueryParameter(name="startsAt", required=True, description="With its offset: 2026-03-14T09:00:00+13:00."),
    ] = None,
    staff_id: StaffId = None,
) -> Ok[Explanation]:
    """Whether the time could be had this moment, and if not, every rule that hides it, the telling ones first."""
    wrong: dict[str, str] = {} if service_id else {"serviceId": "is required"}
    moment = moments.instant(starts_at) if starts_at else "is required"
    if isinstance(moment, str):
        wrong["startsAt"] = moment
    if problem := moments.staff_problem(staff_id):
        wrong["staffId"] = problem
    if wrong or service_id is None or isinstance(moment, str):
        raise errors.Invalid(details=wrong)
    around = timedelta(days=1)
    found = await slots.loaded(
        tools,
        tenant_id=_tenant(request),
        service_id=service_id,
        first=moment.date() - around,
        last=moment.date() + around,
        staff_id=staff_id,
        with_jobs=True,
    )
    reasons = slots.reasons(found, moment, tools.clock.now().timestamp())
    views = [ReasonView(rule=reason.rule, message=reason.message) for reason in reasons]
    return envelope.ok(Explanation(available=not views, reasons=views))


def _asked(service_id: str | None, since: str | None, to: str | None, staff_id: str | None) -> tuple[str, date, date]:
    first = moments.day(since) if since else "is required"
    last = moments.day(to) if to else "is required"
    wrong = {name: found for name, found in (("from", first), ("to", last)) if isinstance(found, str)}
    if not service_id:
        wrong["serviceId"] = "is required"
    if problem := moments.staff_problem(staff_id):
        wrong["staffId"] = problem
    if wrong or service_id is None or isinstance(first, str) or isinstance(last, str):
        raise errors.Invalid(details=wrong)
    if last < first:
        raise errors.Invalid(details={"to": "must not be before from"})
    if (last - first).days >= _MOST_DAYS:
        raise errors.Invalid(details={"to": f"must be at most {_MOST_DAYS} days from the first"})
    return service_id, first, last


def _tenant(request: Request[Any, Any, Any]) -> str:
    tenant_id = who.person(request).tenant
    if tenant_id is None:
        raise errors.Forbidden
    return tenant_id


async def _calendar(found: Loaded, first: date, last: date, now: float) -> CalendarSlots:
    zone = found.facts.zone
    listing = [] if found.country is None else holidays.listing(found.country, found.region, first, last)
    names = {holiday.date: holiday.name for holiday in listing}
    days = [
        CalendarDay(date=day, holiday=names.get(day), slots=_views(zone, free))
        async for day, free in slots.staffed_slots(found, first, last, now)
    ]
    return CalendarSlots(timezone=zone.key, days=days)


def _views(zone: ZoneInfo, free: Mapping[Slot, Sequence[str]]) -> list[StaffedSlotView]:
    return [
        StaffedSlotView(time=time, starts_at=starts_at, ends_at=ends_at, staff_ids=staff_ids, label=label)
        for staff_ids, (time, starts_at, ends_at, label) in zip(
            free.values(), moments.said(zone, list(free)), strict=True
        )
    ]


ROUTES = (listed, explain)
