"""What a person sees while things come up, and the short table at the end."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from stack.home import DEFAULT_HOME, Home
from stack.supervisor import EVERYTHING


class Progress:
    """One moving line on a terminal; one line per event anywhere else."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._moves = self._out.isatty()
        self._began = time.monotonic()
        self._waiting: list[str] = []
        self._ready = 0

    def say(self, text: str) -> None:
        self._clear()
        self._out.write(f"{text}\n")
        self._out.flush()

    def expect(self, names: Sequence[str]) -> None:
        self._began = time.monotonic()
        self._waiting = list(names)
        self._draw()

    def happened(self, name: str, state: str) -> None:
        if name == EVERYTHING:
            self._clear()
            return
        seconds = time.monotonic() - self._began
        if state == "ready" and name in self._waiting:
            self._waiting.remove(name)
            self._ready += 1
            if not self._moves:
                self.say(f"  {name} is ready ({seconds:.1f} s)")
        elif state == "died":
            self.say(f"  {name} died and is started again")
        self._draw()

    def end(self) -> None:
        self._clear()
        self._moves = False

    def _draw(self) -> None:
        if not self._moves or not self._waiting:
            return
        total = self._ready + len(self._waiting)
        line = f"  {self._ready}/{total} ready, waiting for {', '.join(self._waiting)}"
        self._out.write(f"\r\x1b[2K{line[:100]}")
        self._out.flush()

    def _clear(self) -> None:
        if self._moves:
            self._out.write("\r\x1b[2K")
            self._out.flush()


def home_option(home: Home) -> str:
    return "" if home.folder == DEFAULT_HOME.resolve() else f" --home {home.folder}"


def table(answer: Mapping[str, Any], home: Home, *, attached: bool) -> str:
    login = answer["login"]
    rows = [
        ("Booking page" if login else "Widget", answer["widget"]),
        ("Dashboard", answer["dashboard"]),
        ("Sandbox", answer["sandbox"]),
        ("API docs", answer["docs"]),
    ]
    if login:
        rows.append(("Sign in", f"{login['email']}  {login['password']}"))
    option = home_option(home)
    rows.append(("Logs", f"./peepopay logs{option}"))
    rows.append(("Stop", "Ctrl-C" if attached else f"./peepopay down{option}"))
    lines = [f"  {name:<14}{value}" for name, value in rows]
    return "\n".join([f"PeepoPay is up at {answer['url']}", "", *lines, ""])
