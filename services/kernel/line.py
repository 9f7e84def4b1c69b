"""A line to Valkey for what is asked on every call: one connection, replies in the order of the questions, no more.

The client does far more, and takes five times as long for it.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from hashlib import sha1
from itertools import repeat
from typing import Any, Final, TypeAlias, cast

from redis.asyncio import Redis, SSLConnection
from redis.exceptions import ConnectionError as Broken
from redis.exceptions import NoScriptError, ResponseError

Reply: TypeAlias = "bytes | int | ResponseError | list[Reply] | None"

_SECONDS: Final = 1.0
# A line of its own would cost as much as a question; so long others may take it along.
_GATHERED_SECONDS: Final = 0.02


class Script:
    """A script as Valkey knows it."""

    def __init__(self, text: str) -> None:
        self.text = text.encode()
        # Valkey's own name for it; nothing is secret here.
        self.name = sha1(self.text, usedforsecurity=False).hexdigest().encode()


class Line:
    """Connects when something is asked, and anew after a break; what was asked before the break fails."""

    def __init__(self, valkey: Redis) -> None:
        pool = valkey.connection_pool
        self._options: dict[str, Any] = pool.connection_kwargs
        self._is_secret = issubclass(pool.connection_class, SSLConnection)
        self._wire: _Wire | None = None
        self._connecting: asyncio.Task[_Wire] | None = None

    async def ask(self, *words: bytes) -> Reply:
        wire = self._wire
        if wire is None or wire.is_over:
            wire = await self._connected()
        return _good(await wire.ask(words))

    def mention(self, *words: bytes) -> None:
        """What needs no answer goes with the next question, or alone where none comes soon; lost where the line is down."""
        if self._wire is not None and not self._wire.is_over:
            self._wire.mention(words)

    async def run(self, script: Script, keys: Sequence[bytes], values: Sequence[bytes]) -> Reply:
        rest = (str(len(keys)).encode(), *keys, *values)
        try:
            return await self.ask(b"EVALSHA", script.name, *rest)
        except NoScriptError:
            return await self.ask(b"EVAL", script.text, *rest)

    def close(self) -> None:
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
        if self._wire is not None:
            self._wire.hang_up()
            self._wire = None

    async def _connected(self) -> "_Wire":
        connecting = self._connecting
        if connecting is None:
            connecting = self._connecting = asyncio.create_task(self._connect())
            connecting.add_done_callback(self._settle)
        try:
            # One who gives up does not take it from the others.
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if connecting.cancelled() and (me is None or not me.cancelling()):
                raise Broken("the line was closed") from None
            raise

    def _settle(self, task: "asyncio.Task[_Wire]") -> None:
        is_wanted = self._connecting is task
        if is_wanted:
            self._connecting = None
        if task.cancelled() or task.exception() is not None:
            return
        if is_wanted:
            self._wire = task.result()
        else:
            # Closed in the moment in which it was there.
            task.result().hang_up()

    async def _connect(self) -> "_Wire":
        options = self._options
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(_SECONDS):
            _, wire = await loop.create_connection(
                _Wire,
                options.get("host", "localhost"),
                options.get("port", 6379),
                ssl=ssl.create_default_context() if self._is_secret else None,
            )
            try:
                for words in self._greeting():
                    _good(await wire.ask(words))
            except BaseException:
                wire.hang_up()
                raise
        return wire

    def _greeting(self) -> list[tuple[bytes, ...]]:
        who = [str(self._options[name]).encode() for name in ("username", "password") if self._options.get(name)]
        place = str(self._options.get("db") or 0).encode()
        return [*([(b"AUTH", *who)] if who else []), (b"SELECT", place)]


class _Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        # In the order of what was sent; none where nobody waits for the reply.
        self._waiting: deque[asyncio.Future[Reply] | None] = deque()
        self._mentioned: list[bytes] = []
        self._unread = b""
        self._loop = asyncio.get_running_loop()
        self.is_over = False

    async def ask(self, words: Sequence[bytes]) -> Reply:
        if self._transport is None or self.is_over:
            raise Broken("the connection is over")
        answer: asyncio.Future[Reply] = self._loop.create_future()
        said = self._taken() + _encoded(words)
        self._waiting.append(answer)
        self._transport.write(said)
        # A reply that never comes would be taken for the next one's: nothing is asked on this connection any more.
        alarm = self._loop.call_later(_SECONDS, self.hang_up)
        try:
            return await answer
        finally:
            alarm.cancel()

    def mention(self, words: Sequence[bytes]) -> None:
        if not self._mentioned:
            self._loop.call_later(_GATHERED_SECONDS, self._flush)
        self._mentioned.append(_encoded(words))

    def _flush(self) -> None:
        said = self._taken()
        if said and self._transport is not None and not self.is_over:
            self._transport.write(said)

    def _taken(self) -> bytes:
        """All that was mentioned and not sent yet."""
        mentioned, self._mentioned = self._mentioned, []
        self._waiting.extend(repeat(None, len(mentioned)))
        return b"".join(mentioned)

    def hang_up(self) -> None:
        self.is_over = True
        if self._transport is not None:
            self._transport.abort()
        self._fail()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own signature
        self.is_over = True
        self._fail()

    def data_received(self, data: bytes) -> None:
        unread = self._unread + data if self._unread else data
        at = 0
        while at < len(unread) and self._waiting:
            read = _read(unread, at)
            if read is None:
                break
            reply, at = read
            answer = self._waiting.popleft()
            if answer is not None and not answer.done():
                answer.set_result(reply)
        self._unread = unread[at:]

    def _fail(self) -> None:
        while self._waiting:
            answer = self._waiting.popleft()
            if answer is not None and not answer.done():
                answer.set_exception(Broken("the connection broke"))


def _good(reply: Reply) -> Reply:
    if isinstance(reply, ResponseError):
        raise reply
    return reply


def _encoded(words: Sequence[bytes]) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in words]
    return b"".join(parts)


def _read(text: bytes, at: int) -> tuple[Reply, int] | None:
    """The reply that begins there, and where the next one does; nothing where it is not all there yet."""
    end = text.find(b"\r\n", at)
    if end < 0:
        return None
    kind, head, after = text[at], text[at + 1 : end], end + 2
    if kind == ord("$"):
        return _read_text(text, after, int(head))
    if kind == ord("*"):
        return _read_list(text, after, int(head))
    if kind == ord(":"):
        return int(head), after
    if kind == ord("-"):
        said = head.decode("utf-8", "replace")
        return (NoScriptError(said) if said.startswith("NOSCRIPT") else ResponseError(said)), after
    return head, after


def _read_text(text: bytes, at: int, length: int) -> tuple[Reply, int] | None:
    if length < 0:
        return None, at
    if len(text) < at + length + 2:
        return None
    return text[at : at + length], at + length + 2


def _read_list(text: bytes, at: int, length: int) -> tuple[Reply, int] | None:
    if length < 0:
        return None, at
    found: list[Reply] = []
    for _ in range(length):
        read = _read(text, at)
        if read is None:
            return None
        reply, at = read
        found.append(reply)
    return found, at
