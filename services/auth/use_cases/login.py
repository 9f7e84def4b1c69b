"""Signing in with a password, and with a second factor where there is one."""

from services.auth.domain.devices import Visitor
from services.auth.domain.errors import EmailNotVerified, InvalidCredentials, TotpRequired, WrongSecondFactor
from services.auth.store import audit, members, second_factor, users
from services.auth.use_cases import sessions, tries
from services.auth.use_cases.second_factor import proves
from services.auth.use_cases.sessions import Entered
from services.auth.use_cases.tools import Tools
from services.auth.use_cases.tries import Try
from services.kernel import addresses


async def log_in(tools: Tools, *, email: str, password: str, code: str | None, visitor: Visitor) -> Entered:
    """A new session. What was wrong is told only to who knows the password."""
    async with tries.counted(tools, address=email, act=failed_login(tools, email, visitor)) as tried:
        user = await check_password(tools, tried, email=email, password=password)
        if not user.is_verified:
            tried.outcome = "right"
            raise EmailNotVerified
        used = await check_second_factor(tools, tried, user, code)
        tried.outcome = "right"
    return await enter(tools, user, visitor=visitor, by=used)


async def check_password(tools: Tools, tried: Try, *, email: str, password: str) -> users.User:
    """Whose address and password these are; anything else is wrong in one and the same way."""
    async with tools.db.transaction() as tx:
        user = await users.by_email(tx, addresses.key_of(email))
    stored = None if user is None else user.password_hash
    tried.user_id = None if user is None else user.id
    fits = await tools.hashing.matches(password, stored)
    if not fits or user is None or stored is None:
        tried.outcome = "wrong"
        raise InvalidCredentials
    if not tools.hashing.is_outdated(stored):
        return user
    newer = await tools.hashing.hash(password)
    async with tools.db.transaction() as tx:
        await users.rehash(tx, user.id, old=stored, new=newer)
        return await users.by_id(tx, user.id) or user


async def enter(tools: Tools, user: users.User, *, visitor: Visitor, by: str) -> Entered:
    """Into the business that the person used last."""
    async with tools.db.transaction(user_id=user.id) as tx:
        member = await members.of_user(tx, user.id, preferred=user.last_tenant_id)
    tenant_id = None if member is None else member.tenant_id
    async with tools.db.transaction(tenant_id, user_id=user.id) as tx:
        # The password may have been reset since it was checked.
        if not await users.still_has(tx, user.id, user.password_hash):
            raise InvalidCredentials
        return await sessions.begin(tools, tx, user, tenant_id=tenant_id, visitor=visitor, action="login", by=by)


def failed_login(tools: Tools, email: str, visitor: Visitor) -> audit.Act:
    return audit.Act(
        action="login.failed",
        at=tools.clock.now(),
        target=addresses.tidied(email),
        details={"device": visitor.device},
        ip_address=visitor.ip,
    )


async def check_second_factor(tools: Tools, tried: Try, user: users.User, code: str | None) -> str:
    """By what the person has shown who they are: the password alone, where there is nothing else."""
    async with tools.db.transaction(user_id=user.id) as tx:
        if not await second_factor.is_on(tx, user.id):
            return "password"
        if not code or not code.strip():
            raise TotpRequired
        used = await proves(tools, tx, user_id=user.id, code=code)
    if used is None:
        tried.outcome = "wrong"
        raise WrongSecondFactor(details={"totp": "is not right, or its time is over"})
    return used
