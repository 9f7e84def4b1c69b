"""Idempotency keys: the same key with the same body gives the first answer again, for a day."""

import asyncio
import hashlib
import logging
import re
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.identity import Verifier
from services.kernel.secrets import Keyring

_log = logging.getLogger(__name__)
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT: Final = timedelta(hours=24)
# A request that was never answered (its process died) may be tried again after this time.
_LEASE: Final = timedelta(seconds=30)
_NOT_KEPT: Final = frozenset({401, 403, 429})
_PURPOSE: Final = "idempotency"
# Cookies are a session, which a repeated answer must not hand out again.
_FORGOTTEN_HEADERS: Final = frozenset({b"set-cookie", b"x-request-id", b"date", b"content-length"})


class KeyReused(errors.Conflict):
    """The key was used with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"
    message = "This Idempotency-Key was used for another request."
    suggested_action = "use a new key for a new request"


class KeyInUse(errors.Conflict):
    """The first request with this key is not answered yet."""

    code = "IDEMPOTENCY_KEY_IN_USE"
    message = "The first request with this Idempotency-Key is still being worked on."
    retryable = True
    suggested_action = "try again in a moment"


class _Answer(msgspec.Struct, array_like=True):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class _Error(msgspec.Struct):
    retryable: bool = False


class _Failure(msgspec.Struct):
    error: _Error


_decode_failure: Final = msgspec.json.Decoder(_Failure).decode


class Idempotent(ASGIMiddleware):
    """Put on a handler that creates or charges.

    A key belongs to a person within a business. Where the call itself changes the business, it belongs to the person.
    """

    def __init__(self, *, across_tenants: bool = False) -> None:
        self._across_tenants = across_tenants

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        key = _given(scope)
        if key is None:
            await next_app(scope, receive, send)
            return
        state = scope["litestar_app"].state
        body = await _whole(receive)
        store = _Store(
            state.db,
            state.keyring,
            state.clock,
            _whose(scope, state.verifier, across_tenants=self._across_tenants),
            key,
        )
        print_of_body = hashlib.sha256(scope["path"].encode() + b"\0" + body).digest()
        known = await store.begin(print_of_body)
        if known is not None:
            await _repeat(known, send)
            return
        captured = _Capture(send)
        try:
            await next_app(scope, _replayed(body), captured)
        except BaseException:
            await asyncio.shield(store.forget())
            raise
        # What failed on our side is worth another try with the same key, and so is what another person may do, or what
        # calls itself worth another try.
        if captured.status >= 500 or captured.status in _NOT_KEPT or captured.is_retryable():  # noqa: PLR2004 - HTTP
            await store.forget()
        else:
            await store.keep(captured.answer())
        await captured.release()


class _Store:
    """One key's row."""

    def __init__(self, db: Database, keyring: Keyring, clock: Clock, whose: str, key: str) -> None:
        self._db = db
        self._keyring = keyring
        self._clock = clock
        self._id = hashlib.sha256(f"{whose}\0{key}".encode()).digest()

    async def begin(self, print_of_body: bytes) -> _Answer | None:
        """The first answer, or nothing where this is the first request."""
        now = self._clock.now()
        async with self._db.transaction() as tx:
            row = await tx.row(
                "INSERT INTO idempotency AS i (id, body_hash, begun_at) VALUES ($1, $2, $3)"
                " ON CONFLICT (id) DO UPDATE SET body_hash = excluded.body_hash, begun_at = excluded.begun_at,"
                " answer = NULL"
                " WHERE i.begun_at < $4 OR (i.answer IS NULL AND i.begun_at < $5 AND i.body_hash = $2)"
                " RETURNING true AS fresh",
                self._id,
                print_of_body,
                now,
                now - _KEPT,
                now - _LEASE,
            )
            if row is not None:
                return None
            row = await tx.row("SELECT body_hash, answer FROM idempotency WHERE id = $1", self._id)
        if row is None:
            raise KeyInUse
        if row["body_hash"] != print_of_body:
            raise KeyReused
        if row["answer"] is None:
            raise KeyInUse
        return msgspec.msgpack.decode(self._keyring.decrypt(_PURPOSE, row["answer"]), type=_Answer)

    async def keep(self, answer: _Answer) -> None:
        sealed = self._keyring.encrypt(_PURPOSE, msgspec.msgpack.encode(answer))
        async with self._db.transaction() as tx:
            await tx.run("UPDATE idempotency SET answer = $2 WHERE id = $1", self._id, sealed)

    async def forget(self) -> None:
        async with self._db.transaction() as tx:
            await tx.run("DELETE FROM idempotency WHERE id = $1 AND answer IS NULL", self._id)


class _Capture:
    """Holds an answer back until it is stored."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._messages: list[Message] = []
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self._messages.append(message)

    def is_retryable(self) -> bool:
        if self.status < 400:  # noqa: PLR2004 - HTTP
            return False
        try:
            return _decode_failure(self.answer().body).error.retryable
        except msgspec.DecodeError:
            return False

    def answer(self) -> _Answer:
        headers: list[tuple[bytes, bytes]] = []
        body = b""
        for message in self._messages:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message["headers"] if pair[0].lower() not in _FORGOTTEN_HEADERS]
            elif message["type"] == "http.response.body":
                body += message["body"]
        return _Answer(self.status, headers, body)

    async def release(self) -> None:
        for message in self._messages:
            await self._send(message)


def _given(scope: Scope) -> str | None:
    value = dict(scope["headers"]).get(b"idempotency-key")
    if value is None:
        return None
    text = value.decode("latin-1")
    if _KEY.fullmatch(text) is None:
        raise errors.Invalid(details={"Idempotency-Key": "must be 1 to 255 visible characters"})
    return text


def _whose(scope: Scope, verifier: Verifier, *, across_tenants: bool) -> str:
    """Two people may use the same key without meeting; of those who are not signed in only what they ask is known."""
    token = dict(scope["headers"]).get(b"x-identity", b"").decode("latin-1")
    if not token:
        return f"public:{scope['path']}"
    identity = verifier.person(token)
    # Per person, not per business: a stored answer is given without asking again what its reader may see.
    return identity.sub if across_tenants else f"{identity.tenant}:{identity.sub}"


async def _whole(receive: Receive) -> bytes:
    from services.kernel.http.application import LARGEST_BODY  # noqa: PLC0415 - the two know each other

    body = bytearray()
    while True:
        message: Any = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        # Litestar refuses it in its own words once it sees the size.
        if not message.get("more_body") or len(body) > LARGEST_BODY:
            return bytes(body)


def _replayed(body: bytes) -> Receive:
    sent = False

    async def receive() -> Any:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _repeat(answer: _Answer, send: Send) -> None:
    headers = [
        *answer.headers,
        (b"content-length", str(len(answer.body)).encode()),
        (b"idempotency-replayed", b"true"),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def prune(db: Database, clock: Clock) -> None:
    """Forget yesterday's keys."""
    async with db.transaction() as tx:
        await tx.run("DELETE FROM idempotency WHERE begun_at < $1", clock.now() - _KEPT)


__all__ = ["Idempotent", "KeyInUse", "KeyReused", "prune"]
