"""Where RabbitMQ's program comes from: the machine, its package archive, or a private copy."""

import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack import debian
from stack.errors import Trouble

OTHER_WAYS = "install rabbitmq-server or give RABBITMQ_URL"


@dataclass(frozen=True, slots=True)
class Installation:
    """RabbitMQ's folder (with its `plugins`), and the folder of Erlang's programs.

    The node is started from these, not by RabbitMQ's own shell scripts: those break on a space
    in a path, and put a shell between us and the node.
    """

    home: Path
    erlang: Path
    # Libraries that came with a private copy; none where the machine has its own.
    libraries: Path | None = None

    def needed_libraries(self) -> list[Path]:
        """RabbitMQ's own folder holds seventy libraries, most of them of plugins that stay off.
        Erlang looks for each module in all of them, so a node that sees only the twenty that it
        needs is there in half the time.
        """
        folders = {
            folder.name.rsplit("-", 1)[0]: folder for folder in (self.home / "plugins").iterdir() if folder.is_dir()
        }
        needed: set[str] = set()
        waiting = ["rabbit", "rabbitmq_prelaunch"]
        while waiting:
            name = waiting.pop()
            if name in folders and name not in needed:
                needed.add(name)
                waiting += applications_named_in(folders[name] / "ebin" / f"{name}.app")
        return [folders[name] for name in sorted(needed)]

    @property
    def path(self) -> str:
        return f"{self.erlang}:/usr/local/bin:/usr/bin:/bin"


def applications_named_in(resource: Path) -> list[str]:
    listed = re.search(r"\{applications,\s*\[(.*?)\]", resource.read_text("utf-8"), re.DOTALL)
    return re.findall(r"[a-z]\w*", listed.group(1)) if listed is not None else []


def installation(private: Path | None = None) -> Installation | None:
    """What is there already: the machine's, else a private copy unpacked before."""
    return of_the_machine() or (unpacked(private) if private is not None else None)


def obtain(private: Path, say: Callable[[str], None]) -> Installation:
    """RabbitMQ, whatever it takes; says beforehand what it is going to do."""
    found = installation(private)
    if found is not None:
        return found
    if not debian.is_debian():
        raise Trouble(f"There is no RabbitMQ on this machine: {OTHER_WAYS}.")
    if os.geteuid() == 0:
        say("Installing rabbitmq-server with apt-get (its service stays off)")
        debian.install("rabbitmq-server")
        debian.keep_down_after_boot("rabbitmq-server.service", "epmd.service", "epmd.socket")
        found = of_the_machine()
    else:
        say("Fetching rabbitmq-server with apt-get, into this home only")
        unpack(private)
        found = unpacked(private)
    if found is None:
        raise Trouble(f"RabbitMQ came without its programs: {OTHER_WAYS}.")
    return found


def of_the_machine() -> Installation | None:
    places = [Path("/usr/lib/rabbitmq")]
    command = shutil.which("rabbitmq-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if command is not None:
        places.append(Path(command).resolve().parent.parent)
    return found_below(places, private=None)


def found_below(places: Sequence[Path], *, private: Path | None) -> Installation | None:
    homes = [home for place in places for home in (place, *sorted(place.glob("lib/*server-*")))]
    home = next((home for home in homes if any(home.glob("plugins/rabbit-*"))), None)
    erlang = shutil.which("erl")
    folder = Path(erlang).parent if erlang is not None else None
    libraries = None
    if private is not None:
        libraries = next(private.glob("usr/lib/*-linux-*"), None)
        own = private / "usr/lib/erlang/bin"
        folder = own if (own / "erl").exists() else folder
    return Installation(home, folder, libraries) if home is not None and folder else None


def unpacked(private: Path) -> Installation | None:
    return found_below([private / "usr/lib/rabbitmq"], private=private)


def unpack(private: Path) -> None:
    draft = private.with_name(f"{private.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    debian.unpack("rabbitmq-server", draft, with_dependencies=True)
    for launcher in draft.glob("usr/lib/erlang/**/bin/erl"):
        # Erlang's launcher names the folder it was built for.
        script = launcher.read_text(encoding="utf-8")
        home = private / "usr/lib/erlang"
        launcher.write_text(script.replace("ROOTDIR=/usr/lib/erlang", f"ROOTDIR='{home}'"), encoding="utf-8")
    shutil.rmtree(private, ignore_errors=True)
    draft.rename(private)
