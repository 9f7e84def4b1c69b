"""What the ledger says, in the words in which the company's own books are written."""

from datetime import datetime

from services.kernel.db import Tx
from services.payments.domain.reconciling import Line


async def accounts(tx: Tx) -> list[tuple[str, str]]:
    """Every account that was ever a business's, and whose; in a transaction without a tenant."""
    rows = await tx.rows("SELECT account_id, tenant_id FROM account_tenants ORDER BY account_id")
    return [(row["account_id"], row["tenant_id"]) for row in rows]


async def is_closed_to_us(tx: Tx, account_id: str) -> bool:
    """Whether the business has left, and its books with it; an account of former days is as good as left."""
    found = await tx.value("SELECT true FROM accounts WHERE account_id = $1 AND disconnected_at IS NULL", account_id)
    return found is None


async def lines(tx: Tx, account_id: str, *, since: datetime) -> list[Line]:
    rows = await tx.rows(
        "SELECT coalesce(outside_id, about) AS outside_id, about, currency, -customer AS amount, platform, stripe, at"
        " FROM ledger_sets WHERE tenant_id = $1 AND account_id = $2 AND at >= $3",
        tx.tenant_id,
        account_id,
        since,
    )
    return [
        Line(
            account_id=account_id,
            about=row["outside_id"],
            currency=row["currency"],
            amount=row["amount"],
            fee=row["platform"],
            cost=row["stripe"],
            at=row["at"],
            ours=row["about"],
        )
        for row in rows
    ]
