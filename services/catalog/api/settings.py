"""A business's settings."""

from litestar import get, put
from litestar.params import JSONBody
from msgspec import UNSET

from services.catalog.api.views import settings_view
from services.catalog.api.who import AnyRequest, Has, tenant_of
from services.catalog.schemas.settings import SettingsRequest, SettingsView, given
from services.catalog.use_cases import facts, profiles, settings
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok


@get("/api/settings", guards=[who.member], tags=["Settings"], summary="Read the settings")
async def read(request: AnyRequest, tools: Has) -> Ok[SettingsView]:
    """How the business shows itself, where it is, and its terms."""
    profile = await profiles.ensure(tools, tenant_of(request))
    return envelope.ok(settings_view(profile, facts.logo_url(tools, profile)))


@put("/api/settings", guards=[who.Allowed("owner", "admin")], tags=["Settings"], summary="Change the settings")
async def change(request: AnyRequest, tools: Has, data: JSONBody[SettingsRequest]) -> Ok[SettingsView]:
    """Only what is sent changes. A former slug still leads to the business.

    409 `SLUG_TAKEN` where another business has or had that slug. 409 `CURRENCY_IN_USE` while services that are not
    archived have prices in the present currency.
    """
    profile = await settings.change(
        tools,
        tenant_of(request),
        fields=given(data),
        slug=None if data.slug is UNSET else data.slug,
        name=None if data.business_name is UNSET else " ".join(data.business_name.split()),
    )
    return envelope.ok(settings_view(profile, facts.logo_url(tools, profile)))


ROUTES = (read, change)
