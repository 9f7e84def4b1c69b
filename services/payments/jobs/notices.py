"""Notices that nobody worked on, and how many there are."""

from services.kernel.jobs import Job
from services.payments.use_cases import notices
from services.payments.use_cases.tools import Tools


def jobs(tools: Tools) -> list[Job]:
    return [
        Job("work on notices left behind", 5, lambda: notices.work_on_left_behind(tools)),
        Job("measure notices", 15, lambda: notices.measure(tools)),
        Job("forget texts of notices", 3_600, lambda: notices.forget_texts(tools)),
    ]
