"""Sends again: what was parked, a context's present facts, or what a company outside told it.

`python -m services.kernel.replay payments [--facts | --notices [ID…]]`
"""

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
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
    return 0 if context.republish is None else await _opened(context, context.republish)


async def notices(context: Context, ids: Sequence[str]) -> int:
    """How many notices are worked on again, by the context's own processes."""
    renotice = context.renotice
    return 0 if renotice is None else await _opened(context, lambda: renotice(ids))


async def _opened(context: Context, act: Callable[[], Awaitable[int]]) -> int:
    await context.tools.open()
    try:
        return await act()
    finally:
        await context.tools.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="replay", description=__doc__)
    parser.add_argument("context", nargs="?", choices=CONTEXTS, help="one of them, or none for all")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--facts", action="store_true", help="publish the present facts instead of what was parked")
    what.add_argument(
        "--notices",
        nargs="*",
        metavar="ID",
        help="work again on what companies outside told: these notices, or all that wait for a person",
    )
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
        if chosen.notices is not None:
            sys.stdout.write(f"{name}: {asyncio.run(notices(context, chosen.notices))} notices\n")
            continue
        for queue, count in asyncio.run(parked(context)).items():
            sys.stdout.write(f"{queue}: {count} events\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
