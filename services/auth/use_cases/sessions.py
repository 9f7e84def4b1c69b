"""Sessions: begun at login, known by a copy or by the database, renewed daily, ended at once."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

import msgspec

from services.auth.domain import rules
from services.auth.domain.devices import Visitor
from services.auth.store import audit, members, second_factor, sessions, tenants, users
from services.auth.store.copies import Copy
from services.auth.store.sessions import Session, Stale
from services.auth.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import is_id, new_id
from services.kernel.secrets import fingerprint, new_token

_BATCH: Final = 500


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has just signed in, with the token that only their browser knows."""

    token: str
    user: users.User
    tenant: tenants.Tenant | None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Who a token belongs to, and whether its cookie is to be given again."""

    copy: Copy
    is_renewed: bool


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """A person as they see themselves."""

    user: users.User
    tenant: tenants.Tenant | None
    totp_enabled: bool


async def begin(
    tools: Tools, tx: Tx, user: users.User, *, tenant_id: str | None, visitor: Visitor, action: str, by: str
) -> Entered:
    """A new session with a new token, in the transaction of the person and the business."""
    now = tools.clock.now()
    # Held, so that a change of role or a removal at this moment finds the session too.
    member = None if tenant_id is None else await members.hold(tx, tenant_id, user.id)
    tenant = None if member is None else await tenants.find(tx, member.tenant_id)
    session = Session(
        id=new_id("ses"),
        user_id=user.id,
        tenant_id=None if member is None else member.tenant_id,
        role=None if member is None else member.role,
        created_at=now,
        renewed_at=now,
        expires_at=now + rules.SESSION_LIFETIME,
        last_seen_at=now,
    )
    token = new_token()
    await sessions.add(tx, session, fingerprint(token), visitor)
    if member is not None:
        await users.set_last_tenant(tx, user.id, member.tenant_id)
        act = audit.Act(
            action=action,
            at=now,
            actor_id=user.id,
            details={"device": visitor.device, "by": by},
            ip_address=visitor.ip,
        )
        await audit.write(tx, member.tenant_id, act)
    return Entered(token=token, user=user, tenant=tenant)


async def identify(tools: Tools, *, token: str) -> Known:
    """Who the token belongs to: one look at Valkey where all is well, else one at the database."""
    token_hash = fingerprint(token)
    now = tools.clock.now()
    copy = await tools.copies.find(token_hash)
    if copy is None or copy.renewed_at <= (now - rules.SESSION_RENEWED_AFTER).timestamp():
        return await _look_up(tools, token_hash, now)
    if copy.expires_at <= now.timestamp():
        raise errors.Unauthenticated
    return Known(copy=copy, is_renewed=False)


async def _look_up(tools: Tools, token_hash: bytes, now: datetime) -> Known:
    if tools.copies.wants_mending():
        tools.copies.mending = asyncio.create_task(_mend(tools))
    asked_at = asyncio.get_running_loop().time()
    due_before = now - rules.SESSION_RENEWED_AFTER
    is_renewed = False
    async with tools.db.transaction() as tx:
        session = await sessions.find(tx, token_hash, now)
        if session is None:
            raise errors.Unauthenticated
        if session.renewed_at <= due_before:
            expires_at = now + rules.SESSION_LIFETIME
            is_renewed = await sessions.renew(tx, token_hash, now=now, expires_at=expires_at, due_before=due_before)
            session = msgspec.structs.replace(session, renewed_at=now, expires_at=expires_at)
        elif session.last_seen_at <= now - rules.SEEN_AGAIN_AFTER:
            await sessions.seen(tx, token_hash, now)
    copy = Copy(
        session_id=session.id,
        user_id=session.user_id,
        tenant_id=session.tenant_id,
        role=session.role,
        renewed_at=session.renewed_at.timestamp(),
        expires_at=session.expires_at.timestamp(),
    )
    if is_renewed:
        # The older copy would be found due again and again.
        await tools.copies.forget([token_hash])
    else:
        age = asyncio.get_running_loop().time() - asked_at
        await tools.copies.keep(token_hash, copy, age=age)
    return Known(copy=copy, is_renewed=is_renewed)


async def me(tools: Tools, *, user_id: str, tenant_id: str | None) -> Me:
    async with tools.db.transaction(tenant_id, user_id=user_id) as tx:
        user = await users.by_id(tx, user_id)
        tenant = None if tenant_id is None else await tenants.find(tx, tenant_id)
        totp_enabled = await second_factor.is_on(tx, user_id)
    if user is None:
        raise errors.Unauthenticated
    return Me(user=user, tenant=tenant, totp_enabled=totp_enabled)


async def everywhere(tools: Tools, *, user_id: str, offset: int, limit: int) -> tuple[list[sessions.Trace], int]:
    async with tools.db.transaction(user_id=user_id) as tx:
        return await sessions.page(tx, user_id, tools.clock.now(), offset=offset, limit=limit)


async def revoke(tools: Tools, *, session_id: str, user_id: str, visitor: Visitor) -> None:
    """End one of one's own sessions."""
    if not is_id(session_id, "ses"):
        raise errors.NotFound
    async with tools.db.transaction(user_id=user_id) as tx:
        stale = await sessions.end(tx, session_id=session_id, user_id=user_id)
        if not stale:
            raise errors.NotFound
        await audit.write_everywhere(tx, user_id, _own("session.revoked", tools, user_id, visitor))
    await forget(tools, stale)


async def log_out(tools: Tools, *, token: str, visitor: Visitor) -> None:
    """End the token's session, if it is one."""
    now = tools.clock.now()
    async with tools.db.transaction() as tx:
        session = await sessions.find(tx, fingerprint(token), now)
    if session is None:
        return
    async with tools.db.transaction(session.tenant_id, user_id=session.user_id) as tx:
        stale = await sessions.end(tx, session_id=session.id, user_id=session.user_id)
        if session.tenant_id is not None:
            await audit.write(tx, session.tenant_id, _own("logout", tools, session.user_id, visitor))
    await forget(tools, stale)


async def forget(tools: Tools, stale: Stale) -> None:
    """Tell Valkey, after the commit; where it is away the note stays until it has been told."""
    if stale and await tools.copies.forget(stale.values()):
        async with tools.db.transaction() as tx:
            await sessions.settled(tx, list(stale))


async def settle_copies(tools: Tools) -> None:
    """Tell Valkey of every revocation that it has missed; then it is believed again."""
    silences = tools.copies.silences
    while True:
        async with tools.db.transaction() as tx:
            stale = await sessions.stale(tx, at_most=_BATCH)
        # Asked even where there is nothing to tell: only its answer shows that it is back.
        if not await tools.copies.forget(stale.values()):
            return
        if not stale:
            tools.copies.believe(silences)
            return
        async with tools.db.transaction() as tx:
            await sessions.settled(tx, list(stale))


async def _mend(tools: Tools) -> None:
    # Whoever asks next goes on by the database, and this is tried again.
    with suppress(errors.Unavailable):
        await settle_copies(tools)


def _own(action: str, tools: Tools, user_id: str, visitor: Visitor) -> audit.Act:
    return audit.Act(
        action=action,
        at=tools.clock.now(),
        actor_id=user_id,
        details={"device": visitor.device},
        ip_address=visitor.ip,
    )
