"""What all servers have in common: prepared, begun, awaited, stopped."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from stack.processes import Program, end, launch, wait_until_ready
from stack.secrets import kept_secret


class Server:
    """A server in a folder of its own, made of one program or several."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []

    def prepare(self) -> None:
        """Make what the programs need before they start; quick when it is there already."""
        raise NotImplementedError

    def programs(self) -> Sequence[Program]:
        """What runs, in the order in which it is started."""
        raise NotImplementedError

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def password(self) -> str:
        return kept_secret(self.folder / "password")

    def begin(self) -> None:
        self.prepare()
        for program in self.programs():
            self._running.append((program, launch(program)))

    def wait(self, *, within: float = 60.0) -> None:
        try:
            for program, process in self._running:
                wait_until_ready(program, process, within=within)
        except BaseException:
            self.stop(at_once=True)
            raise

    def start(self) -> None:
        self.begin()
        self.wait()

    def stop(self, *, at_once: bool = False) -> None:
        while self._running:
            program, process = self._running.pop()
            end(program, process, at_once=at_once)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
