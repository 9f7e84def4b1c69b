"""A change of a tenant's time: its transaction, and that nobody answers with the old once it is done."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from services.availability.store import changes
from services.availability.use_cases.tools import Tools
from services.kernel.db import Tx


@asynccontextmanager
async def changing(tools: Tools, tenant_id: str) -> AsyncIterator[Tx]:
    """The one way to change what slots follow from. Ends when the change is committed and no process trusts the old."""
    async with tools.db.transaction(tenant_id) as tx:
        yield tx
        change = await changes.note(tx, tenant_id)
    if await tools.freshness.tell(tenant_id):
        tools.changes.told(change)


async def tell_left_behind(tools: Tools) -> None:
    """What was committed by a process that died before it told, or that could not reach Valkey."""
    # While nothing is heard, nothing can be told either.
    if not tools.freshness.is_trusted():
        return
    left_behind = await tools.changes.left_behind()
    await asyncio.gather(*(_tell(tools, tenant_id, noted) for tenant_id, noted in left_behind.items()))


async def _tell(tools: Tools, tenant_id: str, noted: Sequence[int]) -> None:
    if await tools.freshness.tell(tenant_id):
        tools.changes.told(*noted)
