"""What anybody may read: a business's public profile, and what the widget shows."""

from typing import Annotated

import msgspec
from litestar import MediaType, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter

from services.catalog.api.views import config_view, public_view
from services.catalog.api.who import AnyRequest, Has
from services.catalog.schemas.public import ConfigView, PublicProfileView
from services.catalog.use_cases import keeping
from services.catalog.use_cases.keeping import Shown
from services.catalog.use_cases.memory import Kept
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok

Slug = Annotated[str, PathParameter(max_length=100)]
_SAME = {304: ResponseSpec(None, description="As the `ETag` in `If-None-Match` says", generate_examples=False)}


@get(
    "/api/tradies/{slug:str}",
    tags=["Public"],
    summary="A business's public profile",
    responses={200: ResponseSpec(Ok[PublicProfileView], description="It worked", generate_examples=False), **_SAME},
)
async def profile(request: AnyRequest, tools: Has, slug: Slug) -> Response[bytes]:
    """Also by a slug of former days. The `ETag` changes only when something in the answer does."""
    return answered(request, await keeping.answer(tools, slug, "profile", _profile))


@get(
    "/api/widget/{slug:str}/config",
    tags=["Public"],
    summary="What the widget shows",
    responses={200: ResponseSpec(Ok[ConfigView], description="It worked", generate_examples=False), **_SAME},
)
async def config(request: AnyRequest, tools: Has, slug: Slug) -> Response[bytes]:
    """Services that are active, in their order. The `ETag` changes only when something in the answer does."""
    return answered(request, await keeping.answer(tools, slug, "config", _config))


def answered(request: AnyRequest, kept: Kept) -> Response[bytes]:
    """The answer, or only that nothing has changed. It may be stored, but is asked about before it is used."""
    headers = {"ETag": kept.etag, "Cache-Control": "no-cache"}
    if is_known(request.headers.get("if-none-match", ""), kept.etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(kept.body, media_type=MediaType.JSON, headers=headers)


def is_known(named: str, etag: str) -> bool:
    """Whether the caller has it already; what a compressing gateway made a weak one of is the same."""
    return named.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in named.split(",")}


def _profile(shown: Shown) -> bytes:
    return msgspec.json.encode(envelope.ok(public_view(shown)))


def _config(shown: Shown) -> bytes:
    return msgspec.json.encode(envelope.ok(config_view(shown)))


ROUTES = (profile, config)
