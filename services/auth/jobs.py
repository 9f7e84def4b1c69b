"""Clockwork of auth."""

from services.auth.use_cases.cleaning import forget_what_ran_out
from services.auth.use_cases.sessions import settle_copies
from services.auth.use_cases.tools import Tools
from services.kernel.jobs import Job


def jobs(tools: Tools) -> list[Job]:
    return [
        Job("forget what ran out", 300, lambda: forget_what_ran_out(tools)),
        Job("tell Valkey of missed revocations", 1, lambda: settle_copies(tools)),
    ]
