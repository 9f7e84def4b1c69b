"""Who is asking: reads the signed identity, and says no where it is not enough."""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from services.kernel import errors
from services.kernel.identity import BadIdentity, Identity, Role, Verifier
from services.kernel.limits import Limits
from services.kernel.telemetry import logs

HEADER: Final = "x-identity"
# A team at work does some hundred calls a minute; more is a program that has gone astray.
_CALLS_PER_MINUTE: Final = 600
_CALLS_AT_ONCE: Final = 200
_UNCHANGING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class CrossSite(errors.Forbidden):
    """Another site's page tried to act with this visitor's session."""

    code = "CROSS_SITE"
    message = "This call did not come from the site itself."


class NoTenant(errors.Forbidden):
    """Signed in, but without a business yet."""

    code = "PROFILE_INCOMPLETE"
    message = "Please name your business first."
    suggested_action = "complete the profile"


def person(connection: ASGIConnection) -> Identity:  # type: ignore[type-arg] # any handler's connection
    """The person whom auth vouches for; read once per request."""
    known: Identity | None = connection.scope["state"].get("identity")
    if known is None:
        verifier: Verifier = connection.app.state.verifier
        known = verifier.person(connection.headers.get(HEADER, ""))
        connection.scope["state"]["identity"] = known
        logs.tenant_id.set(known.tenant or "")
    return known


# Guards are coroutines, for Litestar runs plain functions in a thread, where what they say of the log is forgotten.


async def signed_in(connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard: somebody is signed in."""
    person(connection)


async def member(connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard: somebody is signed in who belongs to a business."""
    if person(connection).tenant is None:
        raise NoTenant


class Allowed:
    """Guard: only these roles of a business may."""

    def __init__(self, *roles: Role) -> None:
        self._roles = roles

    async def __call__(self, connection: ASGIConnection, handler: BaseRouteHandler) -> None:  # type: ignore[type-arg]
        await member(connection, handler)
        if person(connection).role not in self._roles:
            raise errors.Forbidden


async def another_context(connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard of /internal: another context asks, and has signed for it."""
    verifier: Verifier = connection.app.state.verifier
    verifier.context(connection.headers.get(HEADER, ""))


async def within_allowance(request: Request[Any, Any, Any]) -> None:
    """Before a signed-in call: one business can't use up what is there for all, however many addresses it calls from."""
    # Another context's own calls are no business's; its signature is checked once, by the route's guard.
    if HEADER not in request.headers or request.url.path.startswith("/internal/"):
        return
    try:
        tenant = person(request).tenant
    except BadIdentity:
        # Not a person's: the route's own guard says what becomes of it.
        return
    if tenant is not None:
        limits: Limits = request.app.state.limits
        await limits.spend("calls", tenant, per_minute=_CALLS_PER_MINUTE, burst=_CALLS_AT_ONCE)


def refuse_cross_site(
    *,
    method: str,
    origin: str | None,
    fetch_site: str | None,
    own: str,
    trusted: tuple[str, ...],
) -> None:
    """A changing call that carries the session must come from our own pages; `own` is scheme and host it came to."""
    if method.upper() in _UNCHANGING:
        return
    if origin is None:
        if fetch_site == "cross-site":
            raise CrossSite
        return
    asks = _origin(origin)
    if asks is None or asks not in {_origin(own), *(_origin(one) for one in trusted)}:
        raise CrossSite


def _origin(text: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; `null` and nonsense are nobody's."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return (parts.scheme, parts.hostname.lower(), port or {"http": 80, "https": 443}[parts.scheme])
