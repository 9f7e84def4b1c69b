"""A business's payments, and the sums of its ledger."""

from datetime import date, timedelta
from typing import Annotated, Final, Literal

from litestar import get
from litestar.params import PathParameter, QueryParameter

from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.ids import is_id
from services.payments.api.asking import AnyRequest, Has, tenant_of
from services.payments.schemas.payments import PaymentView, SummaryView, payment_view, summary_view
from services.payments.use_cases import copies, looking

_TAGS: Final = ["Payments"]
_LONGEST_RANGE_DAYS: Final = 400
_USUAL_DAYS: Final = 30
_EARLIEST: Final = date(2000, 1, 1)
_LATEST: Final = date(2100, 12, 31)

Id = Annotated[str, PathParameter(name="id", max_length=64)]
OfBooking = Annotated[str | None, QueryParameter(name="bookingId", max_length=64)]
# As the domain has it: a type by its name is no part of the document.
OfStatus = Annotated[
    Literal["requires_payment", "processing", "succeeded", "failed", "canceled"] | None,
    QueryParameter(description="Only those that are so."),
]
PageNumber = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
PageLength = Annotated[int, QueryParameter(ge=1, le=100)]
From = Annotated[date | None, QueryParameter(name="from", description="Without it, 30 days up to `to`.")]
To = Annotated[date | None, QueryParameter(name="to", description="Without it, today.")]


@get("/api/payments", guards=[who.member], tags=_TAGS, summary="List the payments")
async def listed(  # noqa: PLR0917 - each one a part of the question
    request: AnyRequest,
    tools: Has,
    booking_id: OfBooking = None,
    status: OfStatus = None,
    page: PageNumber = 1,
    limit: PageLength = 50,
) -> Listed[PaymentView]:
    """The newest first."""
    tenant_id = tenant_of(request)
    tenant = await copies.ensure_tenant(tools, tenant_id)
    found, total = await looking.listed(
        tools, tenant_id=tenant_id, booking_id=booking_id, status=status, limit=limit, offset=(page - 1) * limit
    )
    shown = [payment_view(one, tenant.locale) for one in found]
    return envelope.listed(shown, page=page, limit=limit, total=total)


@get("/api/payments/{id:str}", guards=[who.member], tags=_TAGS, summary="Read a payment")
async def read(request: AnyRequest, tools: Has, payment_id: Id) -> Ok[PaymentView]:
    """With what went back of it."""
    if not is_id(payment_id, "pay"):
        raise errors.NotFound
    tenant_id = tenant_of(request)
    tenant = await copies.ensure_tenant(tools, tenant_id)
    shown = await looking.find(tools, tenant_id=tenant_id, payment_id=payment_id)
    return envelope.ok(payment_view(shown, tenant.locale))


@get("/api/payments/summary", guards=[who.member], tags=_TAGS, summary="Sums by day")
async def summary(request: AnyRequest, tools: Has, first: From = None, last: To = None) -> Ok[SummaryView]:
    """From the ledger, both days included, in the business's own zone and currency."""
    tenant_id = tenant_of(request)
    tenant = await copies.ensure_tenant(tools, tenant_id)
    today = tools.clock.now().astimezone(tenant.zone_info).date()
    first, last = _days(first, last, today)
    by_currency = await looking.by_day(tools, tenant_id=tenant_id, first=first, last=last, zone=tenant.zone)
    return envelope.ok(summary_view(dict(by_currency), tenant, first=first, last=last))


def _days(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days that are asked for, or a refusal that names what is wrong with them."""
    problems = {
        name: f"must be between {_EARLIEST} and {_LATEST}"
        for name, day in (("from", first), ("to", last))
        if day is not None and not _EARLIEST <= day <= _LATEST
    }
    if not problems:
        last = last or max(today, first or today)
        first = first or last - timedelta(days=_USUAL_DAYS - 1)
        if last < first:
            problems["to"] = "must not be before from"
        elif (last - first).days >= _LONGEST_RANGE_DAYS:
            problems["to"] = f"must be within {_LONGEST_RANGE_DAYS} days of from"
        else:
            return first, last
    raise errors.Invalid(details=problems)


ROUTES: Final = (summary, listed, read)
