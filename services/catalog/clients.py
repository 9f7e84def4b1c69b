"""What catalog asks other contexts."""

import msgspec

from services.kernel import errors
from services.kernel.calls import Calls


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
