"""A RabbitMQ node of our own: its name server, its folders, its virtual hosts."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from stack.errors import Trouble
from stack.ports import chosen_ports
from stack.processes import PROBE_TIMEOUT, Program, accepts, last_words
from stack.secrets import kept_secret, write_private
from stack.servers.rabbitmq.origin import OTHER_WAYS, Installation, installation
from stack.servers.server import Server

USER = "peepopay"
VHOST = "peepopay"
NODE = "peepopay@localhost"


@dataclass(frozen=True, slots=True)
class RabbitPorts:
    """Clients, other nodes and tools, and Erlang's name server."""

    amqp: int
    distribution: int
    names: int

    @classmethod
    def free(cls) -> Self:
        return cls(**chosen_ports(["amqp", "distribution", "names"], {}))


class RabbitMQ(Server):
    """One node and its own name server, both on loopback only."""

    def __init__(
        self,
        folder: Path,
        ports: RabbitPorts,
        *,
        durable: bool = True,
        log: Path | None = None,
        origin: Installation | None = None,
    ) -> None:
        super().__init__(folder)
        self.ports = ports
        self.durable = durable
        self._log = log
        found = origin or installation()
        if found is None:
            raise Trouble(f"There is no RabbitMQ on this machine: {OTHER_WAYS}.")
        self._origin = found

    @property
    def url(self) -> str:
        return self.url_of(VHOST)

    def url_of(self, vhost: str) -> str:
        return f"amqp://{USER}:{self.password}@127.0.0.1:{self.ports.amqp}/{quote(vhost, safe='')}"

    def add_vhosts(self, names: Iterable[str]) -> None:
        """Make virtual hosts and open them to our user, all in one call of the tool."""
        self._evaluate(
            "[begin "
            f'rabbit_vhost:add(N, <<"{USER}">>), '
            f'rabbit_auth_backend_internal:set_permissions(<<"{USER}">>, N, '
            f'<<".*">>, <<".*">>, <<".*">>, <<"{USER}">>) '
            f"end || N <- {erlang_names(names)}], ok."
        )

    def drop_vhosts(self, names: Iterable[str]) -> None:
        self._evaluate(f'[rabbit_vhost:delete(N, <<"{USER}">>) || N <- {erlang_names(names)}], ok.')

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Messages lie in it as they are, and the folder around it may be open to others.
        self.folder.chmod(0o700)
        cookie = self.folder / ".erlang.cookie"
        kept_secret(cookie)
        # Erlang refuses a cookie that its owner could still change.
        cookie.chmod(0o400)
        (self.folder / "enabled_plugins").write_text("[].\n", encoding="ascii")
        write_private(self.folder / "rabbitmq.conf", self._settings())
        if not self._made.exists():
            # A first start that was cut off may have left half a database.
            shutil.rmtree(self._data, ignore_errors=True)
        shutil.rmtree(self._libraries, ignore_errors=True)
        self._libraries.mkdir()
        for library in self._origin.needed_libraries():
            (self._libraries / library.name).symlink_to(library)

    def programs(self) -> Sequence[Program]:
        return [
            Program(
                name="rabbitmq-names",
                argv=[
                    str(self._origin.erlang / "epmd"),
                    *("-address", "127.0.0.1"),
                    *("-port", str(self.ports.names)),
                    # Only who is on this machine reaches it, and the node's exit frees its name.
                    "-relaxed_command_check",
                ],
                log=self._log or self.log,
                cwd=self.folder,
                env=self._environment(),
                ready=accepts(self.ports.names),
                port=self.ports.names,
                patience=2.0,
            ),
            Program(
                name="rabbitmq",
                argv=[
                    str(self._origin.erlang / "erl"),
                    *("-noinput", "-boot", "start_sasl", "-s", "rabbit", "boot"),
                    *("+W", "w", "+B", "i", "-syslog", "logger", "[]"),
                    *("+MBas", "ageffcbf", "+MHas", "ageffcbf"),
                    *("+MBlmbcs", "512", "+MHlmbcs", "512", "+MMmcs", "30"),
                    *("+P", "1048576", "+t", "5000000"),
                    # Two cores are shared by the whole stack: no scheduler waits by spinning.
                    *("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"),
                    # The distribution port listens on every address unless told otherwise.
                    *("-kernel", "inet_dist_use_interface", "{127,0,0,1}"),
                    *("-kernel", "prevent_overlapping_partitions", "false"),
                    # The name server is ours to start and to end.
                    *("-start_epmd", "false"),
                ],
                log=self._log or self.log,
                cwd=self.folder,
                env=self._environment(),
                ready=self._greets,
                port=self.ports.amqp,
                farewell=signal.SIGTERM if self.durable else signal.SIGKILL,
                patience=20.0,
            ),
        ]

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _libraries(self) -> Path:
        return self.folder / "libraries"

    def _settings(self) -> str:
        settings = {
            "listeners.tcp.local": f"127.0.0.1:{self.ports.amqp}",
            "default_user": USER,
            "default_pass": self.password,
            "default_vhost": VHOST,
            "default_user_tags.administrator": "true",
            "log.console": "true",
            "log.console.level": "warning",
            "log.console.use_colors": "off",
            "log.file": "false",
            "disk_free_limit.absolute": "64MB",
            "vm_memory_high_watermark.absolute": "1GB",
            # The write-ahead log of all quorum queues together; the default keeps 512 MB.
            "raft.wal_max_size_bytes": str(64 * 1024 * 1024),
        }
        return "".join(f"{name} = {value}\n" for name, value in settings.items())

    def _environment(self) -> dict[str, str]:
        environment = {
            "PATH": self._origin.path,
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "ERL_LIBS": str(self._libraries),
            "RABBITMQ_PLUGINS_DIR": str(self._libraries),
            "ERL_MAX_ETS_TABLES": "50000",
            "ERL_MAX_PORTS": "65536",
            "SYS_PREFIX": "",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.ports.amqp),
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_MNESIA_BASE": str(self._data),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.folder / "generated"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(self.folder / "feature_flags"),
            "ERL_EPMD_PORT": str(self.ports.names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP_SECONDS": "0",
        }
        if self._origin.libraries is not None:
            environment["LD_LIBRARY_PATH"] = str(self._origin.libraries)
        return environment

    def _greets(self, _pid: int) -> bool:
        """A client's first bytes are answered: the listener is the last thing to come up."""
        try:
            address = ("127.0.0.1", self.ports.amqp)
            with socket.create_connection(address, PROBE_TIMEOUT) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                # The first byte of Connection.Start, a method frame.
                is_ready = connection.recv(1) == b"\x01"
        except OSError:
            return False
        if is_ready:
            self._made.touch()
        return is_ready

    @property
    def _made(self) -> Path:
        return self.folder / "made"

    def _evaluate(self, expression: str) -> None:
        done = subprocess.run(
            [
                str(self._origin.erlang / "erl"),
                *("-noinput", "-noshell", "-hidden", "-boot", "start_clean"),
                *("-start_epmd", "false", "-sname", f"tool-{os.getpid()}@localhost"),
                *("-kernel", "inet_dist_use_interface", "{127,0,0,1}"),
                *("-eval", remotely(expression)),
            ],
            env=self._environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip() or last_words(self._log or self.log)
            raise Trouble(f"RabbitMQ refused: {said[:300]}")


def remotely(expression: str) -> str:
    """An Erlang program that has the node work out an expression, and exits 1 if it cannot."""
    written = expression.replace("\\", "\\\\").replace('"', '\\"')
    return (
        f'{{ok, Tokens, _}} = erl_scan:string("{written}"), '
        "{ok, Parsed} = erl_parse:parse_exprs(Tokens), "
        f"case rpc:call('{NODE}', erl_eval, exprs, [Parsed, []]) of "
        "{value, _, _} -> halt(0); "
        'Wrong -> io:format("~p~n", [Wrong]), halt(1) end.'
    )


def erlang_names(names: Iterable[str]) -> str:
    """An Erlang list of binaries. The names are ours, yet a stray quote must not be code."""
    listed = list(names)
    for name in listed:
        if not name.replace("-", "").replace("_", "").isalnum():
            raise Trouble(f"`{name}` is no name for a virtual host: use letters, digits, - and _.")
    return "[" + ", ".join(f'<<"{name}">>' for name in listed) + "]"
