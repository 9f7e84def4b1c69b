"""What a stack is made of: which programs, in which order, kept or run once."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stack.processes import Program, answers
from stack.servers import Server

# On one machine with all the others: a message can wait for as long as somebody waits for an answer.
_NICER: Final = {"notify": 10}


def nothing() -> None:
    """A part that needs no preparation."""


@dataclass(frozen=True, slots=True)
class Part:
    """A program in the stack: after which others it starts, and whether it is to keep running."""

    program: Program
    after: tuple[str, ...] = ()
    prepare: Callable[[], None] = nothing
    once: bool = False

    @property
    def name(self) -> str:
        return self.program.name


def parts_of(server: Server, *, after: tuple[str, ...] = ()) -> list[Part]:
    """A server's programs one after the other, the server made ready before its last."""
    parts: list[Part] = []
    programs = server.programs()
    for program in programs:
        last = program is programs[-1]
        parts.append(Part(program, after, prepare=server.prepare if last else nothing))
        after = (*after, program.name)
    return parts


def application(name: str, port: int, *, root: Path, log: Path, env: dict[str, str]) -> Program:
    return Program(
        name=name,
        argv=[
            sys.executable, "-m", "services.kernel.run", name,
            "--role", "all", "--host", "127.0.0.1", "--port", str(port),
        ],
        log=log,
        cwd=root,
        env=env,
        ready=answers(port, "/health/ready"),
        alive=answers(port, "/health"),
        port=port,
        patience=15.0,
        nicer=_NICER.get(name, 0),
    )  # fmt: skip


def stopping_order(parts: Sequence[Part]) -> list[list[Part]]:
    """Groups to stop one after the other: nobody loses what it stands on before it is gone."""
    height: dict[str, int] = {}
    by_name = {part.name: part for part in parts}

    def height_of(name: str) -> int:
        if name not in height:
            below = [height_of(needed) for needed in by_name[name].after if needed in by_name]
            height[name] = 1 + max(below, default=-1)
        return height[name]

    groups: dict[int, list[Part]] = {}
    for part in parts:
        groups.setdefault(height_of(part.name), []).append(part)
    return [groups[level] for level in sorted(groups, reverse=True)]
