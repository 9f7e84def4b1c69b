"""The frame around every operation: keys, faults, parameters, idempotency, events, and the check of what is answered."""

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from services.kernel.clock import Clock
from services.kernel.db import Database, Tx
from services.sandbox.domain.stripe.browser import narrowed, parted, widened
from services.sandbox.domain.stripe.description import Description, Operation, description
from services.sandbox.domain.stripe.description.requests import Form, read_form
from services.sandbox.domain.stripe.numbers import PLATFORM, Ids
from services.sandbox.domain.stripe.refusals import CardDeclined, StripeRefusal, unbuilt
from services.sandbox.store import stripe as store
from services.sandbox.store.stripe import Body, FirstAnswer, Held, Opening, StripeFaults
from services.sandbox.use_cases.stripe import changing, expanding, telling
from services.sandbox.use_cases.stripe.call import Call
from services.sandbox.use_cases.stripe.operations import BUILT, FOR_BROWSERS

_log = logging.getLogger(__name__)
T = TypeVar("T")

_LONGEST_KEY: Final = 255
_TRIES: Final = 4


def new_request_id() -> str:
    return f"req_{secrets.token_hex(7)}"


class Mismatch(Exception):  # noqa: N818 - named by what happened
    """The stand-in was about to give something that Stripe never would: a bug of the stand-in, and nothing is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A request as it came in, from a caller whose key is good."""

    method: str
    # From /v1 on, as the caller wrote it.
    path: str
    query: bytes = b""
    body: bytes = b""
    account: str | None = None
    version: str | None = None
    idempotency_key: str | None = None
    is_publishable: bool = False
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What is sent back."""

    status: int
    body: bytes
    # The request that was answered first, where this is its answer again.
    original_request: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Understood:
    """The request once the description has been asked about it."""

    asked: Asked
    operation: Operation
    path: Mapping[str, str]
    params: Body
    expand: list[str]
    account: str
    key: bytes | None
    fingerprint: bytes


class _Held(Exception):  # noqa: N818 - named by what happens
    """Faults were asked for: this call has to wait, or to fail, before anything of it is done."""

    def __init__(self, faults: StripeFaults) -> None:
        self.faults = faults
        super().__init__()


class Stripe:
    """The stand-in's interface, without HTTP around it."""

    def __init__(self, db: Database, clock: Clock, *, pages: str, wake: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._pages = pages
        # Has whoever delivers the events look for new ones.
        self._wake = wake

    @property
    def description(self) -> Description:
        return description()

    async def answer(self, asked: Asked) -> Answered:
        """One operation of the interface; a StripeRefusal where Stripe would refuse it."""
        understood = self._understood(asked)
        try:
            return await _again_on_deadlock(lambda: self._answered(understood, are_faults_met=False))
        except _Held as held:
            await self._meet(held.faults, understood.account)
        return await _again_on_deadlock(lambda: self._answered(understood, are_faults_met=True))

    async def act(self, account: str, operation: Callable[[Call], Awaitable[T]], **params: Any) -> T:
        """Something that happens on Stripe's own pages: told like everything else, but asked for by no request."""

        async def once() -> T:
            async with self._db.transaction() as tx:
                opening = await store.open_call(tx, account, PLATFORM)
                call = self._call(tx, account, opening, params=params)
                try:
                    outcome: T | CardDeclined = await operation(call)
                except CardDeclined as refusal:
                    outcome = refusal
                await self._tell(call)
            if isinstance(outcome, CardDeclined):
                raise outcome
            return outcome

        return await _again_on_deadlock(once)

    async def find(self, kind: str, object_id: str) -> Held | None:
        """An object in whichever account."""
        async with self._db.transaction() as tx:
            return await store.object_anywhere(tx, kind, object_id)

    def _understood(self, asked: Asked) -> _Understood:
        found = self.description.operation(asked.method, asked.path)
        if found is None:
            raise StripeRefusal(
                f"Unrecognized request URL ({asked.method}: {asked.path}). Please see https://stripe.com/docs or we can"
                " help at https://support.stripe.com/.",
                status=404,
            )
        operation, path = found
        if asked.version not in {None, "", self.description.version}:
            raise StripeRefusal(
                f"Invalid Stripe API version: {asked.version}. This stand-in speaks {self.description.version} only."
            )
        if asked.is_publishable and operation.name not in FOR_BROWSERS:
            raise StripeRefusal(
                "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a"
                " list of your API keys at https://dashboard.stripe.com/account/apikeys.",
                status=403,
                code="secret_key_required",
            )
        account = asked.account
        if operation.is_json and asked.method == "POST":
            params = self.description.json_params(operation, asked.body)
        elif asked.is_publishable:
            form, named = parted(_form_of(asked))
            account = account or named
            params = self.description.params(operation, form, schema=widened(operation.params))
        else:
            params = self.description.params(operation, _form_of(asked))
        if operation.name not in BUILT:
            # Only now: what Stripe would refuse is refused first.
            raise unbuilt(operation.name)
        account = account or PLATFORM
        expand: list[str] = params.pop("expand", [])
        return _Understood(
            asked=asked,
            operation=operation,
            path=path,
            params=params,
            expand=expand,
            account=account,
            key=_key_of(asked, account),
            fingerprint=_digest(asked.method, asked.path, msgspec.json.encode([params, expand], order="sorted")),
        )

    async def _meet(self, faults: StripeFaults, account: str) -> None:
        """Waits, and fails where this is one of the calls that must; no transaction is open meanwhile."""
        await asyncio.sleep(faults.delay_ms / 1000)
        if faults.fail_next:
            async with self._db.transaction() as tx:
                is_failing = await store.spend_failure(tx, account)
            if is_failing:
                raise StripeRefusal("SIMULATED: this call was to fail. Nothing was done.", status=500, type="api_error")

    async def _answered(self, understood: _Understood, *, are_faults_met: bool) -> Answered:
        asked = understood.asked
        async with self._db.transaction() as tx:
            opening = await store.open_call(tx, understood.account, PLATFORM)
            if not are_faults_met and (opening.faults.delay_ms or opening.faults.fail_next):
                raise _Held(opening.faults)
            _admit(understood.account, opening)
            if understood.key is not None and (first := await self._first_answer(tx, understood, understood.key)):
                return first
            call = self._call(
                tx,
                understood.account,
                opening,
                params=understood.params,
                path=understood.path,
                url=asked.path,
                is_publishable=asked.is_publishable,
                request_id=asked.request_id,
                idempotency_key=asked.idempotency_key,
            )
            try:
                body = await BUILT[understood.operation.name](call)
                status, body = 200, await expanding.expanded(call, body, understood.expand)
                problems = self.description.problems_of_answer(understood.operation, body)
            except CardDeclined as refusal:
                status, body = refusal.status, changing.with_whole(call, refusal).body
                problems = self.description.problems_of("error", body)
            except StripeRefusal as refusal:
                changing.with_whole(call, refusal)
                if asked.is_publishable:
                    refusal.error = narrowed(refusal.body)["error"]
                raise
            if asked.is_publishable:
                body = narrowed(body)
            if problems:
                raise Mismatch(f"the answer to {understood.operation.name}: {'; '.join(problems)}")
            await self._tell(call)
            answered = Answered(status=status, body=_encoded(body))
            if understood.key is not None:
                kept = FirstAnswer(understood.fingerprint, asked.request_id, status, answered.body)
                await store.keep_answer(tx, understood.key, kept, now=self._clock.now())
        return answered

    async def _first_answer(self, tx: Tx, understood: _Understood, key: bytes) -> Answered | None:
        """What the key got before. Nobody else uses the key until this transaction ends."""
        name = understood.asked.idempotency_key
        if not await store.hold_key(tx, key):
            raise StripeRefusal(
                f"There is currently another in-progress request using this Idempotent Key: {name}. Please try again"
                " later.",
                status=409,
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        first = await store.first_answer(tx, key, forgotten=self._clock.now() - store.KEY_LIFETIME)
        if first is None:
            return None
        if first.fingerprint != understood.fingerprint:
            raise StripeRefusal(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try"
                f" using a key other than '{name}' if you meant to execute a different request.",
                type="idempotency_error",
            )
        return Answered(status=first.status, body=first.answer, original_request=first.request_id)

    def _call(self, tx: Tx, account: str, opening: Opening, *, params: Body, **asked: Any) -> Call:
        return Call(
            # Its own: a call that begins again finds what was asked, and not what became of it.
            params=dict(params),
            tx=tx,
            description=self.description,
            account=account,
            connected=None if opening.connected is None else opening.connected.body,
            now=int(self._clock.now().timestamp()) + opening.seconds_ahead,
            ids=Ids(opening.number),
            faults=opening.faults,
            pages=self._pages,
            **asked,
        )

    async def _tell(self, call: Call) -> None:
        if not call.emitted:
            return
        for event in telling.events(call):
            if problems := self.description.problems_of_event(event.body):
                raise Mismatch(f"the event {event.body['type']}: {'; '.join(problems)}")
            await telling.tell(call, event, at=self._clock.now())
        call.tx.after_commit(self._wake)


async def _again_on_deadlock(act: Callable[[], Awaitable[T]]) -> T:
    for _ in range(_TRIES - 1):
        try:
            return await act()
        except store.Deadlock:
            _log.info("two calls waited for each other; this one begins again")
    return await act()


def _admit(account: str, opening: Opening) -> None:
    """The platform may act for accounts that are connected to it, and for no other."""
    if account == PLATFORM:
        return
    if opening.connected is None or opening.connected.private.get("is_deauthorized"):
        raise no_access(account)


def no_access(account: str) -> StripeRefusal:
    return StripeRefusal(
        f"The provided key does not have access to account '{account}' (or that account does not exist). Application"
        " access may have been revoked.",
        status=403,
        code="account_invalid",
    )


def _form_of(asked: Asked) -> Form:
    """Stripe takes parameters from the body and from the query alike."""
    return {**read_form(asked.query), **read_form(asked.body)}


def _key_of(asked: Asked, account: str) -> bytes | None:
    """The key as it is stored. With GET and DELETE there is nothing to protect."""
    if asked.method != "POST" or not asked.idempotency_key:
        return None
    if len(asked.idempotency_key) > _LONGEST_KEY:
        raise StripeRefusal(f"Idempotency keys can be at most {_LONGEST_KEY} characters.", type="idempotency_error")
    return _digest(account, asked.idempotency_key)


def _digest(*parts: str | bytes) -> bytes:
    texts = [part.encode() if isinstance(part, str) else part for part in parts]
    return hashlib.sha256(b"\0".join(texts)).digest()


def _encoded(body: object) -> bytes:
    # Stripe's answers are indented, for people who read them.
    return msgspec.json.format(msgspec.json.encode(body), indent=2)
