"""Runs a command that a context has for its operator: `python -m services.kernel.command payments reconcile`."""

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Sequence
from typing import cast

from services import CONTEXTS
from services.kernel.context import Command, Context
from services.kernel.settings import SettingsProblem
from services.kernel.telemetry import logs


async def carried_out(context: Context, command: Command, arguments: Sequence[str]) -> int:
    """The program's exit code."""
    await context.tools.open()
    try:
        return await command(arguments)
    finally:
        await context.tools.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="command", description=__doc__)
    parser.add_argument("context", choices=CONTEXTS)
    parser.add_argument("command")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    try:
        context = cast("Context", importlib.import_module(f"services.{chosen.context}.app").compose(os.environ))
    except SettingsProblem as problem:
        for sentence in problem.problems:
            sys.stderr.write(f"{chosen.context}: {sentence}\n")
        return 2
    command = context.commands.get(chosen.command)
    if command is None:
        known = ", ".join(context.commands) or "none"
        parser.error(f"{chosen.context} has no command `{chosen.command}`; it has: {known}")
    # What is said on the standard output is the answer; everything else goes beside it.
    logs.configure(context.tools.name, "WARNING")
    return asyncio.run(carried_out(context, command, chosen.arguments))


if __name__ == "__main__":
    sys.exit(main())
