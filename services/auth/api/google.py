"""Signing in by Google: two redirects."""

from typing import Annotated, Any

from litestar import MediaType, Response, get
from litestar.datastructures import Cookie
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from services.auth.api.browser import AnyRequest, Has, HasDoor, google_token, visitor
from services.auth.domain.errors import GoogleRefused
from services.auth.use_cases import google
from services.kernel import errors
from services.kernel.telemetry import metrics

_LOGIN = "/dashboard/login"
_CALLBACK = "/api/auth/callback/google"

_REDIRECT = {302: ResponseSpec(None, description="The browser goes on elsewhere", generate_examples=False)}


@get("/api/auth/google", status_code=302, responses=_REDIRECT, tags=["Google"], summary="Sign in by Google")
async def depart(
    request: AnyRequest,
    tools: Has,
    door: HasDoor,
    callback_url: Annotated[
        str,
        QueryParameter(
            name="callbackURL",
            max_length=1000,
            description="Where to go when signed in: a path here, or an address of a trusted origin.",
        ),
    ] = "/dashboard",
) -> Response[Any]:
    """Sends the browser to Google (OAuth 2 with PKCE, state and nonce)."""
    if not door.may_return_to(request, callback_url):
        raise errors.Invalid(details={"callbackURL": "must be a path here, or an address of a trusted origin"})
    try:
        departure = await google.depart(tools, redirect_uri=f"{door.home(request)}{_CALLBACK}", return_to=callback_url)
    except GoogleRefused as refusal:
        return _refused(refusal)
    return _redirect(departure.url, door.google_cookie(departure.browser))


@get(_CALLBACK, status_code=302, responses=_REDIRECT, tags=["Google"], summary="Come back from Google")
async def arrive(
    request: AnyRequest,
    tools: Has,
    door: HasDoor,
    *,
    given_state: Annotated[str, QueryParameter(name="state", max_length=200)] = "",
    code: Annotated[str, QueryParameter(max_length=2000)] = "",
    denial: Annotated[
        str, QueryParameter(name="error", max_length=200, description="What Google gives instead of a code.")
    ] = "",
) -> Response[Any]:
    """Signs in whom Google vouches for, and goes on to `callbackURL`; else to the login page with `?error=CODE`."""
    try:
        entered, return_to = await google.arrive(
            tools,
            state=given_state,
            browser=google_token(request),
            code="" if denial else code,
            visitor=visitor(request),
        )
    except errors.Refusal as refusal:
        return _refused(refusal, door.no_google_cookie())
    return _redirect(return_to, door.no_google_cookie(), door.session_cookie(entered.token))


def _refused(refusal: errors.Refusal, *cookies: Cookie) -> Response[Any]:
    metrics.refusals.labels(refusal.code).inc()
    return _redirect(f"{_LOGIN}?error={refusal.code}", *cookies)


def _redirect(target: str, *cookies: Cookie) -> Response[Any]:
    headers = {"Location": target, "Cache-Control": "no-store"}
    return Response(None, status_code=302, headers=headers, cookies=list(cookies), media_type=MediaType.TEXT)


ROUTES = (depart, arrive)
