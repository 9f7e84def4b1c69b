"""Whose a slug is or was: it never becomes another business's, so a row is never changed."""

from services.kernel.db import Tx


async def tenant_of(tx: Tx, slug: str) -> str | None:
    owner: str | None = await tx.value("SELECT tenant_id FROM slugs WHERE slug = $1", slug)
    return owner


async def note(tx: Tx, tenant_id: str, *slugs: str) -> None:
    for slug in slugs:
        await tx.run(
            "INSERT INTO slugs (slug, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            slug,
            tenant_id,
        )


async def tenants_after(tx: Tx, tenant_id: str, *, limit: int) -> list[str]:
    """The next businesses by age."""
    rows = await tx.rows(
        "SELECT DISTINCT tenant_id FROM slugs WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2", tenant_id, limit
    )
    return [row["tenant_id"] for row in rows]
