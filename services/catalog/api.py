"""The HTTP doors of catalog: a business's booking page."""

from typing import Final

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from services.catalog.clients import Auth
from services.catalog.domain import pages
from services.kernel import errors

HasAuth = NamedDependency[SkipValidation[Auth]]

# Anybody's page may frame it; nothing in it runs.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"


@get(["/book/{slug:str}", "/widget/{slug:str}"], include_in_schema=False)
async def booking_page(auth: HasAuth, slug: FromPath[str]) -> Response[str]:
    """A former slug leads on to the present one."""
    try:
        business = await auth.business(slug)
    except errors.Unavailable:
        return _html(pages.away(), 503, {"Retry-After": "2"})
    if business is None:
        return _html(pages.nobody_here(), 404)
    if business.slug != slug:
        return Response("", status_code=301, headers={"Location": f"/book/{business.slug}"}, media_type=MediaType.HTML)
    return _html(pages.opening_soon(business.name), 200)


def _html(page: str, status: int, headers: dict[str, str] | None = None) -> Response[str]:
    shared = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    return Response(page, status_code=status, media_type=MediaType.HTML, headers={**shared, **(headers or {})})


ROUTES = (booking_page,)
