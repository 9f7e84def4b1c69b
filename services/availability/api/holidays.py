"""Public holidays."""

from typing import Annotated

from litestar import get, put
from litestar.params import JSONBody, QueryParameter

from services.availability.api.asking import IN_CHARGE, AnyRequest, Has, tenant_of
from services.availability.domain import wall
from services.availability.schemas.holidays import HolidayChanges, HolidaysView, holiday_view, region_view
from services.availability.schemas.sent import Sent
from services.availability.use_cases import holidays
from services.availability.use_cases.holidays import Kept
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok

_TAGS = ["Public holidays"]

Year = Annotated[int | None, QueryParameter(ge=wall.EARLIEST.year, le=wall.LATEST.year)]


@get("/api/availability/holidays", guards=[who.member], tags=_TAGS, summary="Public holidays")
async def kept(request: AnyRequest, tools: Has, year: Year = None) -> Ok[HolidaysView]:
    """Of a year, or of the coming twelve months; of the business's own country unless another was chosen."""
    return envelope.ok(_view(await holidays.kept(tools, tenant_id=tenant_of(request), year=year)))


@put("/api/availability/holidays", guards=[IN_CHARGE], tags=_TAGS, summary="Choose public holidays")
async def change(request: AnyRequest, tools: Has, data: JSONBody[HolidayChanges]) -> Ok[HolidaysView]:
    """Only what is sent. With `closed`, nothing can be booked on them, except where a date has hours of its own."""
    sent = await Sent.by(request, data)
    facts = {"is_closed" if name == "closed" else name: value for name, value in sent.values.items()}
    found = await holidays.change(tools, tenant_id=tenant_of(request), facts=facts, problems=sent.problems)
    return envelope.ok(_view(found))


def _view(found: Kept) -> HolidaysView:
    return HolidaysView(
        country=found.country,
        region=found.region,
        closed=found.is_closed,
        holidays=[holiday_view(holiday) for holiday in found.days],
        regions=[region_view(region) for region in found.regions],
    )


ROUTES = (kept, change)
