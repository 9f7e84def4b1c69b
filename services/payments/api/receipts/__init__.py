"""What booking asks for the customer: what was paid and what went back, on a page to keep."""

import asyncio
import base64

from litestar import post
from litestar.params import JSONBody

from services.kernel.http import envelope
from services.kernel.http.envelope import Ok
from services.payments.api.internal import booking_only
from services.payments.schemas.receipts import ReceiptRequest, ReceiptView


@post("/internal/receipts", status_code=200, guards=[booking_only], include_in_schema=False)
async def receipt(data: JSONBody[ReceiptRequest]) -> Ok[ReceiptView]:
    """The same facts give the same bytes."""
    # What draws the page takes 12 MB, and most processes never draw one.
    from services.payments.api.receipts.page import drawn  # noqa: PLC0415 - see above

    pdf = await asyncio.to_thread(drawn, data)
    return envelope.ok(ReceiptView(pdf=base64.b64encode(pdf).decode()))


ROUTES = (receipt,)
