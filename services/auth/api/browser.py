"""The browser's side of a session: its cookies, where it calls from, and what it says of itself."""

import re
from typing import Any, Final

from litestar import Request
from litestar.datastructures import Cookie, Headers
from litestar.di import NamedDependency
from litestar.middleware import ASGIMiddleware
from litestar.params import SkipValidation
from litestar.types import ASGIApp, Receive, Scope, Send

from services.auth.domain import devices, origins, rules
from services.auth.domain.devices import Visitor
from services.auth.settings import AuthSettings
from services.auth.use_cases.tools import Tools
from services.kernel.http import who

SESSION: Final = "pp_session"
GOOGLE: Final = "pp_google"
_GOOGLE_PATH: Final = "/api/auth/callback/google"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")

AnyRequest = Request[Any, Any, Any]


class Door:
    """Knows which origins are ours, and how cookies are given."""

    def __init__(self, settings: AuthSettings) -> None:
        self._settings = settings
        self._is_secure = settings.is_secure

    def session_cookie(self, token: str) -> Cookie:
        return self._cookie(SESSION, token, int(rules.SESSION_LIFETIME.total_seconds()), "/")

    def no_session_cookie(self) -> Cookie:
        return self._cookie(SESSION, "", 0, "/")

    def google_cookie(self, browser: str) -> Cookie:
        return self._cookie(GOOGLE, browser, int(rules.GOOGLE_TRY_LIFETIME.total_seconds()), _GOOGLE_PATH)

    def no_google_cookie(self) -> Cookie:
        return self._cookie(GOOGLE, "", 0, _GOOGLE_PATH)

    def _cookie(self, name: str, value: str, seconds: int, path: str) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=seconds,
            path=path,
            httponly=True,
            secure=self._is_secure,
            samesite="Lax",  # type: ignore[arg-type] # spelled as the standard spells it
        )

    def refuse_cross_site(self, headers: Headers, *, method: str, own: str) -> None:
        """A changing call with the session's cookie comes from our own pages, or not at all."""
        who.refuse_cross_site(
            method=method,
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
            own=own,
            trusted=(self._settings.public_url, *self._settings.trusted_origins),
        )

    def home(self, request: AnyRequest) -> str:
        """The origin that Google sends the browser back to."""
        return origins.own_origin(asked_origin(request.headers, request.scope), self._settings.public_url)

    def may_return_to(self, request: AnyRequest, target: str) -> bool:
        return origins.may_return_to(target, origins=self._settings.origins | {self.home(request)})


Has = NamedDependency[SkipValidation[Tools]]
HasDoor = NamedDependency[SkipValidation[Door]]


class SameSite(ASGIMiddleware):
    """The cross-site rule, for what comes with a cookie and was not asked about at the door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = Headers.from_scope(scope)
        if scope["path"].startswith("/api/") and brings_session(headers):
            method = str(scope.get("method", "GET"))
            self._door.refuse_cross_site(headers, method=method, own=asked_origin(headers, scope))
        await next_app(scope, receive, send)


def asked_origin(headers: Headers, scope: Scope) -> str:
    """Scheme and host that the browser's request came to, as the gateway tells."""
    scheme = _first(headers.get("x-forwarded-proto")) or scope.get("scheme", "http")
    host = _first(headers.get("x-forwarded-host")) or headers.get("host", "")
    return f"{scheme}://{host}"


def brings_session(headers: Headers) -> bool:
    names = (part.partition("=")[0].strip() for part in headers.get("cookie", "").split(";"))
    return SESSION in names


def session_token(request: AnyRequest) -> str | None:
    """The session's token, if the cookie holds what could be one."""
    token = request.cookies.get(SESSION, "")
    return token if _TOKEN.fullmatch(token) else None


def google_token(request: AnyRequest) -> str:
    return request.cookies.get(GOOGLE, "")[:100]


def visitor(request: AnyRequest) -> Visitor:
    # The gateway sets both headers; of the longer one only the last hop is its own word.
    told = request.headers.get("x-real-ip") or request.headers.get("x-forwarded-for", "").rpartition(",")[2]
    peer = None if request.client is None else request.client.host
    return Visitor(
        ip=devices.tidied(told) or devices.tidied(peer),
        device=devices.device_of(request.headers.get("user-agent", "")),
    )


def _first(header: str | None) -> str:
    return (header or "").partition(",")[0].strip()
