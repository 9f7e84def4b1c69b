"""Units of work: fenced by tenant and by context, all or nothing, and honest about a server that is away."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kernel import errors
from services.kernel.db import CommitFailed, Database, DatabaseUnavailable
from services.kernel.ids import new_id
from tests.support import identities, probe
from tests.support.contexts import eventually, running
from tests.support.environ import environ_of
from tests.support.proxy import Wire
from tests.support.servers import Servers

NOTE = "INSERT INTO notes (id, tenant_id, number, words) VALUES ($1, $2, 1, 'mine')"


@pytest.fixture
async def db(fresh: Servers) -> AsyncIterator[Database]:
    database = Database(fresh.database_of("probe"), schema="probe", size=5)
    await database.open()
    yield database
    await database.close()


async def test_a_unit_of_work_that_forgets_its_tenant_finds_nothing(db: Database, tenant: str) -> None:
    async with db.transaction(tenant) as tx:
        await tx.run(NOTE, new_id("note"), tenant)
        assert await tx.value("SELECT count(*) FROM notes") == 1
    async with db.transaction() as tx:
        assert await tx.value("SELECT count(*) FROM notes") == 0
        assert await tx.run("DELETE FROM notes") == 0
        assert await tx.run("UPDATE notes SET words = 'taken'") == 0


async def test_another_tenants_rows_do_not_exist(db: Database, tenant: str) -> None:
    note = new_id("note")
    async with db.transaction(tenant) as tx:
        await tx.run(NOTE, note, tenant)
    async with db.transaction(new_id("ten")) as tx:
        assert await tx.row("SELECT * FROM notes WHERE id = $1", note) is None
        assert await tx.run("UPDATE notes SET words = 'taken' WHERE id = $1", note) == 0
        assert await tx.run("DELETE FROM notes WHERE id = $1", note) == 0
    async with db.transaction(tenant) as tx:
        assert await tx.value("SELECT words FROM notes WHERE id = $1", note) == "mine"


async def test_a_row_cannot_be_written_into_another_tenant_nor_moved_there(db: Database, tenant: str) -> None:
    other = new_id("ten")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.transaction(tenant) as tx:
            await tx.run(NOTE, new_id("note"), other)
    async with db.transaction(tenant) as tx:
        await tx.run(NOTE, new_id("note"), tenant)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.transaction(tenant) as tx:
            await tx.run("UPDATE notes SET tenant_id = $1", other)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.transaction() as tx:
            await tx.run(NOTE, new_id("note"), tenant)


async def test_the_tenant_ends_with_its_unit_of_work(fresh: Servers, tenant: str) -> None:
    database = Database(fresh.database_of("probe"), schema="probe", size=1)
    await database.open()
    try:
        async with database.transaction(tenant) as tx:
            await tx.run(NOTE, new_id("note"), tenant)
            first = await tx.value("SELECT pg_backend_pid()")
        with pytest.raises(ZeroDivisionError):
            async with database.transaction(tenant) as tx:
                raise ZeroDivisionError
        async with database.transaction() as tx:
            assert await tx.value("SELECT pg_backend_pid()") == first
            assert await tx.value("SELECT count(*) FROM notes") == 0
    finally:
        await database.close()


async def test_the_fence_holds_for_whoever_tries_to_lift_it(db: Database, tenant: str) -> None:
    for attempt in (
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON notes",
        "SET LOCAL ROLE postgres",
        "SET LOCAL session_authorization = postgres",
        "CREATE TABLE probe.own (id int)",
        "CREATE TABLE public.own (id int)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(tenant) as tx:
                await tx.run(attempt)
    # It may be asked to switch the fence off for itself, and then gets an error instead of rows.
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with db.transaction(tenant) as tx:
            await tx.run("SET LOCAL row_security = off")
            await tx.rows("SELECT * FROM notes")


@pytest.mark.parametrize("tenant_id", ["", "'; DROP TABLE notes; --", "ten_short", "ten_" + "0" * 25 + "'"])
async def test_what_is_no_tenants_id_is_nobodys(db: Database, tenant_id: str) -> None:
    with pytest.raises(errors.NotFound):
        async with db.transaction(tenant_id):
            pass


@pytest.mark.parametrize("table", ["echo.notes", "echo.outbox", "echo.inbox", "auth.schema_version", "auth.outbox"])
async def test_a_context_cannot_read_anothers_schema(db: Database, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for schema"):
        async with db.transaction() as tx:
            await tx.rows(f"SELECT * FROM {table}")


async def test_a_refusal_undoes_what_was_written_before_it(db: Database, tenant: str) -> None:
    with pytest.raises(errors.Conflict):
        async with db.transaction(tenant) as tx:
            await tx.run(NOTE, new_id("note"), tenant)
            raise errors.Conflict
    async with db.transaction(tenant) as tx:
        assert await tx.value("SELECT count(*) FROM notes") == 0


async def test_a_cancelled_unit_of_work_writes_nothing_and_gives_its_connection_back(
    fresh: Servers, tenant: str
) -> None:
    database = Database(fresh.database_of("probe"), schema="probe", size=1)
    await database.open()
    try:

        async def long_one() -> None:
            async with database.transaction(tenant) as tx:
                await tx.run(NOTE, new_id("note"), tenant)
                await tx.value("SELECT pg_sleep(30)")

        task = asyncio.create_task(long_one())
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with database.transaction(tenant) as tx:
            assert await tx.value("SELECT count(*) FROM notes") == 0
    finally:
        await database.close()


async def test_what_is_to_be_done_after_the_commit_is_not_done_without_one(db: Database) -> None:
    done: list[str] = []
    async with db.transaction() as tx:
        tx.after_commit(lambda: done.append("first"))
        assert done == []
    assert done == ["first"]
    with pytest.raises(ZeroDivisionError):
        async with db.transaction() as tx:
            tx.after_commit(lambda: done.append("second"))
            raise ZeroDivisionError
    assert done == ["first"]


async def test_a_commit_that_fails_answers_500_writes_nothing_and_sends_nothing(
    probe_environ: dict[str, str], sql: asyncpg.Connection
) -> None:
    async with running(probe.compose("probe", probe_environ)) as client:
        answer = await client.post("/api/pairs")
        assert answer.status_code == 500
        assert answer.json()["error"]["code"] == "INTERNAL_ERROR"
        assert answer.json()["requestId"] == answer.headers["x-request-id"]
    assert await sql.fetchval("SELECT count(*) FROM probe.pairs") == 0
    assert await sql.fetchval("SELECT count(*) FROM probe.outbox") == 0


async def test_an_error_that_was_swallowed_is_no_commit(
    db: Database, probe_environ: dict[str, str], sql: asyncpg.Connection
) -> None:
    with pytest.raises(CommitFailed):
        async with db.transaction() as tx:
            with pytest.raises(asyncpg.NotNullViolationError):
                await tx.run("INSERT INTO pairs (id) VALUES (NULL)")
    async with running(probe.compose("probe", probe_environ)) as client:
        assert (await client.post("/api/swallowed")).status_code == 500
    assert await sql.fetchval("SELECT count(*) FROM probe.outbox") == 0


async def test_a_wrong_argument_is_a_bug_and_not_a_database_that_is_away(probe_environ: dict[str, str]) -> None:
    async with running(probe.compose("probe", probe_environ)) as client:
        answer = await client.post("/api/mistyped")
    assert answer.status_code == 500
    assert answer.json()["error"]["retryable"] is False


async def test_with_the_database_away_calls_may_be_tried_again_and_all_is_well_when_it_is_back(
    fresh: Servers, tenant: str
) -> None:
    async with Wire(fresh.postgres) as wire:
        environ = environ_of(fresh, "probe", DATABASE_URL=wire.of(fresh.database_of("probe")))
        headers = identities.person("usr_1", tenant_id=tenant)
        async with running(probe.compose("probe", environ)) as client:
            await eventually(lambda: is_ready(client), "the context is ready")
            await wire.cut()
            answer = await client.get("/api/notes", headers=headers)
            assert answer.status_code == 503
            error = answer.json()["error"]
            assert (error["code"], error["retryable"]) == ("DATABASE_UNAVAILABLE", True)
            assert int(answer.headers["retry-after"]) >= 1
            health = {what: await client.get(f"/health/{what}") for what in ("ready", "db", "redis", "rabbitmq")}
            assert {what: said.status_code for what, said in health.items()} == {
                "ready": 503,
                "db": 503,
                "redis": 200,
                "rabbitmq": 200,
            }
            assert list(health["ready"].json()["error"]["details"]) == ["db"]
            assert (await client.get("/health")).status_code == 200
            # What needs no database goes on.
            assert (await client.post("/api/public", json={"city": "Napier"})).status_code == 201
            await wire.mend()
            assert (await client.get("/api/notes", headers=headers)).status_code == 200
            assert (await client.get("/health/ready")).status_code == 200


async def test_a_connection_that_breaks_in_the_middle_is_said_to_be_away(fresh: Servers) -> None:
    async with Wire(fresh.postgres) as wire:
        database = Database(wire.of(fresh.database_of("probe")), schema="probe")
        await database.open()
        try:
            with pytest.raises(DatabaseUnavailable):
                async with database.transaction() as tx:
                    await tx.value("SELECT 1")
                    await wire.cut()
                    await tx.value("SELECT 1")
            await wire.mend()
            async with database.transaction() as tx:
                assert await tx.value("SELECT 1") == 1
        finally:
            await database.close()


async def test_a_pool_that_is_used_up_says_so_instead_of_waiting_for_ever(fresh: Servers) -> None:
    database = Database(fresh.database_of("probe"), schema="probe", size=1)
    await database.open()
    try:
        async with database.transaction():
            with pytest.raises(DatabaseUnavailable):
                async with database.transaction():
                    pass
    finally:
        await database.close()


async def is_ready(client: object) -> bool:
    return (await client.get("/health/ready")).status_code == 200  # type: ignore[attr-defined, no-any-return]


# How a statement fences itself: whatever it looks at hangs on the row that sets the fence.
COUNT = """
WITH fence AS MATERIALIZED (SELECT set_config('app.tenant_id', $1, true) AS tenant_id)
SELECT found.count FROM fence
CROSS JOIN LATERAL (SELECT count(*) FROM notes WHERE tenant_id = fence.tenant_id) AS found
"""


async def test_a_look_sees_one_tenants_rows_and_leaves_no_fence_behind(db: Database, tenant: str) -> None:
    async with db.transaction(tenant) as tx:
        await tx.run(NOTE, new_id("note"), tenant)
    other = new_id("ten")
    for _ in range(20):
        async with db.look(tenant) as tx:
            assert await tx.value(COUNT, tenant) == 1
            # The fence is gone with its statement, so nothing is there for one that sets none.
            assert await tx.value("SELECT count(*) FROM notes") == 0
        async with db.look(other) as tx:
            assert await tx.value(COUNT, other) == 0


async def test_more_looks_than_connections_take_turns(db: Database, tenant: str) -> None:
    async def look() -> int:
        async with db.look(tenant) as tx:
            found: int = await tx.value("SELECT 1")
            return found

    assert sum(await asyncio.gather(*(look() for _ in range(100)))) == 100


async def test_a_look_that_is_given_up_or_fails_leaves_its_place_to_others(db: Database, tenant: str) -> None:
    async def dawdle() -> None:
        async with db.look(tenant) as tx:
            await tx.value("SELECT pg_sleep(30)")

    async def fail() -> None:
        async with db.look(tenant) as tx:
            await tx.value("SELECT 1 / 0")

    impatient = [asyncio.create_task(dawdle()) for _ in range(5)]
    await asyncio.sleep(0.2)
    for task in impatient:
        task.cancel()
    await asyncio.gather(*impatient, return_exceptions=True)
    failed = await asyncio.gather(*(fail() for _ in range(10)), return_exceptions=True)
    assert {type(error) for error in failed} == {asyncpg.DivisionByZeroError}
    async with db.look(tenant) as tx:
        assert await tx.value("SELECT 1") == 1


async def test_a_look_without_the_database_can_be_tried_again(fresh: Servers, tenant: str) -> None:
    async with Wire(fresh.postgres) as wire:
        database = Database(wire.of(fresh.database_of("probe")), schema="probe")
        await database.open()
        try:
            async with database.look(tenant) as tx:
                assert await tx.value("SELECT 1") == 1
            await wire.cut()
            with pytest.raises(DatabaseUnavailable):
                async with database.look(tenant) as tx:
                    await tx.value("SELECT 1")
        finally:
            await database.close()
