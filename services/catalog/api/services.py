"""What a business sells."""

from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.params import JSONBody, PathParameter, QueryParameter

from services.catalog.api.views import service_view
from services.catalog.api.who import AnyRequest, Has, tenant_of
from services.catalog.schemas.services import ServiceRequest, ServiceView, given
from services.catalog.use_cases import profiles, services
from services.catalog.use_cases.services import Sent
from services.kernel.http import bodies, envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent

Id = Annotated[str, PathParameter(name="id", max_length=64)]
PageNumber = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
PageLength = Annotated[int, QueryParameter(ge=1, le=100)]
Active = Annotated[bool | None, QueryParameter(description="Only those that are offered, or only those that are not.")]
Archived = Annotated[bool, QueryParameter(description="The archived ones instead of the others.")]


@get("/api/services", guards=[who.member], tags=["Services"], summary="List the services")
async def listed(  # noqa: PLR0917 - each one a part of the question
    request: AnyRequest,
    tools: Has,
    active: Active = None,
    archived: Archived = False,  # noqa: FBT002 - a word of the address
    page: PageNumber = 1,
    limit: PageLength = 50,
) -> Listed[ServiceView]:
    """In the order in which customers see them."""
    profile = await profiles.ensure(tools, tenant_of(request))
    found, total = await services.listed(
        tools, profile.tenant_id, active=active, archived=archived, offset=(page - 1) * limit, limit=limit
    )
    shown = [service_view(service, profile.locale) for service in found]
    return envelope.listed(shown, page=page, limit=limit, total=total)


@post(
    "/api/services",
    status_code=201,
    guards=[who.Allowed("owner", "admin")],
    middleware=[Idempotent()],
    tags=["Services"],
    summary="Set up a service",
)
async def create(request: AnyRequest, tools: Has, data: JSONBody[ServiceRequest]) -> Ok[ServiceView]:
    """A deposit that no card can be charged is refused here, not when the first customer books.

    409 `TOO_MANY_SERVICES` where there are 200 that are not archived.
    """
    tenant_id = tenant_of(request)
    service = await services.create(tools, tenant_id, _sent(request, data))
    profile = await profiles.ensure(tools, tenant_id)
    return envelope.ok(service_view(service, profile.locale))


@get("/api/services/{id:str}", guards=[who.member], tags=["Services"], summary="Read a service")
async def read(request: AnyRequest, tools: Has, service_id: Id) -> Ok[ServiceView]:
    """Archived ones too."""
    profile = await profiles.ensure(tools, tenant_of(request))
    service = await services.find(tools, profile.tenant_id, service_id)
    return envelope.ok(service_view(service, profile.locale))


@put(
    "/api/services/{id:str}",
    guards=[who.Allowed("owner", "admin")],
    tags=["Services"],
    summary="Change a service",
)
async def change(request: AnyRequest, tools: Has, service_id: Id, data: JSONBody[ServiceRequest]) -> Ok[ServiceView]:
    """Only what is sent changes, and the whole must be right: a price below a fixed deposit is refused."""
    profile = await profiles.ensure(tools, tenant_of(request))
    service = await services.change(tools, profile.tenant_id, service_id, _sent(request, data))
    return envelope.ok(service_view(service, profile.locale))


@delete(
    "/api/services/{id:str}",
    status_code=200,
    guards=[who.Allowed("owner", "admin")],
    tags=["Services"],
    summary="Archive a service",
)
async def archive(request: AnyRequest, tools: Has, service_id: Id) -> Ok[ServiceView]:
    """It is no longer offered; what was booked of it stays. Done twice, it is as done once."""
    profile = await profiles.ensure(tools, tenant_of(request))
    service = await services.archive(tools, profile.tenant_id, service_id)
    return envelope.ok(service_view(service, profile.locale))


def _sent(request: AnyRequest, data: ServiceRequest) -> Sent:
    fields, currencies, problems = given(data)
    return Sent(fields=fields, currencies=currencies, problems={**_inside(bodies.problems_of(request)), **problems})


def _inside(problems: dict[str, str]) -> dict[str, str]:
    """By our names of the fields; what callers made up keeps theirs."""
    names = {field.encode_name: field.name for field in msgspec.structs.fields(ServiceRequest)}
    found = {}
    for where, sentence in problems.items():
        first, dot, rest = where.partition(".")
        found[names.get(first, first) + dot + rest] = sentence
    return found


ROUTES = (listed, create, read, change, archive)
