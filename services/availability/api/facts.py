"""What catalog hands over and asks: facts before their event comes, and who works somewhere."""

from litestar import post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import JSONBody

from services.availability.api.asking import Has
from services.availability.schemas.facts import StrangersRequest, StrangersView
from services.availability.schemas.fields import NothingView
from services.availability.use_cases import copies, staff
from services.contracts.catalog import ProfileChanged, ServiceArchived, ServiceChanged
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.identity import Verifier


async def catalog_only(connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard: a fact is taken from its owner only."""
    verifier: Verifier = connection.app.state.verifier
    if verifier.context(connection.headers.get(who.HEADER, "")).iss != "catalog":
        raise errors.Forbidden("Only catalog may say this.")


@post("/internal/facts/ProfileChanged", status_code=200, guards=[catalog_only], include_in_schema=False)
async def profile(tools: Has, data: JSONBody[ProfileChanged]) -> Ok[NothingView]:
    await copies.learn(tools, data)
    return envelope.ok(NothingView())


@post("/internal/facts/ServiceChanged", status_code=200, guards=[catalog_only], include_in_schema=False)
async def service(tools: Has, data: JSONBody[ServiceChanged]) -> Ok[NothingView]:
    await copies.learn(tools, data)
    return envelope.ok(NothingView())


@post("/internal/facts/ServiceArchived", status_code=200, guards=[catalog_only], include_in_schema=False)
async def archived(tools: Has, data: JSONBody[ServiceArchived]) -> Ok[NothingView]:
    await copies.learn(tools, data)
    return envelope.ok(NothingView())


@post("/internal/staff/strangers", status_code=200, guards=[catalog_only], include_in_schema=False)
async def strangers(tools: Has, data: JSONBody[StrangersRequest]) -> Ok[StrangersView]:
    """Those of them who don't work there."""
    found = await staff.strangers(tools, tenant_id=data.tenant_id, staff_ids=data.staff_ids)
    return envelope.ok(StrangersView(staff_ids=sorted(found)))


ROUTES = (profile, service, archived, strangers)
