"""Logging in and out, who one is, where one is signed in; and the gateway's question who asks."""

from typing import Annotated, Any

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation

from services.auth import schemas
from services.auth.api.browser import AnyRequest, Has, HasDoor, asked_origin, brings_session, session_token, visitor
from services.auth.api.views import signed_in_view, tenant_view
from services.auth.domain.devices import place_of
from services.auth.store.sessions import Trace
from services.auth.use_cases import login, sessions
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.identity import Signer

HasSigner = NamedDependency[SkipValidation[Signer]]
Id = Annotated[str, PathParameter(name="id", max_length=64)]
PageNumber = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
PageLength = Annotated[int, QueryParameter(ge=1, le=100)]


@post("/api/auth/login", status_code=200, tags=["Sessions"], summary="Log in")
async def log_in(
    request: AnyRequest, tools: Has, door: HasDoor, data: JSONBody[schemas.LoginRequest]
) -> Response[Ok[schemas.SignedInView]]:
    """Gives the cookie `pp_session`, always with a new session.

    401 `INVALID_CREDENTIALS` whether the address or the password was wrong; 403 `EMAIL_NOT_VERIFIED`;
    401 `TOTP_REQUIRED` where a second factor is on and `totp` (a code, or a recovery code) is missing;
    401 `TOTP_INVALID` where it is wrong; 429 `TOO_MANY_ATTEMPTS` after ten wrong tries.
    """
    entered = await login.log_in(
        tools, email=data.email, password=data.password, code=data.totp, visitor=visitor(request)
    )
    return Response(envelope.ok(signed_in_view(entered)), cookies=[door.session_cookie(entered.token)])


@post("/api/auth/logout", status_code=200, tags=["Sessions"], summary="Log out")
async def log_out(request: AnyRequest, tools: Has, door: HasDoor) -> Response[Ok[schemas.NothingView]]:
    """Ends the session at once, and takes the cookie away. 200 also where there was none."""
    token = session_token(request)
    if token is not None:
        await sessions.log_out(tools, token=token, visitor=visitor(request))
    return Response(envelope.ok(schemas.NothingView()), cookies=[door.no_session_cookie()])


@get("/api/auth/me", guards=[who.signed_in], tags=["Sessions"], summary="Who am I")
async def me(request: AnyRequest, tools: Has) -> Ok[schemas.MeView]:
    """The person, the business they are signed in to (none before it has a name), and their role in it."""
    person = who.person(request)
    found = await sessions.me(tools, user_id=person.sub, tenant_id=person.tenant)
    user = schemas.MyselfView(
        id=found.user.id,
        email=found.user.email,
        name=found.user.name,
        email_verified=found.user.is_verified,
        totp_enabled=found.totp_enabled,
    )
    tenant = None if found.tenant is None else tenant_view(found.tenant)
    return envelope.ok(schemas.MeView(user=user, tenant=tenant, role=person.role))


@get("/api/auth/sessions", guards=[who.signed_in], tags=["Sessions"], summary="Where am I signed in")
async def listed(
    request: AnyRequest, tools: Has, page: PageNumber = 1, limit: PageLength = 100
) -> Listed[schemas.SessionView]:
    """All of one's sessions, the last used first."""
    person = who.person(request)
    found, total = await sessions.everywhere(tools, user_id=person.sub, offset=(page - 1) * limit, limit=limit)
    views = [_session_view(trace, is_current=trace.id == person.session) for trace in found]
    return envelope.listed(views, page=page, limit=limit, total=total)


@delete(
    "/api/auth/sessions/{id:str}",
    status_code=200,
    guards=[who.signed_in],
    tags=["Sessions"],
    summary="End a session",
)
async def revoke(request: AnyRequest, tools: Has, session_id: Id) -> Ok[schemas.NothingView]:
    """Works at once, wherever it is used. Only one's own sessions are there at all."""
    await sessions.revoke(tools, session_id=session_id, user_id=who.person(request).sub, visitor=visitor(request))
    return envelope.ok(schemas.NothingView())


@get("/gateway/identify", include_in_schema=False)
async def identify(request: AnyRequest, tools: Has, door: HasDoor, signer: HasSigner) -> Response[Any]:
    """Answers the gateway's question who asks, and whether they may from there."""
    if brings_session(request.headers):
        door.refuse_cross_site(
            request.headers,
            method=request.headers.get("x-forwarded-method", "GET"),
            own=asked_origin(request.headers, request.scope),
        )
    token = session_token(request)
    if token is None:
        raise errors.Unauthenticated
    known = await sessions.identify(tools, token=token)
    copy = known.copy
    identity = signer.person(copy.user_id, tenant_id=copy.tenant_id, role=copy.role, session_id=copy.session_id)
    cookies = [door.session_cookie(token)] if known.is_renewed else []
    return Response(None, status_code=200, headers={who.HEADER: identity}, cookies=cookies)


def _session_view(trace: Trace, *, is_current: bool) -> schemas.SessionView:
    return schemas.SessionView(
        id=trace.id,
        current=is_current,
        device=trace.device,
        place=place_of(trace.ip_address),
        ip_address=trace.ip_address,
        created_at=trace.created_at,
        last_seen_at=trace.last_seen_at,
    )


ROUTES = (log_in, log_out, me, listed, revoke, identify)
