"""What payments asks other contexts: who a business is."""

import msgspec

from services.contracts.catalog import ProfileChanged
from services.kernel.calls import Calls


class TenantFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A business as auth knows it."""

    id: str
    slug: str
    name: str
    country: str
    owner_email: str | None


class Auth:
    """Owns the businesses and their slugs."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def tenant(self, tenant_id: str) -> TenantFacts:
        return await self._calls.ask("auth", self._address, "GET", f"/internal/tenants/{tenant_id}", TenantFacts)

    async def tenant_by_slug(self, slug: str) -> TenantFacts:
        """Also by a slug of former days."""
        return await self._calls.ask("auth", self._address, "GET", f"/internal/tenants/by-slug/{slug}", TenantFacts)


class Catalog:
    """Owns what a business says of itself."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def profile(self, tenant_id: str) -> ProfileChanged:
        path = f"/internal/profiles/{tenant_id}"
        return await self._calls.ask("catalog", self._address, "GET", path, ProfileChanged)
