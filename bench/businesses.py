"""Businesses that can be booked without a deposit, known to all who are asked, and times that nobody else wants."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import asyncpg

# As many businesses as are busy at the same moment, and as many people as work in a small one.
COUNT: Final = 8
STAFF: Final = 3
# From seven in the morning to ten at night, half an hour each.
PER_DAY: Final = 30
# A business's day fills up before the days after these are begun.
DAYS: Final = 60
_OPENS: Final = time(7)
LENGTH: Final = timedelta(minutes=30)

_FILL: Final = """
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN kind || '_' || lpad(n::text, 26, '0');
CREATE TEMP TABLE made AS
SELECT n, pg_temp.id('ten', n) AS tenant_id, pg_temp.id('svc', n) AS service_id, 'business-' || n AS slug
FROM generate_series({first}, {last}) AS n;

INSERT INTO availability.tenants (tenant_id, zone, country) SELECT tenant_id, 'UTC', 'NZ' FROM made;
INSERT INTO availability.slugs SELECT slug, tenant_id FROM made;
INSERT INTO availability.services (
    service_id, tenant_id, version, name, duration, before, after, notice, window_days, step, active
)
SELECT service_id, tenant_id, 1, 'A job', 30, 0, 0, 0, 1000, 15, true FROM made;
INSERT INTO availability.staff (id, tenant_id, name, active, created_at)
SELECT pg_temp.id('stf', n * 100 + s), tenant_id, 'Jo', true, now() FROM made, generate_series(1, {staff}) AS s;
INSERT INTO availability.rules (id, tenant_id, weekday, start_minute, end_minute)
SELECT pg_temp.id('rul', n * 7 + d), tenant_id, d, 420, 1320 FROM made, generate_series(0, 6) AS d;

INSERT INTO booking.slugs SELECT slug, tenant_id FROM made;
INSERT INTO booking.tenants (
    tenant_id, profile_version, slug, name, zone, currency, locale, country, brand_color, policy
)
SELECT tenant_id, 1, slug, 'A business', 'UTC', 'NZD', 'en-NZ', 'NZ', '#0f766e', ARRAY[48, 100, 24, 50] FROM made;
INSERT INTO booking.services (
    service_id, tenant_id, version, name, currency, price, deposit, duration_minutes, active
)
SELECT service_id, tenant_id, 1, 'A job', 'NZD', 9000, 0, 30, true FROM made;

INSERT INTO catalog.slugs SELECT slug, tenant_id FROM made;
INSERT INTO catalog.profiles (
    tenant_id, version, slug, business_name, naming_version, brand_color, email, timezone, currency, locale, country,
    allowed_origins, cancellation_policy, reminder_hours, changed_at
)
SELECT
    tenant_id, 1, slug, 'A business', 1, '#0f766e', slug || '@example.com', 'UTC', 'NZD', 'en-NZ', 'NZ',
    '{{}}', '[{{"hoursBefore": 48, "refundPercent": 100}}, {{"hoursBefore": 24, "refundPercent": 50}}]', '{{}}', now()
FROM made
"""


@dataclass(frozen=True, slots=True)
class Time:
    """What one request books: a service of a business at a time."""

    slug: str
    service_id: str
    starts_at: datetime


def tenant_id(number: int) -> str:
    return f"ten_{number:026}"


def service_id(number: int) -> str:
    return f"svc_{number:026}"


def staff_id(number: int) -> str:
    """Of the business's first person."""
    return f"stf_{number * 100 + 1:026}"


def slug(number: int) -> str:
    return f"business-{number}"


def number_of(business: str) -> int:
    """By its slug, or its id."""
    return int(business.replace("_", "-").rpartition("-")[2])


def times(first: int, first_day: date) -> Iterator[Time]:
    """One after the other, over the businesses from that number on; no business has the same time twice."""
    place = 0
    while True:
        business = first + place % COUNT
        rest, day = divmod(place // COUNT, DAYS)
        later, at = divmod(rest, PER_DAY)
        opens = datetime.combine(first_day + timedelta(days=later * DAYS + day), _OPENS, UTC)
        yield Time(slug(business), service_id(business), opens + at * LENGTH)
        place += 1


async def fill(url: str, *, first: int, count: int) -> None:
    """As superuser, as if the events about them had been heard long ago."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_FILL.format(first=first, last=first + count - 1, staff=STAFF), timeout=60)
        await connection.execute("VACUUM ANALYZE", timeout=60)
    finally:
        await connection.close()
