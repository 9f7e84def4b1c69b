"""Accounts: signing up, showing that an address is one's own, a new password, the first business of who had none."""

from datetime import datetime

import msgspec

from services.auth.domain import passwords
from services.auth.domain.devices import Visitor
from services.auth.domain.errors import BadLink, EmailTaken, ProfileComplete
from services.auth.domain.rules import LinkKind
from services.auth.store import audit, links, members, sessions, tries, users
from services.auth.store.tenants import Tenant
from services.auth.use_cases import links as link_acts
from services.auth.use_cases import sessions as session_acts
from services.auth.use_cases import tenants
from services.auth.use_cases.tenants import Business
from services.auth.use_cases.tools import Tools
from services.auth.use_cases.tries import key_of
from services.contracts.auth import UserRegistered
from services.kernel import addresses, errors
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.secrets import fingerprint


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A person with their business."""

    user: users.User
    tenant: Tenant


def check_password(password: str, *, field: str = "password", personal: tuple[str, ...] = ()) -> None:
    """Refuses a password that is too weak, or is the person's own name."""
    if sentence := passwords.problem(password, personal=personal):
        raise errors.Invalid(details={field: sentence})


async def sign_up(
    tools: Tools, *, email: str, password: str, name: str, business: Business, visitor: Visitor
) -> Account:
    """A person, their business and the mail with the link, or nothing at all."""
    address, key = addresses.tidied(email), addresses.key_of(email)
    check_password(password, personal=_personal(address, name, business.name))
    async with tools.db.transaction() as tx:
        if await users.by_email(tx, key) is not None:
            raise EmailTaken
    now = tools.clock.now()
    tenant_id = new_id("ten")
    user = users.User(
        id=new_id("usr"),
        email=address,
        name=name,
        password_hash=await tools.hashing.hash(password),
        email_verified_at=None,
        google_subject=None,
        last_tenant_id=tenant_id,
    )
    async with tools.db.transaction(tenant_id, user_id=user.id) as tx:
        if not await users.add(tx, user, email_key=key, now=now):
            raise EmailTaken
        tenant = await tenants.found(tools, tx, business, tenant_id=tenant_id, owner_id=user.id)
        await tools.outbox.add(tx, UserRegistered(user_id=user.id, tenant_id=tenant_id), about=user.id)
        await link_acts.request(tools, tx, kind="verification", user_id=user.id)
        act = audit.Act(
            action="signup", at=now, actor_id=user.id, details={"businessName": tenant.name}, ip_address=visitor.ip
        )
        await audit.write(tx, tenant_id, act)
    return Account(user=user, tenant=tenant)


async def verify_email(tools: Tools, *, token: str, visitor: Visitor) -> users.User:
    now = tools.clock.now()
    async with tools.db.transaction() as tx:
        user = await _owner(tx, "verification", token, now)
    # Found first, because the log is written in the person's own transaction.
    async with tools.db.transaction(user_id=user.id) as tx:
        await link_acts.use(tx, kind="verification", token=token, now=now)
        await users.verify_email(tx, user.id, now)
        await links.use_all(tx, user_id=user.id, kind="verification", now=now)
        act = audit.Act(action="email.verified", at=now, actor_id=user.id, ip_address=visitor.ip)
        await audit.write_everywhere(tx, user.id, act)
    return msgspec.structs.replace(user, email_verified_at=user.email_verified_at or now)


async def resend_verification(tools: Tools, *, email: str) -> None:
    """Another mail, where one is still needed. Nobody is told whether it was."""
    async with tools.db.transaction() as tx:
        user = await users.by_email(tx, addresses.key_of(email))
        if user is not None and not user.is_verified:
            await link_acts.request(tools, tx, kind="verification", user_id=user.id)


async def forgot_password(tools: Tools, *, email: str) -> None:
    """A mail to whoever has an account by that address. Nobody is told whether there is one."""
    async with tools.db.transaction() as tx:
        user = await users.by_email(tx, addresses.key_of(email))
        if user is not None:
            await link_acts.request(tools, tx, kind="password_reset", user_id=user.id)


async def reset_password(tools: Tools, *, token: str, password: str, visitor: Visitor) -> None:
    """A new password ends every session, opens what was locked, and shows that the address is the person's own."""
    now = tools.clock.now()
    async with tools.db.transaction() as tx:
        user = await _owner(tx, "password_reset", token, now)
    check_password(password, personal=_personal(user.email, user.name))
    # Hashed only for who has a link: a guess costs nothing.
    password_hash = await tools.hashing.hash(password)
    async with tools.db.transaction(user_id=user.id) as tx:
        await link_acts.use(tx, kind="password_reset", token=token, now=now)
        # The person's row first: a login that is under way waits, and then finds another password.
        await users.set_password(tx, user.id, password_hash)
        await users.verify_email(tx, user.id, now)
        await links.use_all(tx, user_id=user.id, kind="password_reset", now=now)
        await links.use_all(tx, user_id=user.id, kind="verification", now=now)
        await tries.forgive(tx, key_of(tools.keyring, user.email))
        stale = await sessions.end_all(tx, user.id)
        act = audit.Act(action="password.reset", at=now, actor_id=user.id, ip_address=visitor.ip)
        await audit.write_everywhere(tx, user.id, act)
    await session_acts.forget(tools, stale)


async def complete_profile(tools: Tools, *, user_id: str, business: Business, visitor: Visitor) -> Tenant:
    """The first business of who came by Google."""
    now = tools.clock.now()
    tenant_id = new_id("ten")
    async with tools.db.transaction(tenant_id, user_id=user_id) as tx:
        # Of two at once the second finds the first one's business.
        await users.lock(tx, user_id)
        if await members.of_user(tx, user_id, preferred=None) is not None:
            raise ProfileComplete
        tenant = await tenants.found(tools, tx, business, tenant_id=tenant_id, owner_id=user_id)
        await users.set_last_tenant(tx, user_id, tenant_id)
        stale = await sessions.enter_first_tenant(tx, user_id=user_id, tenant_id=tenant_id, role="owner")
        act = audit.Act(
            action="business.founded",
            at=now,
            actor_id=user_id,
            details={"businessName": tenant.name},
            ip_address=visitor.ip,
        )
        await audit.write(tx, tenant_id, act)
    await session_acts.forget(tools, stale)
    return tenant


async def _owner(tx: Tx, kind: LinkKind, token: str, now: datetime) -> users.User:
    """Whose link this is, as long as it is open."""
    link = await links.open_by_token(tx, kind, fingerprint(token), now)
    user = None if link is None or link.user_id is None else await users.by_id(tx, link.user_id)
    if user is None:
        raise BadLink(details=link_acts.OVER)
    return user


def _personal(address: str, *names: str) -> tuple[str, ...]:
    return (address, address.partition("@")[0], *names)
