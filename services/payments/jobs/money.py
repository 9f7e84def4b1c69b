"""Clockwork of payments and refunds. Any number of processes share the rows."""

from typing import Final

from prometheus_client import Gauge

from services.kernel.jobs import Job
from services.payments.use_cases import sweeps
from services.payments.use_cases.tools import Tools

payments_parked: Final = Gauge(
    "payments_parked", "What the payment company says and does not fit, until a person looks"
)


def jobs(tools: Tools) -> list[Job]:
    async def count_parked() -> None:
        payments_parked.set(await sweeps.count_parked(tools))

    return [
        Job("ask about open intents", 2, lambda: sweeps.look_after_intents(tools)),
        Job("give up stray intents", 5, lambda: sweeps.look_after_strays(tools)),
        Job("ask about open links", 5, lambda: sweeps.look_after_links(tools)),
        Job("make refunds that are due", 2, lambda: sweeps.look_after_refunds(tools)),
        Job("ask for what the payment company took", 5, lambda: sweeps.learn_costs(tools)),
        Job("count what is parked", 15, count_parked),
    ]
