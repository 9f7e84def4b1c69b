"""Whether a business can be paid by card, as payments tells it."""

from services.catalog.store import accounts
from services.catalog.use_cases.changing import changing
from services.catalog.use_cases.tools import Tools


async def learn(tools: Tools, tenant_id: str, *, version: int, charges_enabled: bool) -> None:
    """An older word never overwrites a newer."""
    async with changing(tools, tenant_id) as tx:
        await accounts.save(tx, tenant_id, version=version, charges_enabled=charges_enabled)
