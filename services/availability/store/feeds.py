"""The feed of bookings: whose a token is, and what the feed shows."""

from datetime import datetime
from typing import Final, NamedTuple

from services.availability.domain.feed import Entry
from services.kernel.db import Tx


class Feed(NamedTuple):
    """How a business's feed is made."""

    generation: int
    # What the business is called; unknown until catalog has told.
    name: str | None
    zone: str | None
    country: str | None
    region: str | None
    closed_on_holidays: bool
    # Whether an entry says who does the job.
    is_team: bool


_FEED: Final = """
SELECT
    feed_generation AS generation, name, zone, coalesce(holiday_country, country) AS country, holiday_region AS region,
    closed_on_holidays, (SELECT count(*) > 1 FROM staff WHERE removed_at IS NULL) AS is_team
FROM tenants
"""

# What booking itself has said to stand. The latest count most: where there are too many, the oldest are left out.
_ENTRIES: Final = """
SELECT
    b.booking_id AS id, b.starts_at, b.ends_at, b.state = 'released' AS is_cancelled, b.sequence, b.changed_at,
    b.reference, coalesce(nullif(s.name, ''), 'Booking') AS service, p.name AS staff
FROM bookings AS b
LEFT JOIN services AS s ON s.service_id = b.service_id
LEFT JOIN staff AS p ON p.id = b.staff_id
WHERE b.tenant_id = $1 AND b.starts_at >= $2
    AND b.settled AND (b.state = 'booked' OR b.state = 'released' AND b.changed_at > $3)
ORDER BY b.starts_at DESC, b.booking_id
LIMIT $4
"""


async def find(tx: Tx) -> Feed | None:
    row = await tx.row(_FEED)
    return None if row is None else Feed(**dict(row.items()))


async def owner_of(tx: Tx, fingerprint: bytes) -> str | None:
    """Whose token it is."""
    tenant_id: str | None = await tx.value("SELECT tenant_id FROM feeds WHERE fingerprint = $1", fingerprint)
    return tenant_id


async def know(tx: Tx, fingerprint: bytes) -> None:
    """The token leads to this tenant."""
    await tx.run(
        "INSERT INTO feeds (fingerprint, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", fingerprint, tx.tenant_id
    )


async def renew(tx: Tx) -> int:
    """The next generation; what led here before leads nowhere."""
    await tx.run("DELETE FROM feeds WHERE tenant_id = $1", tx.tenant_id)
    generation: int = await tx.value(
        "UPDATE tenants SET feed_generation = feed_generation + 1 RETURNING feed_generation"
    )
    return generation


async def entries(tx: Tx, *, since: datetime, cancelled_since: datetime, limit: int) -> list[Entry]:
    """What is booked, and for a while what was, in order of time."""
    rows = await tx.rows(_ENTRIES, tx.tenant_id, since, cancelled_since, limit)
    return [Entry(**dict(row.items())) for row in reversed(rows)]
