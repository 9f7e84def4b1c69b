"""`doctor`: is this machine fit for the stack, and what to do where it is not."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack import browser, debian, install
from stack.errors import Trouble
from stack.home import ROOM_NEEDED, Home
from stack.ports import is_free
from stack.servers.postgres import is_passable, postgres_binaries
from stack.servers.rabbitmq import installation
from stack.servers.traefik import traefik_binary
from stack.servers.valkey import valkey_server
from stack.state import is_running, read_state

MEMORY_NEEDED = 1_500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: well, or not and what to do."""

    subject: str
    fact: str
    is_well: bool = True


def bad(subject: str, fact: str) -> Finding:
    return Finding(subject, fact, is_well=False)


def doctor(home: Home) -> int:
    examinations: list[Callable[[Home], Finding]] = [
        python, environment, room, memory, rights, ports, node, postgres, valkey, rabbitmq,
        traefik, running,
    ]  # fmt: skip
    findings = [examine(home) for examine in examinations]
    for finding in findings:
        mark = "ok  " if finding.is_well else "BAD "
        sys.stdout.write(f"  {mark}{finding.subject:<13}{finding.fact}\n")
    return 0 if all(finding.is_well for finding in findings) else 1


def python(_home: Home) -> Finding:
    return Finding("Python", f"{sys.version.split()[0]} in {sys.prefix}")


def environment(_home: Home) -> Finding:
    if install.is_installed("stack"):
        return Finding("Environment", "as uv.lock says")
    return bad("Environment", "older than uv.lock: run any command to renew it")


def room(home: Home) -> Finding:
    folder = next(path for path in (home.folder, *home.folder.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    fact = f"{free // 1_000_000} MB free at {folder}"
    if free < ROOM_NEEDED:
        return bad("Disk", f"{fact}, {ROOM_NEEDED // 1_000_000} MB needed: make room")
    return Finding("Disk", fact)


def memory(_home: Home) -> Finding:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            available = int(value.split()[0]) * 1024
            fact = f"{available // 1_000_000} MB available"
            if available < MEMORY_NEEDED:
                return bad("Memory", f"{fact}, 1500 MB are used: end other programs")
            return Finding("Memory", fact)
    return Finding("Memory", "the system does not tell")


def rights(home: Home) -> Finding:
    folder = next(path for path in (home.folder, *home.folder.parents) if path.exists())
    if os.access(folder, os.W_OK | os.X_OK):
        return Finding("Rights", f"{folder} can be written")
    return bad("Rights", f"{folder} cannot be written: choose another --home")


def ports(home: Home) -> Finding:
    if is_running(home) or is_free(8080):
        return Finding("Port", "8080 is free" if is_free(8080) else "in use by this stack")
    return bad("Port", "8080 is in use: end that program, or use `up --port`")


def node(_home: Home) -> Finding:
    found = browser.machine_node()
    if found is not None:
        return Finding("Node.js", f"{found.binary}")
    if browser.wheel_node() is not None:
        return Finding("Node.js", "from .venv")
    return Finding("Node.js", "none that is new enough: `up` installs one into .venv")


def postgres(home: Home) -> Finding:
    if os.environ.get("DATABASE_URL"):
        return Finding("PostgreSQL", "given by DATABASE_URL")
    try:
        binaries = postgres_binaries()
    except Trouble as trouble:
        return bad("PostgreSQL", str(trouble))
    data = home.folder / "postgres" / "data"
    if data.exists() and not (data / "global" / "pg_control").exists():
        return bad("PostgreSQL", f"{data} is damaged: restore it from a backup, or delete {data.parent} to begin anew")
    passable = os.geteuid() != 0 or (is_passable(binaries) and is_passable(home.folder))
    fact = "from .venv" if passable else "from .venv, let through closed folders by a capability"
    return Finding("PostgreSQL", fact)


def valkey(_home: Home) -> Finding:
    if os.environ.get("REDIS_URL"):
        return Finding("Valkey", "given by REDIS_URL")
    try:
        valkey_server()
    except Trouble as trouble:
        return bad("Valkey", str(trouble))
    return Finding("Valkey", "from .venv")


def rabbitmq(home: Home) -> Finding:
    if os.environ.get("RABBITMQ_URL"):
        return Finding("RabbitMQ", "given by RABBITMQ_URL")
    found = installation(home.rabbitmq_copy)
    if found is not None:
        return Finding("RabbitMQ", str(found.home))
    if not debian.is_debian():
        return bad("RabbitMQ", "none: install rabbitmq-server or give RABBITMQ_URL")
    how = "installs it with apt-get" if os.geteuid() == 0 else "unpacks it into the home"
    return Finding("RabbitMQ", f"none yet: `up` {how}")


def traefik(_home: Home) -> Finding:
    try:
        traefik_binary()
    except Trouble as trouble:
        return bad("Traefik", str(trouble))
    return Finding("Traefik", "from .venv")


def running(home: Home) -> Finding:
    if not is_running(home):
        return Finding("Stack", f"not running in {home.folder}")
    state = read_state(home)
    weak = [part.name for part in state.parts if part.state != "ready"] if state else []
    if weak:
        fact = f"not ready: {', '.join(weak)}; see `./peepopay logs {weak[0]}`"
        return bad("Stack", fact)
    return Finding("Stack", f"running at {state.url if state else '?'}")
