"""Argon2id in a few threads of its own, so that a burst of logins starves neither the loop nor the memory."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.auth.domain.passwords import normalised
from services.kernel import errors

T = TypeVar("T")

# OWASP's smallest recommended setting: 19 MiB, two passes, one lane.
_MEMORY_KIB: Final = 19_456
_PASSES: Final = 2
_LANES: Final = 1
_AT_ONCE: Final = 2
# About a second's work.
_WAITING: Final = 40

# Nobody's password, hashed with the same parameters: an unknown address takes as long as a known one.
NOBODYS: Final = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiBub2JvZHkhIQ$0000000000000000000000000000000000000000000"


class TooBusy(errors.Unavailable):
    """More passwords wait to be checked than can be in good time."""


class Hashing:
    """Passwords in, hashes out."""

    def __init__(self, *, passes: int = _PASSES, memory: int = _MEMORY_KIB) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory, parallelism=_LANES)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(normalised(password)))

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether it is that password; without a stored one no, after the same time."""
        return await self._run(lambda: self._verify(stored or NOBODYS, password)) and stored is not None

    def is_outdated(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, normalised(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= _WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
