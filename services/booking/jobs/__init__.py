"""Clockwork of booking. Any number of processes share the rows."""

from services.booking.jobs import drafts, moves, operations, payments
from services.booking.use_cases.tools import Tools
from services.kernel.jobs import Job


def jobs(tools: Tools) -> list[Job]:
    return [*drafts.jobs(tools), *payments.jobs(tools), *moves.jobs(tools), *operations.jobs(tools)]
