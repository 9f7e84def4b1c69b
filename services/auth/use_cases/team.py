"""A business's team: invited, joined, given another role, removed; one owner always stays."""

from datetime import datetime

import msgspec

from services.auth.domain import roles, rules
from services.auth.domain.devices import Visitor
from services.auth.domain.errors import AlreadyMember, BadLink, EmailTaken, LastOwner, PasswordNeeded
from services.auth.domain.roles import Role
from services.auth.store import audit, links, members, sessions, tenants, users
from services.auth.store.members import Entry, Invitation, Member
from services.auth.use_cases import links as link_acts
from services.auth.use_cases import sessions as session_acts
from services.auth.use_cases import tenants as tenant_acts
from services.auth.use_cases import tries
from services.auth.use_cases.accounts import check_password
from services.auth.use_cases.login import check_password as check_own_password
from services.auth.use_cases.login import check_second_factor, failed_login
from services.auth.use_cases.sessions import Entered
from services.auth.use_cases.tools import Tools
from services.contracts.auth import UserRegistered
from services.kernel import addresses, errors
from services.kernel.db import Tx
from services.kernel.ids import is_id, new_id
from services.kernel.secrets import fingerprint


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes the team, in which business, and from where."""

    user_id: str
    tenant_id: str
    visitor: Visitor


async def listed(tools: Tools, *, tenant_id: str, offset: int, limit: int) -> tuple[list[Entry], int]:
    async with tools.db.transaction(tenant_id) as tx:
        return await members.page(tx, tenant_id, tools.clock.now(), offset=offset, limit=limit)


async def invite(tools: Tools, *, actor: Actor, email: str, role: Role) -> Entry:
    """Somebody may join; asked again for the same address, the newest mail counts, and one in a few minutes is enough."""
    now = tools.clock.now()
    wanted = Invitation(
        id=new_id("inv"),
        tenant_id=actor.tenant_id,
        email=addresses.tidied(email),
        email_key=addresses.key_of(email),
        role=role,
        invited_by=actor.user_id,
        invited_at=now,
        expires_at=now + rules.LINK_LIFETIME["invitation"],
    )
    async with tools.db.transaction(actor.tenant_id, user_id=actor.user_id) as tx:
        roles.check_may_give(await _role_of(tx, actor), role)
        if await members.with_email(tx, wanted.email_key):
            raise AlreadyMember
        invitation = await members.invite(tx, wanted)
        is_new = invitation.id == wanted.id
        if is_new or invitation.invited_at <= now - rules.INVITED_AGAIN_AFTER:
            invitation = msgspec.structs.replace(wanted, id=invitation.id)
            await members.renew(tx, invitation)
            await link_acts.request_invitation(tools, tx, invitation)
        await _note(tx, actor, "member.invited", now, target=invitation.email, role=role)
    return _invited(invitation)


async def change_role(tools: Tools, *, actor: Actor, member_id: str, role: Role) -> Entry:
    """Works at once, wherever the member is signed in."""
    now = tools.clock.now()
    async with tools.db.transaction(actor.tenant_id, user_id=actor.user_id) as tx:
        # One change of a team at a time: two owners can't demote each other at the same moment.
        await tenants.find(tx, actor.tenant_id, lock=True)
        own_role = await _role_of(tx, actor)
        member = await members.find(tx, member_id)
        if member is None:
            return await _change_invitation(tx, actor, own_role, invitation_id=member_id, role=role, now=now)
        roles.check_may_change(own_role, member.role, role)
        entry = await members.entry(tx, member.id)
        if member.role == role:
            return entry
        await _check_owner_stays(tx, member)
        changed = msgspec.structs.replace(member, role=role, version=member.version + 1)
        await members.change(tx, changed)
        await tools.outbox.add(tx, tenant_acts.changed(changed), about=member.id)
        stale = await sessions.set_role(tx, user_id=member.user_id, tenant_id=actor.tenant_id, role=role)
        await _note(tx, actor, "member.role_changed", now, target=entry.email, role=role, former=member.role)
    await session_acts.forget(tools, stale)
    return msgspec.structs.replace(entry, role=role)


async def remove(tools: Tools, *, actor: Actor, member_id: str) -> None:
    """Whoever leaves is signed out of this business at once; an invitation is withdrawn."""
    now = tools.clock.now()
    async with tools.db.transaction(actor.tenant_id, user_id=actor.user_id) as tx:
        await tenants.find(tx, actor.tenant_id, lock=True)
        own_role = await _role_of(tx, actor)
        member = await members.find(tx, member_id)
        if member is None:
            await _withdraw(tx, actor, own_role, member_id, now)
            return
        roles.check_may_remove(own_role, member.role, is_self=member.user_id == actor.user_id)
        await _check_owner_stays(tx, member)
        removed = msgspec.structs.replace(member, status="removed", version=member.version + 1)
        await members.change(tx, removed)
        await tools.outbox.add(tx, tenant_acts.changed(removed), about=member.id)
        stale = await sessions.end_within(tx, user_id=member.user_id, tenant_id=actor.tenant_id)
        user = await users.by_id(tx, member.user_id)
        await _note(tx, actor, "member.removed", now, target=user.email if user else None, role=member.role)
    await session_acts.forget(tools, stale)


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """What who was invited says of themselves."""

    token: str
    name: str
    password: str
    code: str | None


async def accept(tools: Tools, *, joining: Joining, visitor: Visitor) -> Entered:
    """Into the team, with a new account or with the one that the address has; either way signed in."""
    now = tools.clock.now()
    async with tools.db.transaction() as tx:
        link = await links.open_by_token(tx, "invitation", fingerprint(joining.token), now)
    if link is None or link.tenant_id is None:
        raise BadLink(details=link_acts.OVER)
    async with tools.db.transaction(link.tenant_id) as tx:
        invitation = await members.invitation(tx, link.id)
        user = None if invitation is None else await users.by_email(tx, invitation.email_key)
    if invitation is None:
        raise BadLink(details=link_acts.OVER)
    if user is None:
        return await _join_as_new(tools, invitation, joining, visitor)
    if user.password_hash is None:
        raise PasswordNeeded
    return await _join_as_known(tools, invitation, joining, visitor)


async def _join_as_new(tools: Tools, invitation: Invitation, joining: Joining, visitor: Visitor) -> Entered:
    """The link came by mail, so the address is theirs."""
    personal = (invitation.email, invitation.email.partition("@")[0], joining.name)
    check_password(joining.password, personal=personal)
    now = tools.clock.now()
    new = users.User(
        id=new_id("usr"),
        email=invitation.email,
        name=joining.name,
        password_hash=await tools.hashing.hash(joining.password),
        email_verified_at=now,
        google_subject=None,
        last_tenant_id=invitation.tenant_id,
    )
    async with tools.db.transaction(invitation.tenant_id, user_id=new.id) as tx:
        await link_acts.use(tx, kind="invitation", token=joining.token, now=now)
        if not await users.add(tx, new, email_key=invitation.email_key, now=now):
            raise EmailTaken
        await tools.outbox.add(tx, UserRegistered(user_id=new.id, tenant_id=invitation.tenant_id), about=new.id)
        return await _join(tools, tx, invitation, new, visitor)


async def _join_as_known(tools: Tools, invitation: Invitation, joining: Joining, visitor: Visitor) -> Entered:
    """Whoever has an account joins with it, and shows that it is theirs as at every login."""
    act = failed_login(tools, invitation.email, visitor)
    async with tries.counted(tools, address=invitation.email, act=act) as tried:
        user = await check_own_password(tools, tried, email=invitation.email, password=joining.password)
        await check_second_factor(tools, tried, user, joining.code)
        tried.outcome = "right"
    now = tools.clock.now()
    async with tools.db.transaction(invitation.tenant_id, user_id=user.id) as tx:
        await link_acts.use(tx, kind="invitation", token=joining.token, now=now)
        if not await users.still_has(tx, user.id, user.password_hash):
            raise errors.Unauthenticated
        await users.verify_email(tx, user.id, now)
        verified = await users.by_id(tx, user.id)
        return await _join(tools, tx, invitation, verified or user, visitor)


async def _join(tools: Tools, tx: Tx, invitation: Invitation, user: users.User, visitor: Visitor) -> Entered:
    now = tools.clock.now()
    await tenant_acts.join(tools, tx, tenant_id=invitation.tenant_id, user_id=user.id, role=invitation.role)
    await members.withdraw(tx, invitation.id)
    actor = Actor(user_id=user.id, tenant_id=invitation.tenant_id, visitor=visitor)
    await _note(tx, actor, "member.joined", now, target=invitation.email, role=invitation.role)
    return await session_acts.begin(
        tools, tx, user, tenant_id=invitation.tenant_id, visitor=visitor, action="login", by="invitation"
    )


async def _role_of(tx: Tx, actor: Actor) -> Role:
    """What the actor may do now, whatever their minute-old identity says."""
    member = await members.hold(tx, actor.tenant_id, actor.user_id)
    if member is None:
        raise errors.Forbidden
    return member.role


async def _check_owner_stays(tx: Tx, member: Member) -> None:
    if member.role == "owner" and await members.owners(tx, member.tenant_id) == 1:
        raise LastOwner


async def _change_invitation(
    tx: Tx, actor: Actor, own_role: Role, *, invitation_id: str, role: Role, now: datetime
) -> Entry:
    invitation = await members.invitation(tx, invitation_id) if is_id(invitation_id, "inv") else None
    if invitation is None:
        raise errors.NotFound
    roles.check_may_change(own_role, invitation.role, role)
    changed = await members.invite(tx, msgspec.structs.replace(invitation, role=role))
    await _note(tx, actor, "invitation.role_changed", now, target=invitation.email, role=role, former=invitation.role)
    return _invited(changed)


def _invited(invitation: Invitation) -> Entry:
    return Entry(
        id=invitation.id,
        user_id=None,
        name=None,
        email=invitation.email,
        role=invitation.role,
        status="invited",
        joined_at=None,
    )


async def _withdraw(tx: Tx, actor: Actor, own_role: Role, invitation_id: str, now: datetime) -> None:
    invitation = await members.invitation(tx, invitation_id) if is_id(invitation_id, "inv") else None
    if invitation is None:
        raise errors.NotFound
    roles.check_may_remove(own_role, invitation.role, is_self=False)
    await members.withdraw(tx, invitation.id)
    await links.close(tx, invitation.id, now)
    await _note(tx, actor, "invitation.withdrawn", now, target=invitation.email, role=invitation.role)


async def _note(tx: Tx, actor: Actor, action: str, at: datetime, *, target: str | None, **details: str) -> None:
    act = audit.Act(
        action=action,
        at=at,
        actor_id=actor.user_id,
        target=target,
        details=details,
        ip_address=actor.visitor.ip,
    )
    await audit.write(tx, actor.tenant_id, act)
