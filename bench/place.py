"""A stack of a bench's own: started in a temporary home, taken away afterwards."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from stack.errors import Trouble
from stack.home import ROOT
from stack.ports import free_port
from stack.processes import Program, answers, end, launch, wait_until_ready
from stack.servers import Postgres
from stack.servers.traefik import Traefik

_LOOKS: Final = 200
_PAUSE: Final = 0.1


@dataclass(frozen=True)
class Place:
    """The running stack, and what a program beside it needs to know."""

    url: str
    home: Path
    # Of the stack's own availability: its accounts and keys.
    environ: Mapping[str, str]
    # As superuser.
    database_url: str
    # Of every part of it.
    pids: Mapping[str, int]

    def environ_of(self, context: str) -> dict[str, str]:
        """What that context of the stack's own was started with."""
        return _environ_of(self.pids[context])

    def other(self, name: str, *, cache: int) -> dict[str, str]:
        """The environment of an availability with a database and a cache of its own."""
        return {
            **self.environ,
            "DATABASE_URL": urlsplit(self.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl(),
            "REDIS_URL": urlsplit(self.environ["REDIS_URL"])._replace(path=f"/{cache}").geturl(),
        }

    def superuser(self, name: str) -> str:
        return urlsplit(self.database_url)._replace(path=f"/{name}").geturl()

    def migrate(self, name: str) -> None:
        """Give the database availability's tables."""
        account = urlsplit(self.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "MIGRATION_DATABASE_URL": self.superuser(name),
            "AVAILABILITY_DATABASE_URL": account,
        }
        _done([sys.executable, "-m", "services.kernel.migrate", "availability"], environ)

    @contextmanager
    def program(self, module: str, environ: Mapping[str, str], name: str) -> Iterator[str]:
        """A program that serves HTTP on the port that its last argument names; its address."""
        port = free_port()
        program = Program(
            name=name,
            argv=[sys.executable, "-m", module, str(port)],
            log=self.home / "logs" / f"{name}.log",
            cwd=ROOT,
            env=dict(environ),
            ready=answers(port, "/health/ready"),
            port=port,
        )
        with _running(program):
            yield f"http://127.0.0.1:{port}"

    @contextmanager
    def gateway(self, changed: Mapping[str, str], name: str) -> Iterator[str]:
        """A second door, told the same as the first but for what is changed; its address."""
        ports = free_port(), free_port()
        door = Traefik(
            self.home / name,
            ROOT / "gateway",
            web_port=ports[0],
            ops_port=ports[1],
            env={**self.environ_of("traefik"), **changed},
            log=self.home / "logs" / f"{name}.log",
        )
        door.prepare()
        (program,) = door.programs()
        with _running(program):
            for _ in range(_LOOKS):
                if door.sees_everybody():
                    break
                time.sleep(_PAUSE)
            else:
                raise Trouble(f"{name} does not see all who stand behind it.")
            yield f"http://127.0.0.1:{ports[0]}"


@contextmanager
def _running(program: Program) -> Iterator[None]:
    process = launch(program)
    try:
        wait_until_ready(program, process, within=60)
        yield
    finally:
        end(program, process, at_once=True)


@contextmanager
def started() -> Iterator[Place]:
    """The whole product, with no limits and no demo business."""
    folder = Path(tempfile.mkdtemp(prefix="peepopay-bench-"))
    # PostgreSQL runs as another user where we are root, and has to get to its own folder.
    folder.chmod(0o711)
    home = folder / "home"
    command = [str(ROOT / "peepopay")]
    try:
        options = ["--home", str(home), "--port", str(free_port()), "--seed", "none", "--unlimited"]
        said = _done([*command, "up", *options, "--detach", "--json"], None)
        try:
            yield _place(json.loads(said)["url"], home)
        finally:
            _done([*command, "down", "--home", str(home)], None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place(url: str, home: Path) -> Place:
    status = json.loads(_done([str(ROOT / "peepopay"), "status", "--home", str(home), "--json"], None))
    pids = {part["name"]: part["pid"] for part in status["parts"]}
    ports = json.loads((home / "ports.json").read_text(encoding="utf-8"))
    return Place(
        url=url,
        home=home,
        environ=_environ_of(pids["availability"]),
        database_url=Postgres(home / "postgres", ports["postgres"]).url,
        pids=pids,
    )


def _environ_of(pid: int) -> dict[str, str]:
    said = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(variable.split("=", 1) for variable in said if "=" in variable)


def _done(command: Sequence[str], environ: Mapping[str, str] | None) -> str:
    done = subprocess.run(  # noqa: S603 - our own programs
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        raise Trouble(f"{' '.join(command)}: {done.stderr or done.stdout}")
    return done.stdout
