"""The run's own PostgreSQL, Valkey and RabbitMQ: started once, when the first test asks, with a place for each worker.

The process that runs the tests (with several workers: the one that hands out the tests) keeps a landlord. A worker asks
it for a place and gets a database with every context's tables, a virtual host and a numbered cache of its own.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from services import CONTEXTS
from services.kernel.migrate import migrate
from stack.home import DEFAULT_HOME
from stack.servers import Postgres, RabbitMQ, RabbitPorts, Server, Valkey, free_port
from stack.servers.rabbitmq import obtain

_ADDRESS: Final = "PEEPOPAY_TESTS_LANDLORD"
_TEMPLATE: Final = "every_context"


@dataclass(frozen=True)
class Servers:
    """One worker's place on the servers."""

    # As superuser.
    postgres: str
    rabbitmq: str
    valkey: str

    def database_of(self, context: str) -> str:
        """The worker's database as that context's own role sees it."""
        return as_role(self.postgres, context)

    def other_database(self, name: str) -> str:
        """The superuser's address of another database on the same server."""
        return urlsplit(self.postgres)._replace(path=f"/{name}").geturl()


def as_role(superuser: str, context: str) -> str:
    parts = urlsplit(superuser)
    return parts._replace(netloc=f"peepopay_{context}:of-{context}@127.0.0.1:{parts.port}").geturl()


def migration_environ(superuser: str) -> dict[str, str]:
    """What `migrate` reads, for every context."""
    urls = {f"{context.upper()}_DATABASE_URL": as_role(superuser, context) for context in CONTEXTS}
    return {"MIGRATION_DATABASE_URL": superuser, **urls}


class Landlord:
    """Owns the servers. They live in its thread, for the kernel ends a server when the thread that started it ends."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="peepopay-tests-"))
        # PostgreSQL runs as another user where we are root, and has to get to its own folder.
        self._folder.chmod(0o711)
        self._door = str(self._folder / "landlord")
        self._house: _House | None = None
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="landlord", daemon=True)

    def open(self) -> None:
        os.environ[_ADDRESS] = self._door
        self._thread.start()
        self._opened.wait()

    def close(self) -> None:
        with Client(self._door, "AF_UNIX") as visitor:
            visitor.send(None)
        self._thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)
        os.environ.pop(_ADDRESS, None)

    def _serve(self) -> None:
        with Listener(self._door, "AF_UNIX", backlog=32) as listener:
            self._opened.set()
            try:
                while True:
                    with listener.accept() as visitor:
                        worker = visitor.recv()
                        if worker is None:
                            return
                        visitor.send(self._place(worker))
            finally:
                if self._house is not None:
                    self._house.close()

    def _place(self, worker: str) -> dict[str, str] | str:
        try:
            if self._house is None:
                self._house = _House(self._folder)
            return asdict(self._house.place(worker))
        except Exception as error:  # noqa: BLE001 - the worker that asked says it, in its own test's report
            return f"{type(error).__name__}: {error}"


class _House:
    """The three servers, running, and a database with every context's tables to copy from."""

    def __init__(self, folder: Path) -> None:
        self._postgres = Postgres(folder / "postgres", free_port(), durable=False)
        self._valkey = Valkey(folder / "valkey", free_port())
        origin = obtain(DEFAULT_HOME / "rabbitmq-program", _say)
        self._rabbitmq = RabbitMQ(folder / "rabbitmq", RabbitPorts.free(), durable=False, origin=origin)
        self._places: dict[str, Servers] = {}
        # RabbitMQ takes the longest; the tables are made while it starts.
        servers: list[Server] = [self._rabbitmq, self._postgres, self._valkey]
        try:
            for server in servers:
                server.begin()
            self._postgres.wait()
            asyncio.run(self._make_template())
            for server in (self._rabbitmq, self._valkey):
                server.wait()
        except BaseException:
            self.close()
            raise

    def place(self, worker: str) -> Servers:
        if worker not in self._places:
            name = f"of_{worker}"
            asyncio.run(self._execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}"))
            self._rabbitmq.add_vhosts([name])
            self._places[worker] = Servers(
                postgres=self._postgres.url_of(name),
                rabbitmq=self._rabbitmq.url_of(name),
                valkey=self._valkey.url_of(len(self._places)),
            )
        return self._places[worker]

    def close(self) -> None:
        for server in (self._rabbitmq, self._valkey, self._postgres):
            server.stop(at_once=True)

    async def _make_template(self) -> None:
        await self._execute(f"CREATE DATABASE {_TEMPLATE}")
        await migrate(migration_environ(self._postgres.url_of(_TEMPLATE)), CONTEXTS)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._postgres.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def rented(worker: str) -> Servers:
    """The worker's own place; the first to ask waits for the servers."""
    with Client(os.environ[_ADDRESS], "AF_UNIX") as landlord:
        landlord.send(worker)
        said: Any = landlord.recv()
    if isinstance(said, str):
        pytest.fail(f"the servers for this run could not be started: {said}")
    return Servers(**said)


async def emptied(servers: Servers, *contexts: str) -> None:
    """Take every row out of these contexts' tables."""
    connection = await asyncpg.connect(servers.postgres)
    try:
        tables = await connection.fetch(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables"
            " WHERE schemaname = ANY($1) AND tablename <> 'schema_version'",
            list(contexts),
        )
        if tables:
            names = ", ".join(table["name"] for table in tables)
            await connection.execute(f"TRUNCATE {names} RESTART IDENTITY")
    finally:
        await connection.close()


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
