"""Clockwork of money operations that payments has not answered yet. Any number of processes share the rows."""

from datetime import timedelta
from typing import Final

from services.booking.use_cases import operations
from services.booking.use_cases.clockwork import each_due
from services.booking.use_cases.tools import Tools
from services.kernel.jobs import Job

_PAUSE: Final = timedelta(seconds=15)


def jobs(tools: Tools) -> list[Job]:
    return [Job("go on with money operations", 2, lambda: each_due(tools, "money", operations.act, pause=_PAUSE))]
