"""Clockwork of external calendars. Any number of processes share the rows."""

from services.availability.use_cases import calendars
from services.availability.use_cases.tools import Tools
from services.kernel.jobs import Job


def jobs(tools: Tools) -> list[Job]:
    async def fetch() -> None:
        while await calendars.fetch_due(tools):
            pass

    return [Job("fetch calendars", 1, fetch)]
