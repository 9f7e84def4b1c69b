"""Finished answers kept in a process, and how every process learns at once that a tenant's are old.

A process trusts what it keeps for as long as it is certain to have heard of every change: its subscription at Valkey
answers a ping after all messages that were sent before, so an answered ping is a lease that began when it was asked.
Whoever changes something commits, then tells, and answers its caller only when no process trusts the old any more:
each has said so, or its lease has run out.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple, cast

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError

from services.kernel import errors, ids
from services.kernel.line import Line, Script
from services.kernel.tasks import ended, heed_the_end

_log = logging.getLogger(__name__)

LEASE_SECONDS: Final = 2.0
_BEAT_SECONDS: Final = 0.5
# A ping that takes longer is a break: what it would prove is nearly over.
_BEAT_TAKES: Final = 1.5
_PAUSE_SECONDS: Final = 0.2
_GENERATION_SECONDS: Final = 86_400
# More changed tenants than that are not remembered one by one: then all that is kept counts as old.
_REMEMBERED: Final = 20_000

# The run id is the server's own, and another one after each start: a token that comes back with an old snapshot, or on
# a replica that took over, is part of no generation that was ever given out.
_GENERATION: Final = """
local token = redis.call('GET', KEYS[1])
if not token then
  token = ARGV[1]
  redis.call('SET', KEYS[1], token, 'EX', ARGV[2])
end
return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') .. ':' .. token
"""

_GENERATION_OF: Final = Script(_GENERATION)

# The generation, and what is kept there by a name, if it was kept under that very generation.
_FOUND: Final = Script(
    _GENERATION.replace("return ", "local generation = ")
    + """
