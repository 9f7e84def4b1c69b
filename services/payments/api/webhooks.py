"""What payment companies tell by themselves: stored, then answered; all else happens afterwards."""

from typing import Any, Final

from litestar import MediaType, Request, Response, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.payments.use_cases import notices
from services.payments.use_cases.tools import Tools

_RECEIVED: Final = b'{"success":true,"data":{"received":true}}'


@post("/api/webhooks/stripe", status_code=200)
async def stripe(request: Request[Any, Any, Any], tools: NamedDependency[SkipValidation[Tools]]) -> Response[bytes]:
    """A signed event of Stripe's. 400 `SIGNATURE_INVALID` where it was not signed for us, or not just now."""
    # These very bytes were signed: nothing may read and write them anew.
    await notices.take_in(tools, await request.body(), request.headers)
    return Response(_RECEIVED, media_type=MediaType.JSON)


ROUTES = (stripe,)
