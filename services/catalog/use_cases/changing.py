"""A change of what the public sees: committed, then told to every process, then answered."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from services.catalog.store import untold
from services.catalog.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import new_uuid


@asynccontextmanager
async def changing(tools: Tools, tenant_id: str) -> AsyncIterator[Tx]:
    """A tenant's transaction. When it is left, nobody answers any more with what was before."""
    change_id = new_uuid()
    async with tools.db.transaction(tenant_id) as tx:
        yield tx
        await untold.note(tx, change_id, tenant_id)
    if not await tools.freshness.tell(tenant_id):
        return
    # A note that stays is minded once more, and pruned.
    with suppress(errors.Unavailable):
        await untold.forget(tools.db, change_id)
