"""What other contexts ask, where their copy lacks it: the same facts as in the events."""

from typing import Annotated

from litestar import get
from litestar.params import PathParameter

from services.catalog.api.views import contact_view
from services.catalog.api.who import Has
from services.catalog.schemas.internal import ContactView
from services.catalog.use_cases import facts, profiles, services
from services.contracts.catalog import ProfileChanged, ServiceChanged
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.ids import is_id

Key = Annotated[str, PathParameter(max_length=64)]


@get("/internal/profiles/{tenant_id:str}", guards=[who.another_context], include_in_schema=False)
async def profile(tools: Has, tenant_id: Key) -> Ok[ProfileChanged]:
    """A business as it is now."""
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    found = await profiles.ensure(tools, tenant_id)
    return envelope.ok(facts.profile_event(found, logo_url=facts.logo_url(tools, found)))


@get(
    "/internal/tenants/{tenant_id:str}/services/{service_id:str}", guards=[who.another_context], include_in_schema=False
)
async def service(tools: Has, tenant_id: Key, service_id: Key) -> Ok[ServiceChanged]:
    """A service as it is now; one that is archived is not active."""
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    return envelope.ok(facts.service_event(await services.find(tools, tenant_id, service_id)))


@get("/internal/profiles/{tenant_id:str}/contact", guards=[who.another_context], include_in_schema=False)
async def contact(tools: Has, tenant_id: Key) -> Ok[ContactView]:
    """How to reach a business: asked when a message is sent, so that no event and no copy holds it."""
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    return envelope.ok(contact_view(await profiles.ensure(tools, tenant_id)))


ROUTES = (profile, contact, service)
