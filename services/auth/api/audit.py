"""The audit log, for owners."""

from litestar import get

from services.auth import schemas
from services.auth.api.browser import AnyRequest, Has
from services.auth.api.sessions import PageLength, PageNumber
from services.auth.store import audit
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed


@get("/api/audit", guards=[who.Allowed("owner")], tags=["Audit log"], summary="Who did what")
async def entries(
    request: AnyRequest,
    tools: Has,
    page: PageNumber = 1,
    limit: PageLength = 25,
) -> Listed[schemas.AuditView]:
    """The newest first: sign-ups, logins and failed ones, resets, second factors, changes of the team."""
    tenant_id = who.person(request).tenant or ""
    async with tools.db.transaction(tenant_id) as tx:
        found, total = await audit.page(tx, tenant_id, offset=(page - 1) * limit, limit=limit)
    return envelope.listed([_view(entry) for entry in found], page=page, limit=limit, total=total)


def _view(entry: audit.Entry) -> schemas.AuditView:
    actor = None
    if entry.actor_id is not None:
        actor = schemas.ActorView(id=entry.actor_id, name=entry.actor_name or "")
    return schemas.AuditView(
        id=entry.id,
        at=entry.at,
        actor=actor,
        action=entry.action,
        target=entry.target,
        details=entry.details,
        ip_address=entry.ip_address,
    )


ROUTES = (entries,)
