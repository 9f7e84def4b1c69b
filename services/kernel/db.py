"""PostgreSQL: one pool per context, and units of work that the database itself fences by tenant."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, TypeAlias, TypeVar

import asyncpg
import msgspec

from services.kernel import errors
from services.kernel.ids import is_id
from services.kernel.telemetry import metrics, tracing

Row: TypeAlias = asyncpg.Record
S = TypeVar("S", bound=msgspec.Struct)

_CONNECT_SECONDS: Final = 3.0
_STATEMENT_SECONDS: Final = 5.0

# What asyncpg raises when the server is away, on its way down or up, or has no connection left to give.
_AWAY: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
)


class DatabaseUnavailable(errors.Unavailable):
    """The database can't be asked at the moment."""

    code = "DATABASE_UNAVAILABLE"


class CommitFailed(Exception):  # noqa: N818 - house style: named by what happened
    """The transaction was ended by the server although nobody raised: nothing of it was kept."""


class _Connection(asyncpg.Connection):  # type: ignore[misc] # asyncpg ships no types for its C base
    """A connection that carries no state between two units of work, so that none has to be reset."""

    def get_reset_query(self) -> str:
        return ""


class Tx:
    """One transaction in which only one tenant's rows exist."""

    __slots__ = ("_after_commit", "_connection", "tenant_id")

    def __init__(self, connection: asyncpg.Connection, tenant_id: str | None) -> None:
        self._connection = connection
        self._after_commit: list[Callable[[], None]] = []
        self.tenant_id = tenant_id

    async def rows(self, sql: str, *values: object) -> list[Row]:
        with _asking(self._connection, sql):
            result: list[Row] = await self._connection.fetch(sql, *values)
            return result

    async def row(self, sql: str, *values: object) -> Row | None:
        with _asking(self._connection, sql):
            return await self._connection.fetchrow(sql, *values)

    async def value(self, sql: str, *values: object) -> Any:
        with _asking(self._connection, sql):
            return await self._connection.fetchval(sql, *values)

    async def run(self, sql: str, *values: object) -> int:
        """How many rows the statement touched."""
        with _asking(self._connection, sql):
            tag = await self._connection.execute(sql, *values)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def run_many(self, sql: str, values: Sequence[Sequence[object]]) -> None:
        with _asking(self._connection, sql):
            await self._connection.executemany(sql, values)

    def after_commit(self, act: Callable[[], None]) -> None:
        """Have something quick done once the commit is certain."""
        self._after_commit.append(act)

    def committed(self) -> None:
        for act in self._after_commit:
            act()


