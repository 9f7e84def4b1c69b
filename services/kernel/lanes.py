"""HTTP to another context, which is on the way of every call: connections kept open, one question at a time on each.

A whole client does far more, and takes many times as long for it.
"""

import asyncio
import re
import ssl
import time
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple, cast
from urllib.parse import quote, urlsplit

_CONNECTS: Final = 1.0
# Whoever answers closes what was idle for longer; a question must not meet that.
_KEPT_SECONDS: Final = 5.0
_LONGEST_HEAD: Final = 65_536
# All that has a meaning in an address, and what is written so already.
_MEANT: Final = "/?:@!$&'()*+,;=%-._~"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
_CLOSES: Final = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*\r\n", re.IGNORECASE)
_HEAD: Final = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2})[ \r]")
_BODILESS: Final = frozenset({204, 304})


class Unreachable(Exception):  # noqa: N818 - named by what happened
    """Nobody is there, or the connection ended before anything of an answer came."""


class Broken(Exception):  # noqa: N818 - named by what happened
    """What came is not a whole answer."""


class Answer(NamedTuple):
    """What was answered."""

    status: int
    body: bytes


class Lanes:
    """All of a context's connections to others; opened when they are needed."""

    def __init__(self, *, most: int = 50) -> None:
        self._idle: defaultdict[_Place, list[_Lane]] = defaultdict(list)
        self._open: set[_Lane] = set()
        self._room = asyncio.Semaphore(most)

    async def ask(
        self, method: str, base: str, path: str, headers: Mapping[str, str], content: bytes | None, *, seconds: float
    ) -> Answer:
        """The answer, or Unreachable, Broken, or TimeoutError where all of it took longer."""
        place = _place(base)
        said = _encoded(method, place, path, headers, content)
        async with asyncio.timeout(seconds), self._room:
            lane = self._kept(place) or await self._opened(place)
            try:
                answer = await lane.ask(said)
            except BaseException:
                # An answer that comes after all would be taken for the next one's.
                lane.close()
                raise
        if not lane.is_over:
            lane.idle_since = time.monotonic()
            self._idle[place].append(lane)
        return answer

    async def close(self) -> None:
        for lane in tuple(self._open):
            lane.close()
        self._idle.clear()
        # The loop lets go of them with its next turn.
        await asyncio.sleep(0)

    def _kept(self, place: "_Place") -> "_Lane | None":
        """The one that was used last; the others grow old, and go."""
        idle = self._idle[place]
        while idle:
            lane = idle.pop()
            if lane.is_over:
                continue
            if time.monotonic() - lane.idle_since < _KEPT_SECONDS:
                return lane
            lane.close()
        return None

    async def _opened(self, place: "_Place") -> "_Lane":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECTS):
                _, lane = await loop.create_connection(
                    lambda: _Lane(self._open), place.host, place.port, ssl=_tls() if place.is_secret else None
                )
        except OSError as error:
            # A time that ran out is one, too.
            raise Unreachable(place.name) from error
        return lane


class _Place(NamedTuple):
    """Where somebody answers."""

    host: str
    port: int
    is_secret: bool
    # As the question names it.
    name: str
    prefix: str


@lru_cache(maxsize=64)
def _place(base: str) -> _Place:
    parts = urlsplit(base)
    is_secret = parts.scheme == "https"
    port = parts.port or (443 if is_secret else 80)
    return _Place(parts.hostname or "", port, is_secret, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"))


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _encoded(method: str, place: _Place, path: str, headers: Mapping[str, str], content: bytes | None) -> bytes:
    lines = [f"{method} {quote(place.prefix + path, safe=_MEANT)} HTTP/1.1", f"host: {place.name}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if content is not None:
        lines.append(f"content-length: {len(content)}")
    head = "\r\n".join((*lines, "", ""))
    # A value that held the end of its line would be read as a header of its own.
    if head.count("\n") != len(lines) + 1:
        raise ValueError("a header must not hold the end of a line")
    return head.encode("latin-1") + (content or b"")


class _Lane(asyncio.Protocol):
    """One connection."""

    def __init__(self, open_ones: "set[_Lane]") -> None:
        self._open_ones = open_ones
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._unread = b""
        self.is_over = False
        self.idle_since = 0.0

    async def ask(self, said: bytes) -> Answer:
        if self._transport is None or self.is_over:
            raise Unreachable("the connection is over")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(said)
        return await self._waiting

    def close(self) -> None:
        self.is_over = True
        self._open_ones.discard(self)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._open_ones.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_over = True
        self._open_ones.discard(self)
        self._fail(Broken("half an answer") if self._unread else Unreachable(str(exc or "the connection was closed")))

    def data_received(self, data: bytes) -> None:
        self._unread = self._unread + data if self._unread else data
        if self._waiting is None or self._waiting.done():
            # Nobody has asked for that.
            self.close()
            return
        try:
            read = _read(self._unread)
        except ValueError as error:
            self._fail(Broken(str(error)))
            self.close()
            return
        if read is None:
            return
        answer, end, stays = read
        if not stays or end != len(self._unread):
            self.close()
        self._unread = b""
        waiting, self._waiting = self._waiting, None
        waiting.set_result(answer)

    def _fail(self, error: Exception) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(error)


def _read(text: bytes) -> tuple[Answer, int, bool] | None:
    """The answer, where it ends, and whether the connection stays; nothing where it is not all there yet."""
    end = text.find(b"\r\n\r\n")
    if end < 0:
        if len(text) > _LONGEST_HEAD:
            raise ValueError("a head without an end")
        return None
    head, begin = text[: end + 2], end + 4
    first = _HEAD.match(head)
    if first is None:
        raise ValueError("not an answer of HTTP/1.1")
    status, stays = int(first[1]), _CLOSES.search(head) is None
    if status in _BODILESS:
        return Answer(status, b""), begin, stays
    if _CHUNKED.search(head) is not None:
        chunked = _read_chunks(text, begin)
        return None if chunked is None else (Answer(status, chunked[0]), chunked[1], stays)
    length = _LENGTH.search(head)
    if length is None:
        raise ValueError("an answer of no known length")
    whole = begin + int(length[1])
    return None if len(text) < whole else (Answer(status, text[begin:whole]), whole, stays)


def _read_chunks(text: bytes, at: int) -> tuple[bytes, int] | None:
    """The body, and where it ends. What may follow the last chunk is not used by anybody here."""
    parts: list[bytes] = []
    while True:
        end = text.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(text[at:end].partition(b";")[0], 16)
        begin = end + 2
        if len(text) < begin + size + 2:
            return None
        if text[begin + size : begin + size + 2] != b"\r\n":
            raise ValueError("a chunk of another size than it says")
        at = begin + size + 2
        if size == 0:
            return b"".join(parts), at
        parts.append(text[begin : begin + size])
