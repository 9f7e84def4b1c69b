"""Businesses with bookings, as many as are wanted, made within the database."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import asyncpg

# Twenty bookings a day on fifty days, one business.
PER_DAY: Final = 20
DAYS: Final = 50
OF_ONE_TENANT: Final = PER_DAY * DAYS
# Services of the business that is asked about: each of them has days that nobody has asked for yet.
SERVICES: Final = 200
ZONE: Final = "Pacific/Auckland"

# Ids as the product's own look, but by number.
_ID: Final = """
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE
RETURN kind || '_' || lpad(n::text, 26, '0')
"""
_BUSINESSES: Final = """
INSERT INTO tenants (tenant_id, zone, country)
SELECT pg_temp.id('ten', n), '{zone}', 'NZ' FROM generate_series(0, {last}) AS n;
INSERT INTO slugs (slug, tenant_id)
SELECT 'business-' || n, pg_temp.id('ten', n) FROM generate_series(0, {last}) AS n;
INSERT INTO services (
    service_id, tenant_id, version, name, duration, before, after, notice, window_days, step, active
)
SELECT pg_temp.id('svc', n * 1000 + s), pg_temp.id('ten', n), 1, 'A job', 30, 0, 0, 0, 365, 15, true
FROM generate_series(0, {last}) AS n, LATERAL generate_series(1, CASE n WHEN 0 THEN {services} ELSE 2 END) AS s;
INSERT INTO staff (id, tenant_id, name, active, created_at)
SELECT pg_temp.id('stf', n), pg_temp.id('ten', n), 'Jo', true, now() FROM generate_series(0, {last}) AS n;
INSERT INTO rules (id, tenant_id, weekday, start_minute, end_minute)
SELECT pg_temp.id('rul', n * 7 + d), pg_temp.id('ten', n), d, 420, 1320
FROM generate_series(0, {last}) AS n, generate_series(0, 6) AS d
"""
# A quarter of an hour, every three quarters of an hour, from seven o'clock on.
_CLAIMS: Final = """
INSERT INTO claims (
    id, tenant_id, staff_id, kind, booking_id, service_id, starts_at, ends_at, taken_from, taken_until
)
SELECT
    pg_temp.id('clm', n), pg_temp.id('ten', n / {tenant}), pg_temp.id('stf', n / {tenant}), 'booking',
    pg_temp.id('book', n), pg_temp.id('svc', n / {tenant} * 1000 + 1),
    start, start + interval '15 minutes', start, start + interval '15 minutes'
FROM generate_series(0, {claims} - 1) AS n, LATERAL (
    SELECT (date '{first_day}' + n % {tenant} / {day} + time '07:00') AT TIME ZONE '{zone}'
        + n % {day} * interval '45 minutes' AS start
) AS at
"""
# Made once all rows are there, which is many times faster than row by row.
_INDEXES: Final = """
SELECT conname AS name, pg_get_constraintdef(oid) AS definition, true AS is_constraint
FROM pg_constraint WHERE conrelid = 'availability.claims'::regclass AND contype IN ('u', 'x')
UNION ALL
SELECT c.relname, pg_get_indexdef(c.oid), false
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = 'availability.claims'::regclass AND NOT i.indisprimary
    AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid)
"""


def tenant_id(number: int = 0) -> str:
    return f"ten_{number:026}"


def service_id(number: int) -> str:
    """Of the business that is asked about, from 1 on."""
    return f"svc_{number:026}"


@dataclass(frozen=True)
class Filled:
    """A database with so many claims, the first of them on this day."""

    claims: int
    first_day: date

    @property
    def days(self) -> list[date]:
        """Those with all their bookings, and days like them around."""
        return [self.first_day + timedelta(days=number) for number in range(1, DAYS - 1)]


async def fill(url: str, *, claims: int, first_day: date) -> Filled:
    """As superuser, into empty tables; statistics are up to date afterwards."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "availability,public"})
    try:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '256MB'")
        # Whom a claim belongs to is certain here, and need not be looked up for each.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_ID)
        last = (claims - 1) // OF_ONE_TENANT
        await connection.execute(_BUSINESSES.format(zone=ZONE, last=last, services=SERVICES))
        indexes = await connection.fetch(_INDEXES)
        for index in indexes:
            await connection.execute(
                f"ALTER TABLE claims DROP CONSTRAINT {index['name']}"
                if index["is_constraint"]
                else f"DROP INDEX {index['name']}"
            )
        statement = _CLAIMS.format(claims=claims, tenant=OF_ONE_TENANT, day=PER_DAY, first_day=first_day, zone=ZONE)
        await connection.execute(statement, timeout=300)
        for index in indexes:
            definition = index["definition"]
            await connection.execute(
                f"ALTER TABLE claims ADD CONSTRAINT {index['name']} {definition}"
                if index["is_constraint"]
                else definition,
                timeout=300,
            )
        await connection.execute("VACUUM ANALYZE", timeout=300)
    finally:
        await connection.close()
    return Filled(claims, first_day)


async def make_database(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