class Database:
    """A context's pool. Opening it asks nothing of the server, so a context starts while PostgreSQL is away."""

    def __init__(self, url: str, *, schema: str, size: int = 10) -> None:
        self._url = url
        self._schema = schema
        self._size = size
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            max_inactive_connection_lifetime=60,
            timeout=_CONNECT_SECONDS,
            command_timeout=_STATEMENT_SECONDS,
            connection_class=_Connection,
            server_settings={"search_path": self._schema, "application_name": f"peepopay-{self._schema}"},
        )

    async def close(self) -> None:
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), 5)
        except TimeoutError:
            self._pool.terminate()
        self._pool = None

    async def connect(self) -> asyncpg.Connection:
        """A connection of its own beside the pool, for listening; the caller closes it."""
        return await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, server_settings={"search_path": self._schema})

    @asynccontextmanager
    async def transaction(self, tenant_id: str | None = None, *, user_id: str | None = None) -> AsyncIterator[Tx]:
        """One unit of work. Rows of other tenants do not exist in it; without a tenant, no tenant's do."""
        if self._pool is None:
            raise DatabaseUnavailable
        begin = _begin(tenant_id, user_id)
        try:
            connection = await self._pool.acquire(timeout=_CONNECT_SECONDS)
        except (*_AWAY, asyncpg.InterfaceError) as error:
            # The second is how a pool says that it is closing.
            raise DatabaseUnavailable from error
        tx = Tx(connection, tenant_id)
        try:
            with tracing.span("db.transaction", schema=self._schema), metrics.unit_of_work(self._schema):
                with _asking(connection, "BEGIN"):
                    await connection.execute(begin)
                try:
                    yield tx
                except Exception:
                    await _roll_back(connection)
                    raise
                with _asking(connection, "COMMIT"):
                    outcome = await connection.execute("COMMIT")
                # PostgreSQL answers a COMMIT of a broken transaction with ROLLBACK, and no error.
                if outcome != "COMMIT":
                    raise CommitFailed
        except (asyncio.CancelledError, GeneratorExit):
            # Whoever has given up waits for nothing more; the server rolls back when the connection ends.
            connection.terminate()
            raise
        finally:
            await _release(self._pool, connection)
        tx.committed()

    def look(self, tenant_id: str) -> AbstractAsyncContextManager[Tx]:
        """One statement in one round trip, for the hottest reading.

        It sets its fence itself, `set_config('app.tenant_id', …, true)`, which ends with it; what it looks at must hang
        on that. A statement that does not finds nothing.
        """
        if not is_id(tenant_id):
            raise errors.NotFound
        return self.at_once(tenant_id)

    @asynccontextmanager
    async def at_once(self, tenant_id: str | None = None) -> AsyncIterator[Tx]:
        """One statement in one round trip: it is a transaction by itself, and none is begun around it."""
        if self._pool is None:
            raise DatabaseUnavailable
        try:
            connection = await self._pool.acquire(timeout=_CONNECT_SECONDS)
        except (*_AWAY, asyncpg.InterfaceError) as error:
            raise DatabaseUnavailable from error
        try:
            with tracing.span("db.statement", schema=self._schema), metrics.unit_of_work(self._schema):
                yield Tx(connection, tenant_id)
        except (asyncio.CancelledError, GeneratorExit):
            connection.terminate()
            raise
        finally:
            await _release(self._pool, connection)

    async def ping(self) -> None:
        async with self.transaction() as tx:
            await tx.value("SELECT 1")


_SAFE: Final = re.compile(r"[a-z0-9_]{1,64}")


def _begin(tenant_id: str | None, user_id: str | None) -> str:
    """The first statement of a unit of work; one round trip, so the ids stand in the text and are checked."""
    fences = []
    for setting, value in (("app.tenant_id", tenant_id), ("app.user_id", user_id)):
        if value is None:
            continue
        if not is_id(value) or _SAFE.fullmatch(value) is None:
            raise errors.NotFound
        fences.append(f"SET LOCAL {setting} = '{value}'")
    return "; ".join(["BEGIN", *fences])


@contextmanager
def _asking(connection: asyncpg.Connection, sql: str) -> Iterator[None]:
    """A question to the server; that it is away, or too slow, is a refusal that may be tried again."""
    with tracing.statement(sql):
        try:
            yield
        except _AWAY as error:
            raise DatabaseUnavailable from error
        except asyncpg.InterfaceError as error:
            # A wrong argument is reported in the same way as a connection that broke, and is a bug.
            if _is_gone(connection):
                raise DatabaseUnavailable from error
            raise


def _is_gone(connection: asyncpg.Connection) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        # The pool takes a broken connection back by itself, and then there is none to ask.
        return True


def _drop(connection: asyncpg.Connection) -> None:
    if not _is_gone(connection):
        connection.terminate()


async def _roll_back(connection: asyncpg.Connection) -> None:
    if _is_gone(connection):
        return
    try:
        await asyncio.shield(connection.execute("ROLLBACK", timeout=2))
    except (*_AWAY, asyncpg.InterfaceError):
        # Nothing was committed, and the connection is of no more use.
        _drop(connection)


async def _release(pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
    try:
        # Goes on also where whoever waits for it gives up.
        await pool.release(connection, timeout=2)
    except (*_AWAY, asyncpg.InterfaceError):
        _drop(connection)


def read(kind: type[S], row: Row) -> S:
    """A row as a value: columns are named as the Struct's fields are."""
    names = msgspec.structs.fields(kind)
    return kind(**{field.name: row[field.name] for field in names if field.name in row})
