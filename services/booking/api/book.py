"""The customer's door: a time is booked."""

import hashlib
from typing import Final

from litestar import post
from litestar.params import FromPath, JSONBody

from services.booking.api.asking import AnyRequest, Has
from services.booking.schemas.book import BookedView, BookRequest, booked_view
from services.booking.use_cases import ordering
from services.booking.use_cases.copies import tenant_of_slug
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok
from services.kernel.idempotency import Idempotent

# Far beyond what any business's page is really asked, and far below what would keep the others waiting.
_PER_MINUTE: Final = 600
_AT_ONCE: Final = 200


@post("/api/widget/{slug:str}/book", tags=["Widget"], summary="Book a time", middleware=[Idempotent()])
async def book(request: AnyRequest, tools: Has, slug: FromPath[str], data: JSONBody[BookRequest]) -> Ok[BookedView]:
    """Confirmed at once where no deposit is asked for; else the time is held until `expiresAt` for who pays it.

    The same `Idempotency-Key` goes on from wherever the first call with it came to an end.

    404; 409 `SLOT_UNAVAILABLE`, `SERVICE_NOT_OFFERED`, `PAYMENTS_NOT_READY`, `ALREADY_PAID`;
    503 `PAYMENT_SERVICE_UNAVAILABLE`: then the time is free again.
    """
    tenant_id = await tenant_of_slug(tools, slug)
    await tools.limits.spend("book", tenant_id, per_minute=_PER_MINUTE, burst=_AT_ONCE)
    ordered = await ordering.order(tools, data.order(tenant_id, key=key_of(request, tenant_id)))
    return envelope.ok(booked_view(ordered))


def key_of(request: AnyRequest, whose: str) -> bytes | None:
    """The caller's own key, so that two who choose the same one do not meet."""
    given = request.headers.get("idempotency-key")
    return None if given is None else hashlib.sha256(f"{whose}\0{given}".encode()).digest()


ROUTES = (book,)
