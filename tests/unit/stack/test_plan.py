"""The order in which the parts of a stack stop."""

from pathlib import Path

from stack.plan import Part, stopping_order
from stack.processes import Program


def part(name: str, *after: str) -> Part:
    return Part(Program(name=name, argv=["true"], log=Path("/dev/null"), cwd=Path("/")), after)


def test_nobody_loses_what_it_stands_on() -> None:
    parts = [part("postgres"), part("migrate", "postgres"), part("auth", "migrate"), part("valkey")]
    names = [[each.name for each in group] for group in stopping_order(parts)]
    assert names == [["auth"], ["migrate"], ["postgres", "valkey"]]


def test_what_is_given_from_outside_is_waited_for_by_nobody() -> None:
    names = [[each.name for each in group] for group in stopping_order([part("auth", "elsewhere")])]
    assert names == [["auth"]]
