"""What other contexts ask: a business's facts, another slug, the link of a mail."""

from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody, PathParameter

from services.auth import schemas
from services.auth.api.browser import Has
from services.auth.api.views import facts_view
from services.auth.use_cases import links, tenants
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.ids import is_id

Key = Annotated[str, PathParameter(max_length=64)]


@get("/internal/tenants/{tenant_id:str}", guards=[who.another_context], include_in_schema=False)
async def tenant(tools: Has, tenant_id: Key) -> Ok[schemas.TenantFactsView]:
    """A business as it is now."""
    return envelope.ok(facts_view(await tenants.facts(tools, tenant_id=tenant_id)))


@get("/internal/tenants/by-slug/{slug:str}", guards=[who.another_context], include_in_schema=False)
async def tenant_by_slug(tools: Has, slug: Key) -> Ok[schemas.TenantFactsView]:
    """A business by its slug or a former one; the answer tells the present one."""
    if not slug.isascii():
        raise errors.NotFound
    return envelope.ok(facts_view(await tenants.facts_by_slug(tools, slug=slug)))


@post(
    "/internal/tenants/{tenant_id:str}/slug",
    status_code=200,
    guards=[who.another_context],
    include_in_schema=False,
)
async def take_slug(tools: Has, tenant_id: Key, data: JSONBody[schemas.SlugRequest]) -> Ok[schemas.TenantFactsView]:
    """Another slug or name; the former slug still leads to the same business. 409 `SLUG_TAKEN`."""
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    renamed = await tenants.take_slug(tools, tenant_id=tenant_id, slug=data.slug, name=data.name)
    return envelope.ok(facts_view(renamed))


@get("/internal/links/{link_id:str}", guards=[who.another_context], include_in_schema=False)
async def link(tools: Has, link_id: Key) -> Ok[schemas.LinkView]:
    """What the mail needs; 404 where the link was used, has run out, or never was."""
    if not is_id(link_id):
        raise errors.NotFound
    facts = await links.facts(tools, link_id=link_id)
    return envelope.ok(
        schemas.LinkView(
            kind=facts.kind,
            to=facts.to,
            name=facts.name,
            url=facts.url,
            expires_at=facts.expires_at,
            tenant_name=facts.tenant_name,
            inviter_name=facts.inviter_name,
        )
    )


ROUTES = (tenant, tenant_by_slug, take_slug, link)
