"""Clockwork: something done again and again, in as many processes as there are; rows are shared by SKIP LOCKED."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.kernel import errors
from services.kernel.telemetry import metrics

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A piece of clockwork: what is done, and how many seconds lie between two rounds."""

    name: str
    every: float
    act: Callable[[], Awaitable[None]]


async def run(job: Job) -> None:
    """Goes on for ever; a round that fails is told and followed by the next."""
    # Replicas that start together shall not ask together.
    await asyncio.sleep(random.uniform(0, min(job.every, 1)))  # noqa: S311 - not for secrets
    while True:
        try:
            await job.act()
        except errors.Unavailable:
            metrics.job_runs.labels(job.name, "waits").inc()
        except Exception:  # noqa: BLE001 - the edge of a background task, which tells and goes on
            metrics.job_runs.labels(job.name, "failed").inc()
            _log.exception("a round of clockwork failed", extra={"job": job.name})
        else:
            metrics.job_runs.labels(job.name, "done").inc()
        await asyncio.sleep(job.every * random.uniform(0.9, 1.1))  # noqa: S311 - not for secrets
