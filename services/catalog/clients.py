"""What catalog asks other contexts."""

import asyncio
import logging
from collections.abc import Collection
from typing import Final

import msgspec

from services.contracts.catalog import ProfileChanged, ServiceArchived, ServiceChanged
from services.kernel import errors
from services.kernel.calls import Calls

_log = logging.getLogger(__name__)
# Whoever sets something up does not wait longer for another context's sake.
_PATIENCE: Final = 0.5


class Business(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A business as auth knows it now."""

    id: str
    slug: str
    name: str
    country: str
    timezone: str
    currency: str
    version: int
    owner_email: str | None = None


class Auth:
    """Owns businesses' slugs and names."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def tenant(self, tenant_id: str) -> Business | None:
        return await self._business(f"/internal/tenants/{tenant_id}")

    async def tenant_by_slug(self, slug: str) -> Business | None:
        """Also by a slug of former days."""
        return await self._business(f"/internal/tenants/by-slug/{slug}")

    async def rename(self, tenant_id: str, *, slug: str | None, name: str | None) -> Business:
        """Refused where the slug is another's, or auth's rules forbid slug or name."""
        body = {what: text for what, text in (("slug", slug), ("name", name)) if text is not None}
        path = f"/internal/tenants/{tenant_id}/slug"
        try:
            return await self._calls.ask("auth", self._address, "POST", path, Business, body=body)
        except errors.Invalid as refusal:
            # Auth's word for it is another one than ours.
            own = {"businessName" if field == "name" else field: said for field, said in refusal.details.items()}
            raise errors.Invalid(details=own) from refusal

    async def _business(self, path: str) -> Business | None:
        try:
            return await self._calls.ask("auth", self._address, "GET", path, Business)
        except errors.NotFound:
            return None


class _Strangers(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Those of the staff who are nobody there."""

    staff_ids: tuple[str, ...]


class Availability:
    """Keeps copies of businesses and services, and knows who works there."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def learn(self, fact: ProfileChanged | ServiceChanged | ServiceArchived) -> None:
        """So that whoever changed something finds it so at once. Where this fails, the event comes all the same."""
        path = f"/internal/facts/{type(fact).__name__}"
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._calls.ask("availability", self._address, "POST", path, dict, body=fact)
        except (errors.Refusal, TimeoutError) as error:
            _log.info("availability will hear of it by the event", extra={"reason": type(error).__name__})

    async def strangers(self, tenant_id: str, staff_ids: Collection[str]) -> Collection[str]:
        """Those who don't work there; where availability is away, nobody is called one."""
        body = {"tenantId": tenant_id, "staffIds": list(staff_ids)}
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await self._calls.ask(
                    "availability", self._address, "POST", "/internal/staff/strangers", _Strangers, body=body
                )
        except (errors.Unavailable, TimeoutError):
            return ()
        return found.staff_ids
