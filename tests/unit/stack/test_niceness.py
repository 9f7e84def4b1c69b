"""Who can wait comes after whoever is waited for."""

import os
import sys
from pathlib import Path

from stack.plan import application
from stack.processes import Program, launch

SAY = "import os; print(os.getpriority(os.PRIO_PROCESS, 0))"


def said(program: Program) -> int:
    assert launch(program).wait(10) == 0
    return int(program.log.read_text(encoding="utf-8"))


def test_a_program_is_as_nice_as_it_was_told_to_be(tmp_path: Path) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    env = {"PATH": os.environ["PATH"]}
    argv = [sys.executable, "-c", SAY]
    assert said(Program("plain", argv, tmp_path / "plain.log", tmp_path, env)) == own
    assert said(Program("nicer", argv, tmp_path / "nicer.log", tmp_path, env, nicer=3)) == min(19, own + 3)


def test_only_messages_wait_for_others(tmp_path: Path) -> None:
    made = {
        name: application(name, 1, root=tmp_path, log=tmp_path / "log", env={})
        for name in ("auth", "availability", "booking", "notify", "payments", "sandbox")
    }
    assert {name for name, program in made.items() if program.nicer} == {"notify"}
