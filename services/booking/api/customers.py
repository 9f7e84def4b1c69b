"""Customers, for the people of the business."""

from typing import Final

from litestar import get

from services.booking.api.asking import AnyRequest, Has, Id, PageLength, PageNumber, Typed, tenant_of
from services.booking.schemas.customers import CustomerDetailView, KnownCustomerView, customer_view, known_view
from services.booking.use_cases import listing
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok

_TAGS: Final = ["Customers"]


@get("/api/bookings/customers", guards=[who.member], tags=_TAGS, summary="List the customers")
async def listed(
    request: AnyRequest, tools: Has, *, q: Typed = "", page: PageNumber = 1, limit: PageLength = 50
) -> Listed[KnownCustomerView]:
    """The newest first; found by name, e-mail, phone and address."""
    found, total = await listing.customers(tools, tenant_id=tenant_of(request), typed=q, page_number=page, limit=limit)
    return envelope.listed([known_view(one) for one in found], page=page, limit=limit, total=total)


@get("/api/bookings/customers/{id:str}", guards=[who.member], tags=_TAGS, summary="Read a customer")
async def read(request: AnyRequest, tools: Has, customer_id: Id) -> Ok[CustomerDetailView]:
    """With their latest bookings, and others who gave the same phone: nobody is merged by itself."""
    detail = await listing.customer(tools, tenant_id=tenant_of(request), customer_id=customer_id)
    return envelope.ok(customer_view(detail))


ROUTES = (listed, read)
