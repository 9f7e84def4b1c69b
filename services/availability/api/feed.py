"""The feed of bookings, and where it lies."""

import hashlib
from typing import Annotated, Final

from litestar import Response, get, post
from litestar.params import PathParameter

from services.availability.api.asking import IN_CHARGE, AnyRequest, Has, tenant_of
from services.availability.schemas.feed import FeedView, feed_view
from services.availability.use_cases import feeds
from services.kernel import errors
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok

_TAGS = ["Calendar feed"]
_SUFFIX: Final = ".ics"

Token = Annotated[str, PathParameter(name="token", max_length=100, description="With `.ics` at its end.")]


@get("/api/availability/calendar", guards=[IN_CHARGE], tags=_TAGS, summary="The feed's address")
async def address(request: AnyRequest, tools: Has) -> Ok[FeedView]:
    """To subscribe to with Google's, Apple's, Microsoft's calendar. Whoever has it can read the bookings."""
    return envelope.ok(feed_view(await feeds.address(tools, tenant_id=tenant_of(request))))


@post(
    "/api/availability/calendar/renew",
    status_code=200,
    guards=[IN_CHARGE],
    tags=_TAGS,
    summary="Renew the feed's address",
)
async def renew(request: AnyRequest, tools: Has) -> Ok[FeedView]:
    """The old one leads nowhere at once; every program that subscribed to it needs the new one."""
    return envelope.ok(feed_view(await feeds.renew(tools, tenant_id=tenant_of(request))))


@get(
    "/api/availability/calendar/{token:str}",
    media_type="text/calendar",
    tags=_TAGS,
    summary="The bookings as a calendar",
)
async def content(request: AnyRequest, tools: Has, file: Token) -> Response[bytes]:
    """Ninety days back and everything ahead, in UTC; who booked is not in it.

    A booking keeps its UID wherever it is moved, and its SEQUENCE grows. What was cancelled stays as such for 30 days.
    The public holidays of the business's country stand in it as days that take no time.
    """
    token = file.removesuffix(_SUFFIX)
    if token == file:
        raise errors.NotFound
    body = await feeds.content(tools, token=token)
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "x-robots-tag": "noindex"}
    if etag in {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}:
        return Response(b"", status_code=304, headers=headers)
    headers["content-disposition"] = 'inline; filename="bookings.ics"'
    return Response(body, media_type="text/calendar", headers=headers)


ROUTES = (address, renew, content)
