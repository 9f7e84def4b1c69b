"""Clockwork of deposits: the time to pay ends, what was paid is confirmed, and how many wait for it is seen."""

from datetime import timedelta
from typing import Final

from prometheus_client import Gauge

from services.booking.store import timers
from services.booking.use_cases import expiring, paying
from services.booking.use_cases.clockwork import each_due
from services.booking.use_cases.tools import Tools
from services.kernel.jobs import Job

paid_unconfirmed: Final = Gauge(
    "bookings_paid_unconfirmed", "Bookings that have been paid for more than a minute and are not confirmed"
)
_TOO_LONG: Final = timedelta(minutes=1)


def jobs(tools: Tools) -> list[Job]:
    async def measure() -> None:
        async with tools.db.transaction() as tx:
            count = await timers.waiting_since(tx, "paid", tools.clock.now() - _TOO_LONG)
        paid_unconfirmed.set(count)

    return [
        Job(
            "end the time to pay",
            1,
            lambda: each_due(tools, "expire", expiring.end_time_to_pay, pause=timedelta(seconds=10)),
        ),
        Job(
            "ask about deposits",
            5,
            lambda: each_due(tools, "ask", paying.settle_as_known, pause=timedelta(seconds=60)),
        ),
        Job(
            "confirm what is paid",
            2,
            lambda: each_due(tools, "paid", paying.settle_again, pause=timedelta(seconds=5)),
        ),
        Job("measure what is paid and not confirmed", 15, measure),
    ]