local kept = redis.call('GET', KEYS[2])
if kept and string.sub(kept, 1, #generation) == generation then
  return {generation, string.sub(kept, #generation + 1)}
end
return {generation}
"""
)

# Who listens is noted with each beat, so that nobody waits for a machine that broke down without a word.
_ALIVE: Final = Script("""
local now = redis.call('TIME')
redis.call('ZADD', KEYS[1], now[1] * 1000 + math.floor(now[2] / 1000), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
""")
_ANNOUNCE: Final = Script("""
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
local subscribed = redis.call('PUBLISH', ARGV[3], ARGV[4])
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
return {subscribed, redis.call('ZRANGE', KEYS[2], now - ARGV[5], '+inf', 'BYSCORE')}
""")

_AWAY: Final = (RedisError, OSError, TimeoutError)

# Committed changes that perhaps nobody was told of: the id of each, and whose it is.
Untold = Callable[[], Awaitable[Mapping[str, str]]]


class Epoch(NamedTuple):
    """What was kept under one epoch is good until the tenant's epoch is another one."""

    era: int
    change: int


class Freshness:
    """One per process and kind of answer; `run` lives in the background of every process, also those that only tell.

    `untold` reads from the database which changes may not have been told, because whoever made them died or can't reach
    Valkey. It is asked before each renewal of the lease, so that also those are heard of within one lease.
    """

    def __init__(self, valkey: Redis, name: str, *, untold: Untold | None = None) -> None:
        self._valkey = valkey
        self._name = name
        self._untold = untold
        self._known_untold: frozenset[str] = frozenset()
        # What can go over the line does: the client now and then swallows the end of a task, or of its time, that comes
        # while it speaks, and then `run` would never end, or `tell` wait for ever.
        self._line = Line(valkey)
        self._me = ids.new_uuid()
        # Channels, unlike keys, are shared by a server's databases.
        self._all = f"{name}:fresh:{valkey.connection_pool.connection_kwargs.get('db', 0)}"
        self._listening = f"{name}:listening".encode()
        self._era = 0
        self._changes = 0
        self._changed: dict[str, int] = {}
        self._trusted_until = 0.0
        self._silent_for = ""
        self._beats = 0
        self._pongs: dict[str, asyncio.Event] = {}
        self._told = 0
        self._receipts: dict[str, _Receipts] = {}
        self._owed: defaultdict[str, list[str]] = defaultdict(list)
        self._owing = asyncio.Event()

    def is_trusted(self) -> bool:
        """Whether what is kept under a tenant's present epoch may be answered."""
        return time.monotonic() < self._trusted_until

    def epoch(self, tenant_id: str) -> Epoch:
        """Read before the database is asked; the answer may be kept if it is the same afterwards."""
        return Epoch(self._era, self._changed.get(tenant_id, 0))

    async def generation(self, tenant_id: str) -> str | None:
        """What the tenant's answers are kept under in Valkey: read before the database is. None where it is away."""
        try:
            found = await self._line.run(
                _GENERATION_OF, (self._key(tenant_id),), (ids.new_uuid().encode(), b"%d" % _GENERATION_SECONDS)
            )
        except _AWAY:
            return None
        return cast("bytes", found).decode()

    async def found(self, tenant_id: str, name: str) -> tuple[str | None, bytes | None]:
        """The tenant's generation as above, and what any process kept under it by that name: good if trusted before."""
        keys = (self._key(tenant_id), self._name_of(tenant_id, name))
        try:
            reply = await self._line.run(_FOUND, keys, (ids.new_uuid().encode(), b"%d" % _GENERATION_SECONDS))
        except _AWAY:
            return None, None
        found = cast("list[bytes]", reply)
        return found[0].decode(), found[1] if len(found) > 1 else None

    def keep(self, tenant_id: str, name: str, generation: str, kept: bytes, *, seconds: float) -> None:
        """For the other processes, and for this one when it has forgotten; what it says was read after `generation`."""
        if not self.is_trusted():
            return
        milliseconds = b"%d" % max(1, round(seconds * 1000))
        self._line.mention(b"SET", self._name_of(tenant_id, name), generation.encode() + kept, b"PX", milliseconds)

    async def tell(self, tenant_id: str) -> bool:
        """After the commit and before the answer: from here on nobody answers with what was before it.

        Whether Valkey took it; if not, whoever trusted the old did so until now at most, and `untold` must know of it.
        """
        is_told = False
        began = time.monotonic()
        self._forget(tenant_id)
        self._told += 1
        number = str(self._told)
        receipts = self._receipts[number] = _Receipts()
        try:
            async with asyncio.timeout(LEASE_SECONDS):
                receipts.expect(*await self._announce(tenant_id, number))
                is_told = True
                began = time.monotonic()
                await receipts.complete.wait()
        except _AWAY as error:
            _log.warning(
                "a change could not be told to all", extra={"about": self._name, "reason": type(error).__name__}
            )
            await asyncio.sleep(began + LEASE_SECONDS - time.monotonic())
        finally:
            del self._receipts[number]
        return is_told

    async def run(self) -> None:
        """Goes on for ever; after any break everything kept counts as old."""
        while True:
            try:
                await self._listen()
            except (*_AWAY, errors.Unavailable) as error:
                self._say(error)
            except Exception:  # noqa: BLE001 - the edge of a background task, which tells and goes on
                _log.exception("changes are not heard of", extra={"about": self._name})
            finally:
                self._lose()
            heed_the_end()
            await asyncio.sleep(_PAUSE_SECONDS)

    def _say(self, error: BaseException) -> None:
        """Once for each reason, not with every try to come back."""
        reason = type(error).__name__
        if reason != self._silent_for:
            self._silent_for = reason
            _log.warning("changes are not heard of", extra={"about": self._name, "reason": reason})

    async def _listen(self) -> None:
        connection = self._connection()
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            await connection.send_command("SUBSCRIBE", self._all, f"{self._all}:{self._me}")
            heed_the_end()
            # No TaskGroup: Python 3.11's tells its children only once, and forgets that it was itself told to end.
            tasks = [
                asyncio.create_task(part)
                for part in (self._hear(connection), self._beat(connection), self._acknowledge())
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await ended(tasks)
            for task in done:
                task.result()
        finally:
            # Even where the other side hangs, this end is closed at once.
            with suppress(*_AWAY):
                await connection.disconnect(nowait=True)

    def _connection(self) -> AbstractConnection:
        """Of its own, and in the older protocol, which answers pings and messages in the order they were made.

        The client's own subscriptions connect again by themselves, and say nothing of what was missed meanwhile.
        """
        pool = self._valkey.connection_pool
        given = {name: value for name, value in pool.connection_kwargs.items() if "maint_notifications" not in name}
        options: dict[str, Any] = {**given, "protocol": 2, "health_check_interval": 0}
        return pool.connection_class(**options)

    async def _hear(self, connection: AbstractConnection) -> None:
        while True:
            # A break of the beat ends this, too: there is no limit to how long nothing may change.
            kind, *rest = await connection.read_response(timeout=float("inf"), disconnect_on_error=False)
            heed_the_end()
            if kind == b"pong":
                if (waiting := self._pongs.get(rest[0].decode())) is not None:
                    waiting.set()
            elif kind == b"message":
                self._take(rest[0].decode(), rest[1].decode())

    def _take(self, channel: str, text: str) -> None:
        if channel != self._all:
            listener, numbers = text.split(" ", 1)
            for number in numbers.split(","):
                self._received(number, listener)
            return
        sender, number, tenant_id = text.split(" ", 2)
        if sender == self._me:
            self._received(number, self._me)
            return
        self._forget(tenant_id)
        self._owed[sender].append(number)
        self._owing.set()

    def _received(self, number: str, listener: str) -> None:
        if (receipts := self._receipts.get(number)) is not None:
            receipts.take(listener)

    async def _beat(self, connection: AbstractConnection) -> None:
        while True:
            began = time.monotonic()
            async with asyncio.timeout(_BEAT_TAKES):
                await self._look_for_untold()
                await self._line.run(_ALIVE, (self._listening,), (self._me.encode(), b"%d" % int(LEASE_SECONDS * 5000)))
                # After it, so that what was told by somebody who did not find this one there comes before the answer.
                await self._ping(connection)
            if not self._trusted_until:
                # What was read before the first answer may be older than a change that was missed.
                self._era += 1
                self._silent_for = ""
            self._trusted_until = began + LEASE_SECONDS
            await asyncio.sleep(_BEAT_SECONDS)

    async def _ping(self, connection: AbstractConnection) -> None:
        self._beats += 1
        mark = str(self._beats)
        answered = self._pongs[mark] = asyncio.Event()
        try:
            await connection.send_command("PING", mark, check_health=False)
            heed_the_end()
            await answered.wait()
        finally:
            del self._pongs[mark]

    async def _look_for_untold(self) -> None:
        if self._untold is None:
            return
        found = await self._untold()
        unknown = {found[change] for change in found.keys() - self._known_untold}
        for tenant_id in unknown:
            self._forget(tenant_id)
        if unknown:
            await self._raise(unknown)
        self._known_untold = frozenset(found)

    async def _acknowledge(self) -> None:
        while True:
            await self._owing.wait()
            self._owing.clear()
            owed, self._owed = self._owed, defaultdict(list)
            for sender, numbers in owed.items():
                said = f"{self._me} {','.join(numbers)}"
                await self._line.ask(b"PUBLISH", f"{self._all}:{sender}".encode(), said.encode())

    async def _announce(self, tenant_id: str, number: str) -> tuple[int, frozenset[str]]:
        """To how many it was sent, and which ones have beaten lately."""
        reply = await self._line.run(
            _ANNOUNCE,
            (self._key(tenant_id), self._listening),
            (
                ids.new_uuid().encode(),
                b"%d" % _GENERATION_SECONDS,
                self._all.encode(),
                f"{self._me} {number} {tenant_id}".encode(),
                b"%d" % int(LEASE_SECONDS * 1000),
            ),
        )
        subscribed, beating = cast("tuple[int, list[bytes]]", reply)
        return subscribed, frozenset(one.decode() for one in beating)

    async def _raise(self, tenant_ids: Iterable[str]) -> None:
        lasting = b"%d" % _GENERATION_SECONDS
        await asyncio.gather(
            *(
                self._line.ask(b"SET", self._key(tenant_id), ids.new_uuid().encode(), b"EX", lasting)
                for tenant_id in tenant_ids
            )
        )

    def _key(self, tenant_id: str) -> bytes:
        return f"{self._name}:generation:{tenant_id}".encode()

    def _name_of(self, tenant_id: str, name: str) -> bytes:
        return f"{self._name}:kept:{tenant_id}:{name}".encode()

    def _forget(self, tenant_id: str) -> None:
        if len(self._changed) >= _REMEMBERED:
            self._era += 1
            self._changed.clear()
        self._changes += 1
        self._changed[tenant_id] = self._changes

    def _lose(self) -> None:
        self._trusted_until = 0.0
        self._line.close()
        self._era += 1
        self._changed.clear()
        self._known_untold = frozenset()


class _Receipts:
    """Notes who has heard of one change; they may answer before it is known who was told.

    All who are connected, or all who have beaten lately: a process that was killed is not connected any more, and a
    machine that broke down without a word still is, but does not beat.
    """

    def __init__(self) -> None:
        self.complete = asyncio.Event()
        self._taken: set[str] = set()
        self._expected: tuple[int, frozenset[str]] | None = None

    def expect(self, subscribed: int, beating: frozenset[str]) -> None:
        self._expected = (subscribed, beating)
        self._look()

    def take(self, listener: str) -> None:
        self._taken.add(listener)
        self._look()

    def _look(self) -> None:
        if self._expected is None:
            return
        subscribed, beating = self._expected
        if len(self._taken) >= subscribed or beating <= self._taken:
            self.complete.set()
