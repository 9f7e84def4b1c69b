"""The supervisor with small programs: order, restarts, and that nothing ever stays behind.

Run as a program (with a home and a plan as arguments), this file is
the supervisor that its own tests start, kill and look at.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from stack.errors import Trouble
from stack.home import ROOT, Home
from stack.plan import Part
from stack.processes import Program, accepts, stat_of
from stack.state import PartState, StackState, ask_to_stop, holding, is_running, read_state, remove_leftovers
from stack.supervisor import Supervisor

# Two cores shared with the rest of the run: starts take several times what they take alone.
pytestmark = pytest.mark.timeout(180)

SLEEP = ("sleep", "1000")
# Leaves a child in its session, and another that runs away into a session of its own.
LITTER = ("sh", "-c", "sleep 1001 & setsid sleep 1002 & wait")
STUBBORN = ("sh", "-c", "trap '' TERM; while :; do sleep 0.05; done")


@dataclass(frozen=True)
class Wish:
    """One part of a plan, as it is handed to the process under test."""

    name: str
    argv: Sequence[str]
    after: Sequence[str] = ()
    once: bool = False
    port: int | None = None
    patience: float = 5.0


def part(wish: Wish, home: Home) -> Part:
    program = Program(
        name=wish.name,
        argv=wish.argv,
        log=home.log(wish.name),
        cwd=home.folder,
        env={"PATH": os.environ["PATH"]},
        patience=wish.patience,
        ready=accepts(wish.port) if wish.port else lambda _pid: True,
    )
    return Part(program, tuple(wish.after), once=wish.once)


def main(folder: str, plan: str) -> int:
    home = Home(Path(folder))
    home.make()
    parts = [part(Wish(**wish), home) for wish in json.loads(plan)]

    def tell(name: str, state: str) -> None:
        sys.stdout.write(f"{name} {state}\n")
        sys.stdout.flush()

    try:
        with holding(home):
            supervisor = Supervisor(home, parts, "http://localhost:1", tell)
            asyncio.run(supervisor.run(lambda: {"url": "http://localhost:1"}))
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


Start = Callable[..., "Running"]


@dataclass
class Running:
    """A supervisor process and its home."""

    process: subprocess.Popen[str]
    home: Home

    def until_up(self) -> StackState:
        return self.until(lambda state: state.ready)

    def until(self, holds: Callable[[StackState], bool]) -> StackState:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            state = read_state(self.home)
            if state is not None and holds(state):
                return state
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.02)
        raise AssertionError(f"waited in vain: {read_state(self.home)}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def begin(*plan: Wish, home: str = "home") -> Running:
        process = subprocess.Popen(
            [sys.executable, __file__, str(tmp_path / home), json.dumps([vars(wish) for wish in plan])],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(Running(process, Home(tmp_path / home)))
        return started[-1]

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.terminate()
        running.process.communicate(timeout=20)
        remove_leftovers(running.home)


def pids_below(home: Home) -> list[int]:
    """Everything that runs from a home's folder, whoever its parent is."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").readlink() == home.folder:
                found.append(int(entry.name))
        except OSError:
            # It has just ended, or is somebody else's.
            continue
    return found


