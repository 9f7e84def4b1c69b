"""What the database is asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.service.availability.world import World

# The frame of a transaction, what goes on by itself, and what the driver asks about types on a new connection.
_BACKGROUND: Final = re.compile(r"^(BEGIN|COMMIT|ROLLBACK)|outbox|inbox|changes|timers|calendars|'jit'|typeinfo")


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """What is asked of the database meanwhile, but for the frame of a transaction and the background's own."""
    pool: Any = world.contexts[0].tools.db._pool
    heard: list[str] = []
    connections = [holder._con for holder in pool._holders if holder._con is not None]

    def hear(query: Any) -> None:
        if not _BACKGROUND.search(query.query):
            heard.append(query.query)

    for connection in connections:
        connection.add_query_logger(hear)
    try:
        yield heard
    finally:
        for connection in connections:
            connection.remove_query_logger(hear)
