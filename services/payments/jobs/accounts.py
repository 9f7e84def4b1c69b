"""Clockwork of accounts. Any number of processes share the rows."""

from services.kernel.jobs import Job
from services.payments.use_cases import accounts
from services.payments.use_cases.tools import Tools


def jobs(tools: Tools) -> list[Job]:
    async def refresh() -> None:
        while await accounts.refresh_due(tools):
            pass

    return [Job("refresh accounts", 30, refresh)]
