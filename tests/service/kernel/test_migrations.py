"""Migrations: from nothing, again, and by several at once."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services import CONTEXTS
from services.kernel.migrate import MigrationProblem, migrate
from tests.support.servers import Servers


@pytest.fixture
async def empty(servers: Servers) -> AsyncIterator[dict[str, str]]:
    """The environment of a migration into a database with nothing in it, with roles of its own."""
    admin = await asyncpg.connect(servers.postgres)
    name = "nothing_in_" + servers.postgres.rpartition("/")[2]
    await admin.execute(f"CREATE DATABASE {name}")
    database = servers.other_database(name)
    host = database.rpartition("@")[2]
    roles = {context: f"{name}_{context}" for context in CONTEXTS}
    yield {
        "MIGRATION_DATABASE_URL": database,
        **{f"{context.upper()}_DATABASE_URL": f"postgresql://{role}:pw@{host}" for context, role in roles.items()},
    }
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    for role in roles.values():
        await admin.execute(f"DROP ROLE IF EXISTS {role}")
    await admin.close()


async def tables(environ: dict[str, str]) -> set[str]:
    connection = await asyncpg.connect(environ["MIGRATION_DATABASE_URL"])
    try:
        rows = await connection.fetch(
            "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname = ANY($1)", list(CONTEXTS)
        )
        return {row["name"] for row in rows}
    finally:
        await connection.close()


async def test_several_at_once_from_nothing_and_once_more(empty: dict[str, str]) -> None:
    await asyncio.gather(*(migrate(empty, CONTEXTS) for _ in range(3)))
    made = await tables(empty)
    for context in CONTEXTS:
        assert {f"{context}.{table}" for table in ("outbox", "inbox", "idempotency", "schema_version")} <= made
    await migrate(empty, CONTEXTS)
    assert await tables(empty) == made
    connection = await asyncpg.connect(empty["AUTH_DATABASE_URL"])
    try:
        # The context's role may use its tables; what version they have is not for it to say.
        assert await connection.fetchval("SELECT count(*) FROM auth.outbox") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("SELECT * FROM auth.schema_version")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("SELECT count(*) FROM booking.outbox")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("CREATE TABLE auth.own (id int)")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DROP TABLE auth.outbox")
    finally:
        await connection.close()


async def test_one_context_alone(empty: dict[str, str]) -> None:
    await migrate(empty, ["catalog"])
    assert {table.partition(".")[0] for table in await tables(empty)} == {"catalog"}


async def test_a_changed_password_is_taken_over(empty: dict[str, str]) -> None:
    await migrate(empty, ["catalog"])
    changed = {**empty, "CATALOG_DATABASE_URL": empty["CATALOG_DATABASE_URL"].replace(":pw@", ":it%27s%25new@")}
    await migrate(changed, ["catalog"])
    connection = await asyncpg.connect(changed["CATALOG_DATABASE_URL"])
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(empty["CATALOG_DATABASE_URL"])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"MIGRATION_DATABASE_URL": ""}, "MIGRATION_DATABASE_URL"),
        ({"AUTH_DATABASE_URL": ""}, "AUTH_DATABASE_URL"),
        ({"AUTH_DATABASE_URL": "postgresql://127.0.0.1/x"}, "AUTH_DATABASE_URL"),
        ({"AUTH_DATABASE_URL": "postgresql://Bad-Name:pw@127.0.0.1/x"}, "AUTH_DATABASE_URL"),
        ({"MIGRATION_DATABASE_URL": "postgresql://postgres:pw@127.0.0.1:9/x"}, "database refused"),
    ],
)
async def test_what_is_missing_is_said_in_a_sentence(empty: dict[str, str], change: dict[str, str], word: str) -> None:
    with pytest.raises(MigrationProblem, match=word):
        await migrate({**empty, **change}, ["auth"])


async def test_every_table_with_a_tenant_is_fenced_for_its_owner_too(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres)
    try:
        rows = await connection.fetch(
            "SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS fenced"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull"
            " WHERE c.relkind = 'r' AND n.nspname = ANY($1)",
            list(CONTEXTS),
        )
    finally:
        await connection.close()
    unfenced = {row["name"] for row in rows if not row["fenced"]}
    assert unfenced <= FOUND_BEFORE_THE_TENANT_IS_KNOWN, "a tenant's rows lie open"


# What must be found before the tenant is known holds ids only, and has no fence.
FOUND_BEFORE_THE_TENANT_IS_KNOWN = {
    "auth.slugs",
    "availability.calendar_timers",
    "availability.changes",
    "availability.feeds",
    "availability.slugs",
    "availability.timers",
    "booking.manage_links",
    "booking.slugs",
    "booking.timers",
    "catalog.slugs",
    "catalog.untold",
    "payments.account_tenants",
    "payments.timers",
}
