"""Changes that were committed, and of which perhaps not every process has heard."""

from collections.abc import Mapping

from services.kernel.db import Database, Tx


async def note(tx: Tx, change_id: str, tenant_id: str) -> None:
    await tx.run("INSERT INTO untold (id, tenant_id) VALUES ($1, $2)", change_id, tenant_id)


async def forget(db: Database, change_id: str) -> None:
    async with db.transaction() as tx:
        await tx.run("DELETE FROM untold WHERE id = $1", change_id)


async def all_of(db: Database) -> Mapping[str, str]:
    async with db.transaction() as tx:
        return {row["id"]: row["tenant_id"] for row in await tx.rows("SELECT id, tenant_id FROM untold")}


async def prune(db: Database) -> None:
    """A process that is trusted has looked within two seconds; the others trust nothing."""
    async with db.transaction() as tx:
        await tx.run("DELETE FROM untold WHERE noted_at < now() - interval '1 minute'")
