"""The whole product as a plan: which servers are ours, which were given, and what stands on them."""

import hashlib
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from stack import environment
from stack.browser import PAGES
from stack.errors import Trouble
from stack.home import ROOT, Home
from stack.plan import Part, application, parts_of
from stack.processes import Program, answers
from stack.servers import Postgres, RabbitMQ, RabbitPorts, Valkey
from stack.servers.rabbitmq import Installation
from stack.servers.traefik import Traefik

SERVER_PORTS = ("postgres", "valkey", "rabbitmq", "rabbitmq-nodes", "rabbitmq-names")
OTHER_PORTS = ("gateway-operations", "pages", *environment.APPLICATIONS)

DOOR_TAKES = 20.0

GIVEN = {"DATABASE_URL": 5432, "REDIS_URL": 6379, "RABBITMQ_URL": 5672}


@dataclass(frozen=True, slots=True)
class Composition:
    """The parts of a stack, and what has to be known of it besides."""

    url: str
    web_port: int
    parts: list[Part]
    gateway: Traefik
    postgres: Postgres | None
    database_url: str

    @property
    def database(self) -> str:
        """Tells one database from another, so that each gets its own demo business."""
        if self.postgres is not None:
            return self.postgres.identity
        return hashlib.sha256(self.database_url.encode()).hexdigest()


def compose(
    home: Home,
    given: Mapping[str, str],
    *,
    web_port: int,
    unlimited: bool,
    rabbitmq: Installation | None,
) -> Composition:
    ports = home.ports((*SERVER_PORTS, *OTHER_PORTS), reserved=frozenset({web_port}))
    servers: list[Part] = []

    postgres = None
    if not (database_url := given.get("DATABASE_URL", "")):
        postgres = Postgres(home.folder / "postgres", ports["postgres"], log=home.log("postgres"))
        database_url = postgres.url
        servers += parts_of(postgres)
    if not (redis_url := given.get("REDIS_URL", "")):
        valkey = Valkey(home.folder / "valkey", ports["valkey"], log=home.log("valkey"))
        redis_url = valkey.url
        servers += parts_of(valkey)
    if not (rabbitmq_url := given.get("RABBITMQ_URL", "")):
        broker = RabbitMQ(
            home.folder / "rabbitmq",
            RabbitPorts(ports["rabbitmq"], ports["rabbitmq-nodes"], ports["rabbitmq-names"]),
            log=home.log("rabbitmq"),
            origin=rabbitmq,
        )
        rabbitmq_url = broker.url
        servers += parts_of(broker)

    facts = environment.Facts(
        public_url=f"http://localhost:{web_port}",
        database_url=database_url,
        redis_url=redis_url,
        rabbitmq_url=rabbitmq_url,
        ports=ports,
        secret_key=home.key("secret-key"),
        identity_keys={name: home.key(f"identity-{name}") for name in environment.APPLICATIONS},
        database_passwords={name: home.secret(f"database-{name}") for name in environment.APPLICATIONS},
        root=str(ROOT),
        logo_folder=str(home.folder / "logos"),
        unlimited=unlimited,
    )
    everyone = environment.of_everyone(facts, given)
    gateway = Traefik(
        home.folder / "traefik",
        ROOT / "gateway",
        web_port=web_port,
        ops_port=ports["gateway-operations"],
        env=everyone | {"PAGES_URL": environment.address(ports["pages"])},
        log=home.log("traefik"),
    )
    parts = [
        *servers,
        migration(facts, given, home, after=("postgres",) if postgres is not None else ()),
        *(
            Part(
                application(
                    name,
                    ports[name],
                    root=ROOT,
                    log=home.log(name),
                    env=environment.of_application(name, facts, given),
                ),
                after=("migrate",),
            )
            for name in environment.APPLICATIONS
        ),
        Part(pages(ports["pages"], home, everyone)),
        # Beside the contexts, so that all of them stop together.
        *parts_of(gateway, after=("migrate",)),
    ]
    return Composition(facts.public_url, web_port, parts, gateway, postgres, database_url)


def wait_for_door(gateway: Traefik) -> None:
    """The door looks after the contexts by itself, and lets nobody in to one it takes for dead."""
    deadline = time.monotonic() + DOOR_TAKES
    while not gateway.sees_everybody():
        if time.monotonic() > deadline:
            raise Trouble("The gateway does not see all contexts: see `./peepopay logs traefik`.")
        time.sleep(0.05)


def migration(facts: environment.Facts, given: Mapping[str, str], home: Home, *, after: tuple[str, ...]) -> Part:
    program = Program(
        name="migrate",
        argv=[sys.executable, "-m", "services.kernel.migrate"],
        log=home.log("migrate"),
        cwd=ROOT,
        env=environment.of_migration(facts, given),
    )
    return Part(program, after, once=True)


def pages(port: int, home: Home, env: Mapping[str, str]) -> Program:
    return Program(
        name="pages",
        argv=[sys.executable, "-m", "stack.pages", "--root", str(PAGES), "--port", str(port)],
        log=home.log("pages"),
        cwd=ROOT,
        env=env,
        ready=answers(port, "/health"),
        alive=answers(port, "/health"),
        port=port,
    )


def check_given(given: Mapping[str, str]) -> None:
    """A server that was given must be there, or nothing is started."""
    for name, usual_port in GIVEN.items():
        address = given.get(name)
        if not address:
            continue
        parts = urlsplit(address)
        try:
            where = (parts.hostname or "localhost", parts.port or usual_port)
        except ValueError:
            raise Trouble(f"{name} is not an address: correct it, or unset it.") from None
        try:
            socket.create_connection(where, timeout=5).close()
        except OSError as error:
            raise Trouble(
                f"Nobody answers at {where[0]}:{where[1]}, which {name} names "
                f"({error.strerror or error}): start that server, or unset {name}."
            ) from None


def from_environment() -> dict[str, str]:
    """The variables of this process, those of `.env` at the root behind them."""
    return {**dotenv(ROOT / ".env"), **os.environ}


def dotenv(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    found: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith("#"):
            found[name.removeprefix("export ").strip()] = value.strip().strip("'\"")
    return found
