"""Sends again: what was parked, or a context's present facts. `python -m services.kernel.replay auth [--facts]`."""

import argparse
import asyncio
import importlib
import os
import sys
from typing import cast

from services import CONTEXTS
from services.kernel.context import Context
from services.kernel.settings import SettingsProblem


async def parked(context: Context) -> dict[str, int]:
    """How many events of each queue go to their handlers again."""
    await context.bus.run(consume=False)
    try:
        return {queue: await context.bus.replay_parked(queue) for queue in context.bus.queues}
    finally:
        await context.bus.close()


async def facts(context: Context) -> int:
    """How many facts were stored for sending; the context's relay sends them."""
    if context.republish is None:
        return 0
    await context.tools.open()
    try:
        return await context.republish()
    finally:
        await context.tools.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="replay", description=__doc__)
    parser.add_argument("context", nargs="?", choices=CONTEXTS, help="one of them, or none for all")
    parser.add_argument("--facts", action="store_true", help="publish the present facts instead of what was parked")
    chosen = parser.parse_args()
    names = [chosen.context] if chosen.context else list(CONTEXTS)
    for name in names:
        try:
            context = cast("Context", importlib.import_module(f"services.{name}.app").compose(os.environ))
        except SettingsProblem as problem:
            for sentence in problem.problems:
                sys.stderr.write(f"{name}: {sentence}\n")
            return 2
        if chosen.facts:
            sys.stdout.write(f"{name}: {asyncio.run(facts(context))} facts\n")
            continue
        for queue, count in asyncio.run(parked(context)).items():
            sys.stdout.write(f"{queue}: {count} events\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
