"""The team: members and who is invited."""

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, SkipValidation

from services.auth import schemas
from services.auth.api.browser import AnyRequest, Has, HasDoor, visitor
from services.auth.api.sessions import Id, PageLength, PageNumber
from services.auth.api.views import signed_in_view, tidied
from services.auth.store.members import Entry
from services.auth.use_cases import team
from services.auth.use_cases.team import Actor, Joining
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed, Ok
from services.kernel.idempotency import Idempotent
from services.kernel.limits import Limits

HasLimits = NamedDependency[SkipValidation[Limits]]


@get("/api/team", guards=[who.member], tags=["Team"], summary="List the team")
async def listed(
    request: AnyRequest, tools: Has, page: PageNumber = 1, limit: PageLength = 100
) -> Listed[schemas.MemberView]:
    """Members in the order they came, then open invitations."""
    tenant_id = _actor(request).tenant_id
    found, total = await team.listed(tools, tenant_id=tenant_id, offset=(page - 1) * limit, limit=limit)
    return envelope.listed([_member_view(entry) for entry in found], page=page, limit=limit, total=total)


@post(
    "/api/team/invitations",
    status_code=201,
    guards=[who.Allowed("owner", "admin")],
    middleware=[Idempotent()],
    tags=["Team"],
    summary="Invite somebody",
)
async def invite(
    request: AnyRequest, tools: Has, limits: HasLimits, data: JSONBody[schemas.InvitationRequest]
) -> Ok[schemas.MemberView]:
    """A mail with a link goes out, good for seven days. Invited again, only the newest mail's link works.

    Within five minutes of the last mail no other goes out: its link stays good, and only the role changes.
    Only an owner invites owners. 409 `ALREADY_MEMBER` for who belongs to the team.
    """
    actor = _actor(request)
    await limits.spend("invitation", actor.tenant_id, per_minute=10, burst=30)
    entry = await team.invite(tools, actor=actor, email=data.email, role=data.role)
    return envelope.ok(_member_view(entry))


@post(
    "/api/auth/accept-invitation",
    status_code=200,
    middleware=[Idempotent()],
    tags=["Team"],
    summary="Accept an invitation",
)
async def accept(
    request: AnyRequest, tools: Has, door: HasDoor, data: JSONBody[schemas.AcceptInvitationRequest]
) -> Response[Ok[schemas.SignedInView]]:
    """Joins the team and signs in. Who has an account gives its password, and counts as at a login."""
    joining = Joining(token=data.token, name=tidied(data.name), password=data.password, code=data.totp)
    entered = await team.accept(tools, joining=joining, visitor=visitor(request))
    return Response(envelope.ok(signed_in_view(entered)), cookies=[door.session_cookie(entered.token)])


@put(
    "/api/team/{id:str}",
    guards=[who.Allowed("owner", "admin")],
    tags=["Team"],
    summary="Change a role",
)
async def change_role(
    request: AnyRequest, tools: Has, member_id: Id, data: JSONBody[schemas.RoleRequest]
) -> Ok[schemas.MemberView]:
    """Of a member (works at once) or an open invitation. Owners are made by owners; 409 `LAST_OWNER` for the last."""
    entry = await team.change_role(tools, actor=_actor(request), member_id=member_id, role=data.role)
    return envelope.ok(_member_view(entry))


@delete(
    "/api/team/{id:str}",
    status_code=200,
    guards=[who.member],
    tags=["Team"],
    summary="Remove a member or withdraw an invitation",
)
async def remove(request: AnyRequest, tools: Has, member_id: Id) -> Ok[schemas.NothingView]:
    """Signs them out of this business at once. Everybody may leave; 409 `LAST_OWNER` for the last owner."""
    await team.remove(tools, actor=_actor(request), member_id=member_id)
    return envelope.ok(schemas.NothingView())


def _actor(request: AnyRequest) -> Actor:
    person = who.person(request)
    if person.tenant is None:
        raise errors.Forbidden
    return Actor(user_id=person.sub, tenant_id=person.tenant, visitor=visitor(request))


def _member_view(entry: Entry) -> schemas.MemberView:
    return schemas.MemberView(
        id=entry.id,
        user_id=entry.user_id,
        name=entry.name,
        email=entry.email,
        role=entry.role,
        status=entry.status,
        joined_at=entry.joined_at,
    )


ROUTES = (listed, invite, accept, change_role, remove)
