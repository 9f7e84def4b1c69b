"""The ledger's sets of entries; that each sums to zero and is written once is the table's own law."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.kernel import ids
from services.kernel.db import Tx
from services.payments.domain.ledger import LedgerSet

_ADD: Final = """
INSERT INTO ledger_sets (
    id, tenant_id, booking_id, kind, about, account_id, outside_id, currency, customer, tenant, platform, stripe, at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT ON CONSTRAINT written_once DO NOTHING
"""

# A day is the business's own, from its midnight to the next. The instants around it find the rows by the index.
_BY_DAY: Final = """
SELECT
    (at AT TIME ZONE $3)::date AS day,
    currency,
    -coalesce(sum(customer) FILTER (WHERE kind = 'deposit'), 0)::bigint AS deposits,
    -coalesce(sum(customer) FILTER (WHERE kind = 'balance'), 0)::bigint AS balances,
    coalesce(sum(customer) FILTER (WHERE kind IN ('refund', 'refund_returned')), 0)::bigint AS refunds,
    coalesce(sum(customer) FILTER (WHERE kind IN ('dispute', 'dispute_returned')), 0)::bigint AS disputes,
    coalesce(sum(platform), 0)::bigint AS fees,
    coalesce(sum(stripe), 0)::bigint AS costs,
    coalesce(sum(tenant), 0)::bigint AS net
FROM ledger_sets
WHERE tenant_id = $4
  AND at >= ($1::date)::timestamp AT TIME ZONE $3
  AND at < ($2::date + 1)::timestamp AT TIME ZONE $3
GROUP BY day, currency
ORDER BY day, currency
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened to a business's money on one day, in one currency."""

    day: date
    currency: str
    deposits: int
    balances: int
    refunds: int
    disputes: int
    fees: int
    costs: int
    net: int


async def add(tx: Tx, entries: LedgerSet) -> bool:
    """Whether it is new: each thing that happens is written once."""
    return bool(
        await tx.run(
            _ADD,
            ids.new_id("led"),
            tx.tenant_id,
            entries.booking_id,
            entries.kind,
            entries.about,
            entries.account_id,
            entries.outside_id,
            entries.currency,
            entries.customer,
            entries.tenant,
            entries.platform,
            entries.stripe,
            entries.at,
        )
    )


async def by_day(tx: Tx, first: date, last: date, *, zone: str) -> Sequence[Day]:
    """Only days on which something happened."""
    rows = await tx.rows(_BY_DAY, first, last, zone, tx.tenant_id)
    return [Day(**dict(row.items())) for row in rows]
