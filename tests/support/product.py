"""The whole product, started once for all workers of a test run as a user would start it, through its one program."""

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx

from stack.ports import free_port

_ROOT: Final = Path(__file__).resolve().parents[2]
PASSWORD: Final = "a kettle of nine fish"


@dataclass(frozen=True)
class Product:
    """A running stack, and ways to ask it that a test would otherwise repeat."""

    url: str
    home: Path
    login: dict[str, str]
    tenant_slug: str

    def client(self, **options: Any) -> httpx.Client:
        """A browser of its own: it keeps its cookies."""
        return httpx.Client(base_url=self.url, timeout=20, **options)

    def messages(self, to: str) -> list[dict[str, Any]]:
        with self.client() as client:
            answer = client.get("/sandbox/messages", params={"to": to})
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]
        return found

    def awaited_message(self, to: str, subject: str, *, seconds: float = 20) -> dict[str, Any]:
        """The first message to that address whose subject holds the word."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.messages(to):
                if subject in message["subject"]:
                    return message
            time.sleep(0.1)
        raise AssertionError(f"no message with {subject!r} reached the address within {seconds} s")

    def sign_up(self, client: httpx.Client, **given: Any) -> dict[str, Any]:
        """A verified account, not signed in yet; answers what signing up answered, with the address and password."""
        asked = {
            "email": fresh_address(),
            "password": PASSWORD,
            "name": "Sam Ngata",
            "businessName": f"Harbour Plumbing {uuid4().hex[:6]}",
            **given,
        }
        answer = client.post("/api/auth/signup", json=asked)
        assert answer.status_code == 201, answer.text
        token = token_of(self.awaited_message(asked["email"], "Verify"))
        verified = client.post("/api/auth/verify-email", json={"token": token})
        assert verified.status_code == 200, verified.text
        return {**answer.json()["data"], "email": asked["email"], "password": asked["password"]}

    def command(self, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [_ROOT / "peepopay", *arguments, "--home", self.home],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def fresh_address(name: str = "sam") -> str:
    """An e-mail address that nobody has used."""
    return f"{name}.{uuid4().hex[:12]}@example.com"


@contextmanager
def shared_product(folder: Path) -> Iterator[Product]:
    """The one product of this run: whoever comes first starts it, whoever leaves last ends it."""
    folder.mkdir(parents=True, exist_ok=True)
    register = _Register(folder / "product.json")
    with register.locked() as entry:
        if entry.users == 0:
            entry.facts = _up(folder / "home")
        entry.users += 1
        facts = entry.facts
    try:
        yield Product(facts["url"], folder / "home", facts["login"], facts["tenantSlug"])
    finally:
        with register.locked() as entry:
            entry.users -= 1
            if entry.users == 0:
                _run("down", "--home", str(folder / "home"))


@contextmanager
def own_product(folder: Path, **environ: str) -> Iterator[Product]:
    """A product for one file of tests, with settings of its own."""
    facts = _up(folder / "home", **environ)
    try:
        yield Product(facts["url"], folder / "home", facts["login"], facts["tenantSlug"])
    finally:
        _run("down", "--home", str(folder / "home"))


def token_of(message: dict[str, Any]) -> str:
    """The token in a mail's first link, which is its action."""
    link: str = message["links"][0]
    return parse_qs(urlsplit(link).query)["token"][0]


class _Register:
    """How many use the product, kept in a file that one worker at a time may open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.users = 0
        self.facts: dict[str, Any] = {}

    @contextmanager
    def locked(self) -> Iterator[Self]:
        with self._path.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            held = json.loads(file.read() or "{}")
            self.users, self.facts = held.get("users", 0), held.get("facts", {})
            yield self
            file.seek(0)
            file.truncate()
            file.write(json.dumps({"users": self.users, "facts": self.facts}))
            file.flush()


def _up(home: Path, **environ: str) -> dict[str, Any]:
    line = _run("up", "--detach", "--json", "--unlimited", "--port", str(free_port()), "--home", str(home), **environ)
    facts: dict[str, Any] = json.loads(line)
    return facts


def _run(*arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [_ROOT / "peepopay", *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        env={**{name: value for name, value in os.environ.items() if not name.endswith("_URL")}, **environ},
    )
    assert done.returncode == 0, f"./peepopay {' '.join(arguments)}\n{done.stderr}"
    output: str = done.stdout
    return output
