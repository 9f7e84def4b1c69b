"""Tries at a password, counted before they are checked: a parallel burst gets no more of them than a patient one."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from services.auth.domain.errors import TooManyAttempts
from services.auth.store import audit, tries
from services.auth.use_cases.tools import Tools
from services.kernel import addresses, errors
from services.kernel.ids import new_id
from services.kernel.secrets import Keyring

_PAUSE: Final = 0.05
_PATIENCE: Final = 100


@dataclass
class Try:
    """Neither right nor wrong until somebody says so; `user_id` is whose password it would be."""

    user_id: str | None = None
    outcome: Literal["right", "wrong", "neither"] = "neither"


def key_of(keyring: Keyring, address: str) -> bytes:
    """An address as the counter knows it, which tells nobody the address."""
    return keyring.sign("tries", addresses.key_of(address)).encode()


@asynccontextmanager
async def counted(tools: Tools, *, address: str, act: audit.Act) -> AsyncIterator[Try]:
    """Refused while the address is locked. What happened is settled at the end, and a wrong one goes into the log."""
    key = key_of(tools.keyring, address)
    await _begin(tools, key)
    tried = Try()
    try:
        yield tried
    finally:
        await asyncio.shield(_settle(tools, key, tried, act))


async def _begin(tools: Tools, key: bytes) -> None:
    for _ in range(_PATIENCE):
        async with tools.db.transaction() as tx:
            wait = await tries.begin(tx, key, tools.clock.now())
        if wait is None:
            return
        if wait > timedelta(0):
            raise TooManyAttempts(retry_after=max(1, math.ceil(wait.total_seconds())))
        await asyncio.sleep(_PAUSE)
    raise errors.TooOften(retry_after=1)


async def _settle(tools: Tools, key: bytes, tried: Try, act: audit.Act) -> None:
    # For an unknown address the same is done in nobody's name: the time taken must not tell them apart.
    whose = tried.user_id or new_id("usr")
    async with tools.db.transaction(user_id=whose) as tx:
        if tried.outcome == "right":
            await tries.was_right(tx, key)
        elif tried.outcome == "neither":
            await tries.was_neither(tx, key)
        else:
            locked = await tries.was_wrong(tx, key, tools.clock.now())
            await audit.write_everywhere(tx, whose, act)
            if locked:
                await audit.write_everywhere(tx, whose, _locking(act))


def _locking(act: audit.Act) -> audit.Act:
    return audit.Act(action="login.locked", at=act.at, target=act.target, ip_address=act.ip_address)
