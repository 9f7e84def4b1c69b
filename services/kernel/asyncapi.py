"""A context's events as an AsyncAPI document, made from the code that sends and hears them."""

from collections.abc import Sequence
from inspect import cleandoc
from typing import Any

import msgspec

from services.kernel.bus import Subscription
from services.kernel.events import Event


def document(context: str, published: Sequence[type[Event]], subscriptions: Sequence[Subscription]) -> dict[str, Any]:
    """AsyncAPI 3.0: a channel per event, a message with its payload, an operation per direction."""
    heard = [kind for subscription in subscriptions for kind in subscription.handlers]
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for action, kinds in (("send", published), ("receive", heard)):
        for kind in kinds:
            key = kind.TYPE
            channels[key] = {
                "address": kind.routing_key(),
                "messages": {key: {"$ref": f"#/components/messages/{key}"}},
                "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": "peepopay.events", "type": "topic"}}},
            }
            messages[key] = _message(kind)
            operations[f"{action}.{key}"] = {"action": action, "channel": {"$ref": f"#/channels/{key}"}}
    _, schemas = msgspec.json.schema_components(list({*published, *heard}), ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"PeepoPay {context}: events", "version": "1"},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    }


def _message(kind: type[Event]) -> dict[str, Any]:
    return {
        "name": kind.TYPE,
        "title": kind.__name__,
        "summary": cleandoc(kind.__doc__ or ""),
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
        "x-producer": kind.producer(),
    }


def encoded(context: str, published: Sequence[type[Event]], subscriptions: Sequence[Subscription]) -> bytes:
    return msgspec.json.encode(document(context, published, subscriptions))