def gone_within(home: Home, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not pids_below(home):
            return True
        time.sleep(0.02)
    return False


def test_a_part_starts_only_after_what_it_needs(start: Start) -> None:
    made = "until [ -e ready ]; do sleep 0.02; done; echo done > migrated"
    running = start(
        Wish("server", ("sh", "-c", "sleep 0.3; touch ready; exec sleep 1000")),
        Wish("migrate", ("sh", "-c", made), after=["server"], once=True),
        Wish("context", ("sh", "-c", "test -e migrated && exec sleep 1000"), after=["migrate"]),
    )
    state = running.until_up()
    assert {part.name: (part.state, part.restarts) for part in state.parts} == {
        "server": ("ready", 0),
        "context": ("ready", 0),
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_polite_end_leaves_no_process(start: Start, number: signal.Signals) -> None:
    running = start(Wish("plain", SLEEP), Wish("litter", LITTER), Wish("after", SLEEP, after=["plain"]))
    running.until_up()
    running.process.send_signal(number)
    assert running.process.wait(20) == 0
    assert pids_below(running.home) == []
    assert read_state(running.home) is None
    assert not is_running(running.home)


def test_who_does_not_listen_is_ended_when_the_patience_runs_out(start: Start) -> None:
    running = start(Wish("stubborn", STUBBORN, patience=0.5))
    running.until_up()
    ask_to_stop(running.home)
    assert pids_below(running.home) == []


def test_programs_do_not_outlive_a_supervisor_that_was_killed(start: Start) -> None:
    running = start(*(Wish(f"program-{number}", SLEEP) for number in range(5)))
    running.until_up()
    assert len(pids_below(running.home)) == 5
    running.process.kill()
    running.process.wait()
    assert gone_within(running.home, 5)
    assert not is_running(running.home)


def test_what_a_killed_supervisor_left_is_ended(start: Start) -> None:
    # The kernel ends the shell with the supervisor; the shell's own child knows nothing of that.
    running = start(Wish("litter", ("sh", "-c", "sleep 1001 & wait")))
    running.until_up()
    wait_for(lambda: len(pids_below(running.home)) == 2)
    running.process.kill()
    running.process.wait()
    wait_for(lambda: len(pids_below(running.home)) == 1)
    assert remove_leftovers(running.home) == 1
    assert gone_within(running.home, 5)
    assert read_state(running.home) is None


def test_a_stranger_with_the_number_of_a_dead_program_lives_on(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        facts = stat_of(stranger.pid)
        assert facts is not None
        ours = PartState("auth", "ready", pid=stranger.pid, started=facts.started - 1)
        StackState(pid=1, started=0, url="", since=0.0, parts=[ours]).write(home)
        assert remove_leftovers(home) == 0
        assert stranger.poll() is None
        stranger.kill()


def test_a_program_that_was_killed_is_back_as_another_process(start: Start) -> None:
    running = start(Wish("one", SLEEP), Wish("other", SLEEP))
    first = {part.name: part.pid for part in running.until_up().parts}
    assert first["one"] is not None
    os.kill(first["one"], signal.SIGKILL)
    state = running.until(lambda state: state.parts[0].restarts == 1 and state.parts[0].state == "ready")
    second = {part.name: part.pid for part in state.parts}
    assert second["one"] not in {None, first["one"]}
    assert second["other"] == first["other"]


def test_one_part_that_cannot_start_ends_all_with_a_sentence(start: Start) -> None:
    running = start(
        Wish("well", SLEEP),
        Wish("broken", ("sh", "-c", "echo the disk is on fire; exit 3"), port=1),
    )
    assert running.process.wait(20) == 1
    said = running.process.communicate()[1]
    assert "broken did not start: the disk is on fire" in said
    assert "Traceback" not in said
    assert pids_below(running.home) == []
    assert read_state(running.home) is None


def test_a_step_that_fails_ends_all_with_a_sentence(start: Start) -> None:
    running = start(Wish("well", SLEEP), Wish("migrate", ("sh", "-c", "echo no such role; exit 1"), once=True))
    assert running.process.wait(20) == 1
    assert "migrate failed: no such role" in running.process.communicate()[1]
    assert pids_below(running.home) == []


def test_two_stacks_live_beside_each_other(start: Start) -> None:
    one, other = start(Wish("program", SLEEP), home="one"), start(Wish("program", SLEEP), home="other")
    one.until_up()
    other.until_up()
    ask_to_stop(one.home)
    assert pids_below(one.home) == []
    assert len(pids_below(other.home)) == 1
    assert is_running(other.home)


def test_a_home_holds_one_stack_only(start: Start) -> None:
    first = start(Wish("program", SLEEP))
    first.until_up()
    second = start(Wish("program", SLEEP))
    assert second.process.wait(20) != 0
    assert "Another `up` is at work" in second.process.communicate()[1]
    assert len(pids_below(first.home)) == 1


def wait_for(holds: Callable[[], bool], within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
