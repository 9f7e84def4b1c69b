"""What an event is: facts of ids, with a type that carries its version, wrapped as CloudEvents say."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, TypeVar

import msgspec

_PREFIX: Final = "cloudEvents:"


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fact that other contexts may hear. Holds ids and what a listener must know to decide, nothing personal."""

    TYPE: ClassVar[str]

    @classmethod
    def routing_key(cls) -> str:
        """The event's name without its version: what queues bind to."""
        return cls.TYPE.rpartition(".")[0]

    @classmethod
    def producer(cls) -> str:
        return cls.TYPE.partition(".")[0]


E = TypeVar("E", bound=Event)


class Delivery(msgspec.Struct, Generic[E], frozen=True, kw_only=True):
    """An event as it arrived, with what its envelope says."""

    id: str
    event: E
    subject: str
    sequence: int
    tenant_id: str | None
    at: datetime
    queue: str
    attempt: int


def headers(
    *,
    event_id: str,
    event_type: str,
    subject: str,
    sequence: int,
    tenant_id: str | None,
    at: datetime,
    traceparent: str,
) -> dict[str, str]:
    """The attributes of CloudEvents 1.0 in AMQP's binary mode."""
    attributes = {
        "specversion": "1.0",
        "id": event_id,
        "type": event_type,
        "source": f"/peepopay/{event_type.partition('.')[0]}",
        "subject": subject,
        "time": at.isoformat(),
        "sequence": str(sequence),
        "tenantid": tenant_id or "",
        "traceparent": traceparent,
    }
    return {f"{_PREFIX}{name}": value for name, value in attributes.items() if value}


def attribute(given: Mapping[str, Any], name: str) -> str:
    value = given.get(f"{_PREFIX}{name}", "")
    return value.decode() if isinstance(value, bytes) else str(value)
