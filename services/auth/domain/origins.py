"""Where a browser may be sent after signing in: our own pages and trusted origins, and nowhere else."""

import re
from typing import Final
from urllib.parse import urlsplit

LONGEST: Final = 1000
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
# Browsers drop tabs and line ends and take \ for /; every other odd character has a spelling with % in it.
_PLAIN: Final = re.compile(r"[!-\[\]-~]+")
_PATH: Final = re.compile(r"/(?![/\\])")


def origin_of(address: str) -> str | None:
    """Scheme, host and port as browsers spell them, or nothing where there is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower()
    if parts.scheme not in {"http", "https"} or not host:
        return None
    if ":" in host:
        host = f"[{host}]"
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if port in {None, usual} else f"{parts.scheme}://{host}:{port}"


def may_return_to(target: str, *, origins: frozenset[str]) -> bool:
    """Whether a browser that is sent to that target stays among friends."""
    if len(target) > LONGEST or _PLAIN.fullmatch(target) is None:
        return False
    if _PATH.match(target):
        return True
    if not target.startswith(("http://", "https://")):
        return False
    origin = origin_of(target)
    # The host must stand right where it seems to: no user information, no odd spelling.
    return origin is not None and origin in origins and "@" not in urlsplit(target).netloc


def own_origin(asked: str, public: str) -> str:
    """The origin to go on with: the public one, or its twin where a laptop answers as localhost and 127.0.0.1."""
    came_to, home = origin_of(asked), origin_of(public) or public
    if came_to is None or came_to == home:
        return home
    one, other = urlsplit(came_to), urlsplit(home)
    is_twin = (
        {_bracketed(one.hostname), _bracketed(other.hostname)} <= _LOOPBACK
        and one.port == other.port
        and one.scheme == other.scheme
    )
    return came_to if is_twin else home


def _bracketed(host: str | None) -> str:
    return f"[{host}]" if host and ":" in host else host or ""
