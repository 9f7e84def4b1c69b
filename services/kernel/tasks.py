"""Background tasks ended for good, also where a library swallows that they were told to."""

import asyncio
import logging
from collections.abc import Collection
from typing import Any, Final

_log = logging.getLogger(__name__)
_WITHIN: Final = 1.0
_TIMES: Final = 5


async def ended(tasks: "Collection[asyncio.Task[Any]]") -> None:
    """Tells them to end, again and again; what does not end all the same is named in the log, and left."""
    pending = set(tasks)
    for _ in range(_TIMES):
        if not pending:
            return
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_WITHIN)
    if pending:
        _log.error("background tasks did not end", extra={"tasks": sorted(task.get_name() for task in pending)})


def heed_the_end() -> None:
    """After words with a library that may have swallowed the end of the task that speaks."""
    me = asyncio.current_task()
    if me is not None and me.cancelling():
        raise asyncio.CancelledError
