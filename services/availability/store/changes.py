"""That a tenant's time changed: written with the change, and gone once every process was told."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from services.kernel import errors
from services.kernel.db import Database, Tx

# Together they cost one statement; a change that was told is not looked for meanwhile more than once or twice.
_GATHERED_SECONDS: Final = 0.05
# How long whoever made a change may take to tell it, before others do.
_UNTOLD_SECONDS: Final = 1.0
_AT_ONCE: Final = 500


class Changes:
    """One per process. What is noted here and never told, because a process died, is found in the table by all others."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._told: list[int] = []
        self._has_told = asyncio.Event()

    async def untold(self) -> Mapping[str, str]:
        """Whose changes were perhaps not told, also those that are being told just now.

        By a mark that is another one as soon as there is one more of them; ids alone are not seen in their order.
        """
        async with self._db.at_once() as tx:
            rows = await tx.rows(
                "SELECT tenant_id, concat_ws(':', tenant_id, count(*), sum(id)) AS mark FROM changes GROUP BY tenant_id"
            )
        return {row["mark"]: row["tenant_id"] for row in rows}

    async def left_behind(self) -> Mapping[str, Sequence[int]]:
        """By tenant, changes that nobody told in good time."""
        async with self._db.at_once() as tx:
            rows = await tx.rows(
                "SELECT tenant_id, array_agg(id) AS ids FROM ("
                "SELECT id, tenant_id FROM changes WHERE at < clock_timestamp() - $1 * interval '1 second'"
                " ORDER BY id LIMIT $2) AS late GROUP BY tenant_id",
                _UNTOLD_SECONDS,
                _AT_ONCE,
            )
        return {row["tenant_id"]: row["ids"] for row in rows}

    def told(self, *changes: int) -> None:
        """They will be forgotten soon."""
        self._told.extend(changes)
        self._has_told.set()

    async def forget_told(self) -> None:
        """Goes on for ever; what is not forgotten when it ends is told once more by others."""
        while True:
            await self._has_told.wait()
            await asyncio.sleep(_GATHERED_SECONDS)
            self._has_told.clear()
            told, self._told = self._told, []
            try:
                async with self._db.at_once() as tx:
                    await tx.run("DELETE FROM changes WHERE id = ANY ($1)", told)
            except errors.Unavailable:
                self.told(*told)
                await asyncio.sleep(1)


async def note(tx: Tx, tenant_id: str) -> int:
    """The last statement of a transaction that changes the tenant's time."""
    number: int = await tx.value("INSERT INTO changes (tenant_id) VALUES ($1) RETURNING id", tenant_id)
    return number
