"""Times that are not to be had: a day off, a week by the sea, an hour at the dentist."""

from collections.abc import Callable
from datetime import date
from typing import Final

from services.availability.domain.errors import TooMany
from services.availability.store import blocks, copies
from services.availability.store.blocks import Block
from services.availability.use_cases import staff
from services.availability.use_cases.copies import ensure_open
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.staff import Team
from services.availability.use_cases.tools import Tools
from services.kernel import errors

_MOST_BLOCKS: Final = 2_000


async def listed(tools: Tools, *, tenant_id: str, first: date, last: date, staff_id: str | None) -> list[Block]:
    async with tools.db.transaction(tenant_id) as tx:
        return await blocks.between(tx, first, last, staff_id)


async def add(tools: Tools, *, tenant_id: str, make: Callable[[Team], Block]) -> Block:
    """Also over a booking, which stays. `make` says what the block is among those who work here, or refuses."""
    await ensure_open(tools, tenant_id)
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        block = make(await staff.team_of(tx))
        if await blocks.count(tx) >= _MOST_BLOCKS:
            raise TooMany(f"There are {_MOST_BLOCKS} blocked times already; no more can be kept.")
        await blocks.add(tx, block)
    return block


async def change(tools: Tools, *, tenant_id: str, block_id: str, change: Callable[[Block, Team], Block]) -> Block:
    """`change` says what becomes of the block, or refuses."""
    async with changing(tools, tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        present = await blocks.find(tx, block_id)
        if present is None:
            raise errors.NotFound
        block = change(present, await staff.team_of(tx))
        await blocks.change(tx, block)
    return block


async def remove(tools: Tools, *, tenant_id: str, block_id: str) -> None:
    async with changing(tools, tenant_id) as tx:
        if not await blocks.remove(tx, block_id):
            raise errors.NotFound
