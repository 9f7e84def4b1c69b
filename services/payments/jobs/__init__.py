"""Clockwork of payments."""

from services.kernel.jobs import Job
from services.payments.jobs import accounts, money, notices
from services.payments.use_cases.tools import Tools


def jobs(tools: Tools) -> list[Job]:
    return [*accounts.jobs(tools), *money.jobs(tools), *notices.jobs(tools)]
