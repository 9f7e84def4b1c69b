"""The launcher as a person uses it: one program, one sentence where something is wrong."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.home import ROOT, Home
from stack.ports import free_port
from stack.processes import session_members
from stack.state import read_state

PEEPOPAY = ROOT / "peepopay"


def peepopay(*arguments: object, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PEEPOPAY), *(str(argument) for argument in arguments)],
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    yield folder
    peepopay("down", "--home", folder)


def sessions_of(home: Path) -> list[int]:
    state = read_state(Home(home))
    assert state is not None
    return [part.pid for part in state.parts if part.pid is not None]


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence, after the lines that say what is being done."""
    assert done.returncode not in {0, -signal.SIGKILL}
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_port_in_use_is_told_and_nothing_is_started(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        done = peepopay("up", "--detach", "--json", "--port", taken, "--home", home)
    assert f"Port {taken} is in use" in refusal(done)
    assert not (home / "stack.json").exists()


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        assert "--home" in refusal(peepopay("up", "--detach", "--home", folder))


def test_a_given_server_that_is_not_there_is_told(home: Path) -> None:
    done = peepopay(
        "up", "--detach", "--port", free_port(), "--home", home, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0"
    )
    assert "REDIS_URL" in refusal(done)


def test_where_nothing_runs_the_commands_say_so(home: Path) -> None:
    assert peepopay("down", "--home", home).returncode == 0
    status = peepopay("status", "--home", home, "--json")
    assert json.loads(status.stdout)["running"] is False
    assert status.returncode != 0
    assert "no logs" in refusal(peepopay("logs", "--home", home))


def login(facts: dict[str, Any]) -> httpx.Response:
    return httpx.post(f"{facts['url']}/api/auth/login", json=facts["login"], timeout=20)


@pytest.mark.timeout(300)
def test_the_life_of_a_stack(home: Path) -> None:
    port = free_port()
    wanted = ("up", "--detach", "--json", "--port", port, "--home", home)

    first = peepopay(*wanted)
    assert first.returncode == 0, first.stderr
    facts = json.loads(first.stdout)
    assert first.stdout.count("\n") == 1
    assert facts["url"] == f"http://localhost:{port}"
    assert facts["widget"].endswith(f"/{facts['tenantSlug']}")
    assert login(facts).status_code == 200
    for name in ("url", "dashboard", "docs", "sandbox"):
        assert httpx.get(facts[name], follow_redirects=True, timeout=20).status_code == 200, name

    # Once more in the same home is the same stack.
    assert json.loads(peepopay(*wanted).stdout) == facts

    # A context that is killed comes back, and the rest does not notice.
    parts = {part["name"]: part for part in json.loads(peepopay("status", "--home", home, "--json").stdout)["parts"]}
    assert {"auth", "sandbox", "postgres", "rabbitmq", "valkey", "traefik", "pages"} <= parts.keys()
    os.kill(parts["auth"]["pid"], signal.SIGKILL)
    wait_for(lambda: restarts(home, "auth") == 1)
    wait_for(lambda: login(facts).status_code == 200)
    assert restarts(home, "booking") == 0

    # The launcher itself is killed: nothing stays, and the next start finds all as it was.
    state, sessions = read_state(Home(home)), sessions_of(home)
    assert state is not None
    os.kill(state.pid, signal.SIGKILL)
    wait_for(lambda: not any(session_members(session) for session in sessions))
    again = peepopay(*wanted)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == facts
    assert login(facts).status_code == 200

    sessions = sessions_of(home)
    down = peepopay("down", "--home", home)
    assert down.returncode == 0
    assert not any(session_members(session) for session in sessions)
    assert not (home / "stack.json").exists()
    for file in (home / "secrets").iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def restarts(home: Path, name: str) -> int:
    state = read_state(Home(home))
    assert state is not None
    part = next(part for part in state.parts if part.name == name)
    return part.restarts if part.state == "ready" else -1


def wait_for(holds: Callable[[], bool], within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)
