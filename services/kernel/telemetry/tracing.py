"""Traces through HTTP, the database and the broker as one, by OpenTelemetry; nothing is built where nobody listens."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator: Final = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("peepopay")
_on = False


def configure(context: str, endpoint: str) -> None:
    """Send spans to the collector at that address; without one, spans cost nothing."""
    global _on, _tracer  # noqa: PLW0603 - one tracer a process, set once at start
    if not endpoint:
        return
    # Imported here because the SDK is a tenth of an idle context's memory.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": f"peepopay-{context}"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    trace.set_tracer_provider(provider)
    _tracer = provider.get_tracer("peepopay")
    _on = True


def flush() -> None:
    provider = trace.get_tracer_provider()
    if _on and hasattr(provider, "shutdown"):
        provider.shutdown()


def trace_id() -> str:
    """The present trace's id, or nothing."""
    found = trace.get_current_span().get_span_context()
    return f"{found.trace_id:032x}" if found.is_valid else ""


def traceparent() -> str:
    """What the next program needs to go on in the same trace."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, **facts: str | int) -> Iterator[Span | None]:
    """A step of the present trace."""
    if not _on:
        yield None
        return
    with _tracer.start_as_current_span(name, kind=kind, attributes=facts) as step:
        yield step


@contextmanager
def continued(parent: str, name: str, kind: SpanKind, **facts: str | int) -> Iterator[Span | None]:
    """A step of the trace that another program began."""
    token = otel_context.attach(_propagator.extract({"traceparent": parent})) if parent else None
    try:
        with span(name, kind, **facts) as step:
            yield step
    finally:
        if token is not None:
            otel_context.detach(token)


@contextmanager
def statement(sql: str) -> Iterator[None]:
    """One statement to the database; its text holds no values."""
    if not _on:
        yield
        return
    with span("db.statement", SpanKind.CLIENT, **{"db.system": "postgresql", "db.statement": " ".join(sql.split())}):
        yield


def failed(step: Span | None, reason: str) -> None:
    if step is not None:
        step.set_status(StatusCode.ERROR, reason)


def described(step: Span | None, facts: Mapping[str, str | int]) -> None:
    if step is not None:
        step.set_attributes(dict(facts))
