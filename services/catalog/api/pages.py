"""A business's booking page: the widget's built page with its configuration inside, or a plain one until there is one."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec
from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from services.catalog.api.public import is_known
from services.catalog.api.views import config_view
from services.catalog.api.who import AnyRequest, Has
from services.catalog.domain import pages
from services.catalog.domain.pages import Offer, Shopfront
from services.catalog.gateways.template import Template
from services.catalog.use_cases import keeping
from services.catalog.use_cases.keeping import Shown
from services.kernel import errors
from services.kernel.http.money import MoneyView

HasTemplate = NamedDependency[SkipValidation[Template]]
HasPublicUrl = NamedDependency[SkipValidation[str]]

# The card form comes from Stripe; data inside the page is data, and no other script of the page's own may run.
_WIDGET: Final = (
    "default-src 'self'; script-src 'self' https://js.stripe.com; style-src 'self' 'unsafe-inline';"
    " connect-src 'self' https://api.stripe.com; frame-src https://js.stripe.com https://hooks.stripe.com;"
    " object-src 'none'; base-uri 'none'; form-action 'self'"
)
# What may stand in a query as it is, and the per cent sign of what is spelled out already.
_QUERY: Final = "!$&'()*+,-./:;=?@_~%"
_PLAIN: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@get(["/book/{slug:str}", "/widget/{slug:str}"], include_in_schema=False)
async def booking_page(
    request: AnyRequest, tools: Has, template: HasTemplate, public_url: HasPublicUrl, slug: FromPath[str]
) -> Response[bytes]:
    """A former slug leads on to the present one."""
    page = template.page()
    try:
        kept = await keeping.answer(
            tools,
            slug,
            "page",
            lambda shown: _plain(shown) if page is None else _widget(page.body, shown),
            stamp=None if page is None else page.stamp,
        )
    except errors.NotFound:
        return _html(pages.nobody_here().encode(), 404, _PLAIN, ())
    except errors.Unavailable:
        return _html(pages.away().encode(), 503, _PLAIN, (), {"Retry-After": "2"})
    if kept.slug != slug:
        # Stored by nobody: the business may take its former slug again.
        folder = request.url.path.split("/")[1]
        # As it came over the wire: what is no ASCII there is spelled out.
        said = quote(request.scope["query_string"], safe=_QUERY)
        query = f"?{said}" if said else ""
        headers = {"Location": f"/{folder}/{kept.slug}{query}", "Cache-Control": "no-cache"}
        return Response(b"", status_code=301, headers=headers, media_type=MediaType.HTML)
    policy = f"{_PLAIN if page is None else _WIDGET}; img-src 'self' data: https: {_origin(public_url)}"
    if is_known(request.headers.get("if-none-match", ""), kept.etag):
        return _html(b"", 304, policy, kept.framed_by, {"ETag": kept.etag})
    return _html(kept.body, 200, policy, kept.framed_by, {"ETag": kept.etag})


def _html(
    body: bytes, status: int, policy: str, framed_by: Sequence[str], headers: dict[str, str] | None = None
) -> Response[bytes]:
    ancestors = " ".join(("'self'", *framed_by)) if framed_by else "*"
    shared = {"Content-Security-Policy": f"{policy}; frame-ancestors {ancestors}", "Cache-Control": "no-cache"}
    return Response(body, status_code=status, media_type=MediaType.HTML, headers={**shared, **(headers or {})})


def _origin(address: str) -> str:
    """A laptop answers under two names, and shows its logos under one of them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _widget(template: bytes, shown: Shown) -> bytes:
    return pages.with_config(template, msgspec.json.encode(config_view(shown)))


def _plain(shown: Shown) -> bytes:
    config = config_view(shown)
    offers = [
        Offer(
            name=offer.name,
            description=offer.description,
            minutes=offer.duration_minutes,
            price=_price(offer.price),
            deposit=None if offer.deposit_amount is None else offer.deposit_amount.display,
        )
        for offer in config.services
    ]
    shop = Shopfront(
        name=config.business_name,
        logo_url=config.logo_url,
        color=config.brand_color,
        phone=config.phone,
        notice=config.booking_notice,
        offers=offers,
    )
    return pages.opening_soon(shop).encode()


def _price(price: MoneyView | None) -> str | None:
    if price is None:
        return None
    return price.display if price.amount else "Free"


ROUTES = (booking_page,)
