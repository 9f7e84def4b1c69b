"""What the lines in an account's books at the stand-in for Stripe sum up to."""

from dataclasses import dataclass

from services.kernel.db import Tx


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """Of one currency: what can be paid out already, and what can't yet."""

    currency: str
    available: int
    pending: int


async def sums(tx: Tx, account: str, *, now: int) -> list[Sum]:
    rows = await tx.rows(
        "SELECT currency, coalesce(sum(net) FILTER (WHERE is_available), 0)::bigint AS available,"
        " coalesce(sum(net) FILTER (WHERE NOT is_available), 0)::bigint AS pending"
        " FROM (SELECT body ->> 'currency' AS currency, (body ->> 'net')::bigint AS net,"
        " (body ->> 'available_on')::bigint <= $2 AS is_available"
        " FROM stripe_objects WHERE account = $1 AND kind = 'balance_transaction') AS lines"
        " GROUP BY currency ORDER BY currency",
        account,
        now,
    )
    return [Sum(**row) for row in rows]
