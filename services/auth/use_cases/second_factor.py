"""The second factor: set up, confirmed, asked for, turned off."""

from services.auth.domain import rules, totp
from services.auth.domain.devices import Visitor
from services.auth.domain.errors import PasswordNeeded, TotpOff, TotpOn, WrongCode, WrongProof
from services.auth.store import audit, second_factor, users
from services.auth.use_cases import tries
from services.auth.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.secrets import Keyring

_PURPOSE = "totp"


async def start(tools: Tools, *, user_id: str) -> tuple[str, str]:
    """A fresh secret as a person types it, and as the authenticator's picture says it."""
    user = await _person(tools, user_id)
    if user.password_hash is None:
        raise PasswordNeeded
    secret = totp.new_secret()
    sealed = tools.keyring.encrypt(_PURPOSE, secret)
    async with tools.db.transaction(user_id=user_id) as tx:
        if not await second_factor.start(tx, user_id, sealed, tools.clock.now()):
            raise TotpOn
    return totp.spelled(secret), totp.uri(secret, account=user.email)


async def confirm(tools: Tools, *, user_id: str, code: str, visitor: Visitor) -> list[str]:
    """From now on the second factor is asked for; these codes are for the day the phone is gone."""
    user = await _person(tools, user_id)
    now = tools.clock.now()
    recovery_codes = totp.new_recovery_codes()
    async with (
        tries.counted(tools, address=user.email, act=_act(tools, "totp.failed", user_id, visitor)) as tried,
        tools.db.transaction(user_id=user_id) as tx,
    ):
        tried.user_id = user_id
        setup = await second_factor.find(tx, user_id)
        if setup is not None and setup.confirmed_at is not None:
            raise TotpOn
        if setup is None or setup.started_at <= now - rules.TOTP_SETUP_LIFETIME:
            raise TotpOff
        step = totp.matching_step(
            tools.keyring.decrypt(_PURPOSE, setup.secret), code, now=now, last_used=setup.last_step
        )
        if step is None:
            tried.outcome = "wrong"
            raise WrongCode(details={"code": "is not right, or its time is over"})
        if not await second_factor.confirm(tx, user_id, secret=setup.secret, step=step, now=now):
            raise TotpOff
        hashes = [_recovery_hash(tools.keyring, one) for one in recovery_codes]
        await second_factor.set_recovery_codes(tx, user_id, hashes)
        await audit.write_everywhere(tx, user_id, _act(tools, "totp.enabled", user_id, visitor))
    return recovery_codes


async def turn_off(tools: Tools, *, user_id: str, password: str | None, code: str | None, visitor: Visitor) -> None:
    """Only for who proves by the password or a code that a session left open is not all they have."""
    user = await _person(tools, user_id)
    if not password and not code:
        raise errors.Invalid(details={"password": "is required, or a code"})
    async with tries.counted(tools, address=user.email, act=_act(tools, "totp.failed", user_id, visitor)) as tried:
        tried.user_id = user_id
        if password and not await tools.hashing.matches(password, user.password_hash):
            tried.outcome = "wrong"
            raise WrongProof
        async with tools.db.transaction(user_id=user_id) as tx:
            if not await second_factor.is_on(tx, user_id):
                raise TotpOff
            if not password and await proves(tools, tx, user_id=user_id, code=code or "") is None:
                tried.outcome = "wrong"
                raise WrongProof
            await second_factor.turn_off(tx, user_id)
            await audit.write_everywhere(tx, user_id, _act(tools, "totp.disabled", user_id, visitor))
        # The counter stays as it is: a right password here says nothing of wrong codes elsewhere.


async def proves(tools: Tools, tx: Tx, *, user_id: str, code: str) -> str | None:
    """By what the code proves who it is; it is used up with that. The transaction is the person's."""
    now = tools.clock.now()
    setup = await second_factor.find(tx, user_id)
    if setup is None or setup.confirmed_at is None:
        return None
    secret = tools.keyring.decrypt(_PURPOSE, setup.secret)
    step = totp.matching_step(secret, code, now=now, last_used=setup.last_step)
    if step is not None and await second_factor.use_step(tx, user_id, step):
        return "authenticator"
    if await second_factor.use_recovery_code(tx, user_id, _recovery_hash(tools.keyring, code), now):
        return "recovery code"
    return None


def _recovery_hash(keyring: Keyring, code: str) -> bytes:
    # Keyed, because a recovery code is short enough to be tried out against a stolen table.
    return keyring.sign("recovery-code", totp.recovery_key(code)).encode()


async def _person(tools: Tools, user_id: str) -> users.User:
    async with tools.db.transaction() as tx:
        user = await users.by_id(tx, user_id)
    if user is None:
        raise errors.Unauthenticated
    return user


def _act(tools: Tools, action: str, user_id: str, visitor: Visitor) -> audit.Act:
    return audit.Act(
        action=action, at=tools.clock.now(), actor_id=user_id, details={"device": visitor.device}, ip_address=visitor.ip
    )
