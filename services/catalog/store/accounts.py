"""Whether a business can be paid by card, as payments told last."""

from services.kernel.db import Tx


async def can_be_paid(tx: Tx, tenant_id: str) -> bool:
    return bool(await tx.value("SELECT charges_enabled FROM payment_accounts WHERE tenant_id = $1", tenant_id))


async def save(tx: Tx, tenant_id: str, *, version: int, charges_enabled: bool) -> bool:
    """Whether it was newer than what was known."""
    return bool(
        await tx.run(
            "INSERT INTO payment_accounts AS known (tenant_id, version, charges_enabled) VALUES ($1, $2, $3)"
            " ON CONFLICT (tenant_id) DO UPDATE"
            " SET version = excluded.version, charges_enabled = excluded.charges_enabled"
            " WHERE known.version < excluded.version",
            tenant_id,
            version,
            charges_enabled,
        )
    )
