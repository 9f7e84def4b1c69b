"""A home: the folder that holds all of one stack's data, secrets, ports and logs."""

import base64
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from stack.errors import Trouble
from stack.ports import chosen_ports
from stack.secrets import kept_secret, write_private

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_HOME = ROOT / ".peepopay"

# Databases, the broker's journal and the logs of a first run, with air to breathe.
ROOM_NEEDED = 1_000 * 1024 * 1024


class Home:
    """Where one stack lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def state(self) -> Path:
        return self.folder / "stack.json"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def rabbitmq_copy(self) -> Path:
        """RabbitMQ's program where neither the machine has it nor we may install it."""
        return self.folder / "rabbitmq-program"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """The folder, if it can be had with enough room; one clear sentence if not."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError:
            raise Trouble(f"{self.folder} is not a folder: choose another home with --home.") from None
        except OSError as error:
            raise Trouble(
                f"The home {self.folder} cannot be made ({error.strerror}): choose another one with --home."
            ) from None
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise Trouble(
                f"You may not write to {self.folder}: choose another home with --home, or make the folder yours."
            )
        self.check_room()

    def check_room(self) -> None:
        room = shutil.disk_usage(self.folder).free
        if room < ROOM_NEEDED:
            raise Trouble(
                f"There are only {room // 1_000_000} MB free at {self.folder}, and "
                f"{ROOM_NEEDED // 1_000_000} MB are needed: make room, or choose another home "
                "with --home."
            )

    def ports(self, names: Sequence[str], *, reserved: frozenset[int]) -> dict[str, int]:
        """The ports of last time, but for those that somebody else has taken meanwhile."""
        file = self.folder / "ports.json"
        try:
            remembered = json.loads(file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            remembered = {}
        chosen = chosen_ports(names, remembered, reserved=reserved)
        write_private(file, json.dumps(chosen, indent=2) + "\n")
        return chosen

    def secret(self, name: str) -> str:
        return kept_secret(self.folder / "secrets" / name)

    def key(self, name: str) -> str:
        """32 random bytes in base64: a secret key, or the seed of an Ed25519 key."""
        return kept_secret(self.folder / "secrets" / name, fresh_key)


def fresh_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
