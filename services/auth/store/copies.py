"""Copies of sessions in Valkey: one GET tells who asks, and nothing that was revoked comes alive again."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.auth.domain.roles import Role

_log = logging.getLogger(__name__)
_away: Final = (RedisError, OSError, TimeoutError)
_encode: Final = msgspec.msgpack.Encoder().encode

_SECONDS: Final = 60
# While this stands in a copy's place the database is asked, and no copy read before is put there.
_TOMBSTONE: Final = b""
_TOMBSTONE_SECONDS: Final = 120
# A copy that took longer from the database to here may be older than a revocation and its tombstone.
_FRESH_SECONDS: Final = 30.0
_DEADLINE: Final = 0.5
_MENDING_SECONDS: Final = 0.5


class Copy(msgspec.Struct, frozen=True, array_like=True):
    """What identifying somebody takes; instants in seconds since the epoch."""

    session_id: str
    user_id: str
    tenant_id: str | None
    role: Role | None
    renewed_at: float
    expires_at: float


_decode: Final = msgspec.msgpack.Decoder(Copy).decode


class Copies:
    """Valkey is believed only as long as it has always answered: after a silence, revocations are told to it first."""

    def __init__(self, valkey: Redis) -> None:
        self._valkey = valkey
        self._silences = 0
        self._settled = 0
        self._mended_at = 0.0
        self.mending: asyncio.Task[None] | None = None

    @property
    def is_trusted(self) -> bool:
        return self._silences == self._settled

    @property
    def silences(self) -> int:
        """How often Valkey did not answer."""
        return self._silences

    def wants_mending(self) -> bool:
        """Whether it is time to try and trust Valkey again; every half second at most."""
        now = asyncio.get_running_loop().time()
        if self.is_trusted or now < self._mended_at + _MENDING_SECONDS:
            return False
        self._mended_at = now
        return True

    async def find(self, token_hash: bytes) -> Copy | None:
        if not self.is_trusted:
            return None
        try:
            async with asyncio.timeout(_DEADLINE):
                found = await self._valkey.get(_key(token_hash))
        except _away as error:
            self._doubt(error)
            return None
        return _decode(found) if isinstance(found, bytes) and found else None

    async def keep(self, token_hash: bytes, copy: Copy, *, age: float) -> None:
        """Put a copy where there is neither one nor a tombstone; `age` is the time since the database was asked."""
        if not self.is_trusted or age > _FRESH_SECONDS:
            return
        try:
            async with asyncio.timeout(_DEADLINE):
                await self._valkey.set(_key(token_hash), _encode(copy), nx=True, ex=_SECONDS)
        except _away as error:
            self._doubt(error)

    async def forget(self, hashes: Iterable[bytes]) -> bool:
        """Whether Valkey is there and has been told that these copies are stale."""
        try:
            async with asyncio.timeout(_DEADLINE), self._valkey.pipeline(transaction=False) as pipe:
                pipe.ping()
                for token_hash in hashes:
                    pipe.set(_key(token_hash), _TOMBSTONE, ex=_TOMBSTONE_SECONDS)
                await pipe.execute()
        except _away as error:
            self._doubt(error)
            return False
        return True

    def believe(self, silences: int) -> None:
        """Valkey knows of every revocation up to that silence."""
        self._settled = max(self._settled, silences)

    def _doubt(self, error: Exception) -> None:
        if self.is_trusted:
            _log.warning("sessions are looked up in the database", extra={"reason": type(error).__name__})
        self._silences += 1


def _key(token_hash: bytes) -> bytes:
    return b"auth:session:" + token_hash
