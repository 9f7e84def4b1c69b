"""Counters for Prometheus; labels are names of ours, never ids or what a person typed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests: Final = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
request_seconds: Final = Histogram("http_request_seconds", "Time to answer", ["method", "route"], buckets=_FAST)
transactions: Final = Histogram("db_transaction_seconds", "Units of work", ["schema"], buckets=_FAST)
calls: Final = Counter("internal_calls_total", "Calls to other contexts", ["context", "outcome"])
events_published: Final = Counter("events_published_total", "Events confirmed by the broker", ["type"])
events_handled: Final = Counter("events_handled_total", "Events heard", ["queue", "type", "outcome"])
outbox_waiting: Final = Gauge("outbox_waiting", "Events stored and not yet sent")
outbox_oldest_seconds: Final = Gauge("outbox_oldest_seconds", "Age of the oldest event not yet sent")
parked: Final = Counter("events_parked_total", "Events given up until an operator looks", ["queue"])
parked_waiting: Final = Gauge("events_parked_waiting", "Events in the parking queue now", ["queue"])
job_runs: Final = Counter("job_runs_total", "Rounds of clockwork", ["job", "outcome"])
refusals: Final = Counter("refusals_total", "What was refused", ["code"])


def exposition() -> bytes:
    return generate_latest()


@contextmanager
def unit_of_work(schema: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        transactions.labels(schema).observe(time.perf_counter() - started)
