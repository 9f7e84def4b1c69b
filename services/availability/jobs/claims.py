"""Clockwork of claims. Any number of processes share the rows."""

from typing import Final

from services.availability.use_cases import upkeep
from services.availability.use_cases.tools import Tools
from services.kernel.jobs import Job

_DAILY: Final = 86_400


def jobs(tools: Tools) -> list[Job]:
    return [
        Job("end holds", 1, lambda: upkeep.end_holds(tools)),
        Job("ask about orphans", 5, lambda: upkeep.ask_about_orphans(tools)),
        Job("forget old bookings", _DAILY, lambda: upkeep.forget_old(tools)),
    ]
