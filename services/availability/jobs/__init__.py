"""Clockwork of availability."""

from services.availability.jobs import calendars, claims
from services.availability.use_cases import freshness
from services.availability.use_cases.tools import Tools
from services.kernel.jobs import Job


def jobs(tools: Tools) -> list[Job]:
    return [
        Job("tell changes that were left behind", 1, lambda: freshness.tell_left_behind(tools)),
        *claims.jobs(tools),
        *calendars.jobs(tools),
    ]
