"""Traefik from its wheel, behind the addresses that a home has chosen."""

import http.client
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.errors import Trouble
from stack.processes import PROBE_TIMEOUT, Program, answers
from stack.secrets import write_private
from stack.servers.server import Server


class Traefik(Server):
    """The one door. Its static configuration knows no environment, so the two addresses that
    it names as ${WEB_ADDRESS} and ${OPS_ADDRESS} are filled in here.
    """

    def __init__(
        self,
        folder: Path,
        gateway: Path,
        *,
        web_port: int,
        ops_port: int,
        env: Mapping[str, str],
        log: Path | None = None,
    ) -> None:
        super().__init__(folder)
        self.gateway = gateway
        self.web_port = web_port
        self.ops_port = ops_port
        self._env = env
        self._log = log

    @property
    def addresses(self) -> dict[str, str]:
        return {
            "WEB_ADDRESS": f"127.0.0.1:{self.web_port}",
            "OPS_ADDRESS": f"127.0.0.1:{self.ops_port}",
        }

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = (self.gateway / "traefik.yml").read_text(encoding="utf-8")
        for name, value in self.addresses.items():
            settings = settings.replace(f"${{{name}}}", value)
        write_private(self._settings, settings)

    def programs(self) -> Sequence[Program]:
        return [
            Program(
                name="traefik",
                argv=[str(traefik_binary()), f"--configfile={self._settings}"],
                log=self._log or self.log,
                # Its configuration and its plugins are found from where it runs.
                cwd=self.gateway,
                env={**self._env, **self.addresses},
                ready=answers(self.ops_port, "/ping"),
                port=self.web_port,
                patience=12.0,
            )
        ]

    def sees_everybody(self) -> bool:
        """Does every service behind the door answer its health check, as the door sees it?"""
        connection = http.client.HTTPConnection("127.0.0.1", self.ops_port, timeout=PROBE_TIMEOUT)
        try:
            connection.request("GET", "/api/http/services?per_page=100")
            listed = json.load(connection.getresponse())
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        states = [state for service in listed for state in service.get("serverStatus", {}).values()]
        return bool(states) and all(state == "UP" for state in states)

    @property
    def _settings(self) -> Path:
        return self.folder / "traefik.yml"


def traefik_binary() -> Path:
    binary = Path(sys.prefix) / "bin" / "traefik"
    if not binary.exists():
        raise Trouble("Traefik is not installed: run `./peepopay up`, which installs it.")
    return binary
