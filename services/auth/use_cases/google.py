"""Signing in by Google: sent there with a state that only this browser can bring back, and known or new on return."""

import msgspec

from services.auth.domain import rules
from services.auth.domain.devices import Visitor
from services.auth.domain.errors import GoogleRefused
from services.auth.gateways.google import Person
from services.auth.store import google_tries, links, second_factor, sessions, users
from services.auth.use_cases import login
from services.auth.use_cases import sessions as session_acts
from services.auth.use_cases.sessions import Entered
from services.auth.use_cases.tools import Tools
from services.contracts.auth import UserRegistered
from services.kernel import addresses
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.secrets import fingerprint, new_token

_PURPOSE = "google"
_LONGEST_NAME = 120


class _Sealed(msgspec.Struct, frozen=True):
    """What must be the same when the browser comes back."""

    verifier: str
    nonce: str
    redirect_uri: str
    return_to: str


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """Where the browser goes, and what it must bring back besides the state."""

    url: str
    browser: str


async def depart(tools: Tools, *, redirect_uri: str, return_to: str) -> Departure:
    if not tools.google.is_configured:
        raise GoogleRefused("GOOGLE_NOT_CONFIGURED")
    state, browser = new_token(), new_token()
    sealed = _Sealed(verifier=new_token(), nonce=new_token(), redirect_uri=redirect_uri, return_to=return_to)
    async with tools.db.transaction() as tx:
        await google_tries.add(
            tx,
            state_hash=fingerprint(state),
            browser_hash=fingerprint(browser),
            sealed=tools.keyring.encrypt(_PURPOSE, msgspec.json.encode(sealed)),
            expires_at=tools.clock.now() + rules.GOOGLE_TRY_LIFETIME,
        )
    url = tools.google.authorize_url(
        redirect_uri=redirect_uri, state=state, nonce=sealed.nonce, verifier=sealed.verifier
    )
    return Departure(url=url, browser=browser)


async def arrive(tools: Tools, *, state: str, browser: str, code: str, visitor: Visitor) -> tuple[Entered, str]:
    """Signed in, and where to go now."""
    async with tools.db.transaction() as tx:
        sealed = await google_tries.take(
            tx, state_hash=fingerprint(state), browser_hash=fingerprint(browser), now=tools.clock.now()
        )
    if sealed is None:
        raise GoogleRefused("GOOGLE_STATE_INVALID")
    if not code:
        raise GoogleRefused("GOOGLE_DENIED")
    known = msgspec.json.decode(tools.keyring.decrypt(_PURPOSE, sealed), type=_Sealed)
    person = await tools.google.person(
        code=code, redirect_uri=known.redirect_uri, nonce=known.nonce, verifier=known.verifier
    )
    user = await _account_of(tools, person)
    async with tools.db.transaction(user_id=user.id) as tx:
        # The second factor belongs to the password's way in; it can't be gone around by this one.
        if await second_factor.is_on(tx, user.id):
            raise GoogleRefused("TOTP_REQUIRED")
    return await login.enter(tools, user, visitor=visitor, by="Google"), known.return_to


async def _account_of(tools: Tools, person: Person) -> users.User:
    async with tools.db.transaction() as tx:
        user = await users.by_google(tx, person.subject)
    if user is not None:
        return user
    if addresses.problem(person.email) is not None:
        raise GoogleRefused("GOOGLE_EMAIL_NOT_VERIFIED")
    return await _register(tools, person) or await _link(tools, person)


async def _register(tools: Tools, person: Person) -> users.User | None:
    """A new account without a business, unless the address has one."""
    now = tools.clock.now()
    address = addresses.tidied(person.email)
    user = users.User(
        id=new_id("usr"),
        email=address,
        name=" ".join(person.name.split())[:_LONGEST_NAME] or address.partition("@")[0],
        password_hash=None,
        email_verified_at=now,
        google_subject=person.subject,
        last_tenant_id=None,
    )
    async with tools.db.transaction() as tx:
        if not await users.add(tx, user, email_key=addresses.key_of(address), now=now):
            return None
        await tools.outbox.add(tx, UserRegistered(user_id=user.id), about=user.id)
    return user


async def _link(tools: Tools, person: Person) -> users.User:
    """The account by that address is the person's, because Google has verified the address."""
    now = tools.clock.now()
    stale: sessions.Stale = {}
    async with tools.db.transaction() as tx:
        user = await users.by_email(tx, addresses.key_of(person.email), lock=True)
        if user is None or user.google_subject not in {None, person.subject}:
            raise GoogleRefused("GOOGLE_OTHER_ACCOUNT")
        if not user.is_verified:
            stale = await _take_over(tx, user)
        await users.verify_email(tx, user.id, now)
        await users.link_google(tx, user.id, person.subject)
        await links.use_all(tx, user_id=user.id, kind="verification", now=now)
        linked = await users.by_id(tx, user.id)
    await session_acts.forget(tools, stale)
    return linked or user


async def _take_over(tx: Tx, user: users.User) -> sessions.Stale:
    """Whoever set this password never showed that the address is theirs, so it opens nothing any more."""
    await users.set_password(tx, user.id, None)
    return await sessions.end_all(tx, user.id)
