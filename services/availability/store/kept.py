"""Finished answers: kept in this process, behind that in Valkey, and never given when something has changed since."""

import asyncio
import struct
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from services.kernel.clock import Clock
from services.kernel.freshness import Epoch, Freshness

_LARGEST: Final = 16 * 1024 * 1024
# What an entry takes besides its body, about.
_AROUND: Final = 500
_LONGEST_SECONDS: Final = 300.0
_UNTIL: Final = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Made:
    """An answer, and when it changes by itself: seconds since the epoch."""

    body: bytes
    until: float


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer as it goes over the wire."""

    body: bytes
    etag: bytes
    until: float
    tenant_id: str
    # None where nobody could be certain to hear of changes: good for the one who asked, and for nobody else.
    epoch: Epoch | None


@dataclass(frozen=True, slots=True)
class _Flight:
    """Somebody is finding out, and began in this epoch; nothing comes of it where they gave up."""

    epoch: Epoch
    landed: asyncio.Future[Finished | None]


class Kept:
    """One per process; bounded in memory, whoever is asked least goes first."""

    def __init__(self, freshness: Freshness, clock: Clock, *, largest: int = _LARGEST) -> None:
        self._freshness = freshness
        self._clock = clock
        self._largest = largest
        self._size = 0
        self._entries: OrderedDict[Hashable, Finished] = OrderedDict()
        self._flights: dict[tuple[str, str], _Flight] = {}

    @property
    def size(self) -> int:
        """In bytes, about."""
        return self._size

    def ready(self, address: Hashable) -> Finished | None:
        """What is answered at that address, if it is certain to be what the database would say."""
        entry = self._entries.get(address)
        if entry is None:
            return None
        freshness = self._freshness
        if not freshness.is_trusted():
            return None
        if freshness.epoch(entry.tenant_id) != entry.epoch or entry.until <= self._clock.now().timestamp():
            self._drop(address)
            return None
        self._entries.move_to_end(address)
        return entry

    async def answer(
        self, address: Hashable | None, *, tenant_id: str, name: str, make: Callable[[], Awaitable[Made]]
    ) -> Finished:
        """What Valkey has of it, else made anew; however many ask at once, it is made once.

        Without an address it is not kept in this process.
        """
        if not self._freshness.is_trusted():
            return _finished(await make(), tenant_id, None)
        asked_at = self._clock.now().timestamp()
        epoch = self._freshness.epoch(tenant_id)
        flight = self._flights.get((tenant_id, name))
        # A flight that began before a change does not know of it, and whoever asks after the change must.
        if flight is not None and flight.epoch == epoch:
            # One who gives up does not take the answer from the others.
            joined = await asyncio.shield(flight.landed)
            if joined is None:
                return await self.answer(address, tenant_id=tenant_id, name=name, make=make)
            if joined.until <= asked_at:
                return _finished(await make(), tenant_id, None)
            return joined
        finished = await self._depart(tenant_id, name, epoch, make)
        if address is not None:
            self._keep(address, finished)
        return finished

    async def _depart(self, tenant_id: str, name: str, epoch: Epoch, make: Callable[[], Awaitable[Made]]) -> Finished:
        """Find out, for all who ask for the same meanwhile."""
        key = (tenant_id, name)
        landed: asyncio.Future[Finished | None] = asyncio.get_running_loop().create_future()
        flight = self._flights[key] = _Flight(epoch, landed)
        try:
            finished = await self._fly(tenant_id, name, epoch, make)
        except Exception as error:
            landed.set_exception(error)
            # Where nobody waits for it, nobody else looks at what went wrong.
            landed.exception()
            raise
        else:
            landed.set_result(finished)
            return finished
        finally:
            if not landed.done():
                landed.set_result(None)
            if self._flights.get(key) is flight:
                del self._flights[key]

    async def _fly(self, tenant_id: str, name: str, epoch: Epoch, make: Callable[[], Awaitable[Made]]) -> Finished:
        # The generation is read before the database is: what is stored under it later is old as soon as it is.
        generation, stored = await self._freshness.found(tenant_id, name)
        now = self._clock.now().timestamp()
        if stored is not None:
            made = Made(stored[_UNTIL.size :], _UNTIL.unpack_from(stored)[0])
            if made.until > now:
                return _finished(made, tenant_id, epoch)
        made = await make()
        made = Made(made.body, min(made.until, now + _LONGEST_SECONDS))
        if generation is not None and made.until > now:
            self._store(tenant_id, name, generation, made, made.until - now)
        return _finished(made, tenant_id, epoch)

    def _store(self, tenant_id: str, name: str, generation: str, made: Made, seconds: float) -> None:
        self._freshness.keep(tenant_id, name, generation, _UNTIL.pack(made.until) + made.body, seconds=seconds)

    def _keep(self, address: Hashable, finished: Finished) -> None:
        self._drop(address)
        self._entries[address] = finished
        self._size += len(finished.body) + _AROUND
        while self._size > self._largest:
            self._drop(next(iter(self._entries)))

    def _drop(self, address: Hashable) -> None:
        if (entry := self._entries.pop(address, None)) is not None:
            self._size -= len(entry.body) + _AROUND


def _finished(made: Made, tenant_id: str, epoch: Epoch | None) -> Finished:
    etag = blake2b(made.body, digest_size=12).hexdigest()
    return Finished(made.body, f'"{etag}"'.encode(), made.until, tenant_id, epoch)
