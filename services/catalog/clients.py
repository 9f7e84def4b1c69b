"""What catalog asks other contexts."""

import re
from typing import Final

import msgspec

from services.kernel import errors
from services.kernel.calls import Calls

_SLUG: Final = re.compile(r"[a-z0-9-]{1,64}")


class Business(msgspec.Struct, frozen=True, kw_only=True):
    """A business by its slug; the present one, where a former one was asked for."""

    slug: str
    name: str


class Auth:
    """Knows which business a slug belongs to."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def business(self, slug: str) -> Business | None:
        if _SLUG.fullmatch(slug) is None:
            return None
        try:
            return await self._calls.ask("auth", self._address, "GET", f"/internal/tenants/by-slug/{slug}", Business)
        except errors.NotFound:
            return None
