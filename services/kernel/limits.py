"""Rate limits that hold across processes: one atomic step in Valkey."""

import logging
import math
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.kernel import errors

_log = logging.getLogger(__name__)

# The generic cell rate algorithm: one instant per key says when the bucket is full again. Valkey's own clock counts,
# so that the machines' clocks need not agree. Answers the milliseconds to wait, 0 where it may go on.
_STEP: Final = """
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local interval = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local full = tonumber(redis.call('GET', KEYS[1]) or now)
if full < now then full = now end
local next = full + interval
local wait = next - burst * interval - now
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], tostring(next), 'PX', math.ceil(next - now) + 1000)
return 0
"""


class Limits:
    """Counts what somebody does, wherever they do it."""

    def __init__(self, valkey: Redis, *, context: str, lifted: bool = False) -> None:
        self._step = valkey.register_script(_STEP)
        self._context = context
        self._lifted = lifted

    async def spend(self, what: str, whose: str, *, per_minute: int, burst: int) -> None:
        """One unit of somebody's allowance, or a refusal that says when to come back."""
        if self._lifted:
            return
        key = f"{self._context}:limit:{what}:{whose}"
        try:
            wait = int(await self._step(keys=[key], args=[60_000 / per_minute, burst]))
        except (RedisError, OSError, TimeoutError) as error:
            # A limit protects the product from too much; without Valkey the product goes on without it.
            _log.warning("rate limits can't be counted", extra={"reason": type(error).__name__})
            return
        if wait:
            raise errors.TooOften(retry_after=max(1, math.ceil(wait / 1000)))
