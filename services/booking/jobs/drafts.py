"""Clockwork of bookings that are being made, and of time that is to be given up."""

from datetime import timedelta

from services.booking.use_cases import drafts, releasing
from services.booking.use_cases.clockwork import each_due
from services.booking.use_cases.tools import Tools
from services.kernel.jobs import Job


def jobs(tools: Tools) -> list[Job]:
    return [
        Job("end stale drafts", 2, lambda: each_due(tools, "draft", drafts.end_stale, pause=timedelta(seconds=15))),
        Job("give up time", 2, lambda: each_due(tools, "release", releasing.give_up, pause=timedelta(seconds=10))),
    ]
