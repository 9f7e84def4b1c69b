"""An operator's command to one context: with the variables that are set here, or with those of the running stack."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.errors import Trouble
from stack.home import DEFAULT_HOME, Home
from stack.state import is_running, read_state

# Only where a context is run is it set.
_OF_A_CONTEXT = "IDENTITY_PRIVATE_KEY"


def operate(context: str, module: str, arguments: Sequence[str]) -> int:
    """This process becomes that command."""
    home, rest = home_in(arguments)
    if home is None and _OF_A_CONTEXT in os.environ:
        environ: Mapping[str, str] = os.environ
    else:
        environ = environ_of(context, Home(home or DEFAULT_HOME))
    sys.stdout.flush()
    sys.stderr.flush()
    command = [sys.executable, "-m", module, *rest]
    os.execve(command[0], command, {**os.environ, **environ})  # noqa: S606, no shell and no search on the PATH is meant


def home_in(arguments: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The stack's folder where one is named, and all else, which the command reads."""
    home: Path | None = None
    rest: list[str] = []
    given = iter(arguments)
    for argument in given:
        name, sign, value = argument.partition("=")
        if name != "--home":
            rest.append(argument)
            continue
        folder = value if sign else next(given, "")
        if not folder:
            raise Trouble("--home needs a folder.")
        home = Path(folder)
    return home, rest


def environ_of(context: str, home: Home) -> dict[str, str]:
    """As the running context has it."""
    state = read_state(home) if is_running(home) else None
    pid = next((part.pid for part in state.parts if part.name == context), None) if state is not None else None
    if pid is None:
        raise Trouble(
            f"No {context} is running in {home.folder}: start it with `./peepopay up`, or name its folder with --home."
        )
    try:
        said = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    except OSError as error:
        raise Trouble(f"What {context} was started with cannot be read ({error.strerror}): try again.") from None
    return dict(variable.split("=", 1) for variable in said if "=" in variable)
