"""RabbitMQ: one topic exchange, a quorum queue per listener and producer, growing delays, a place to park."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Final

import aio_pika
import msgspec
from faststream import AckPolicy, BaseMiddleware
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from opentelemetry.trace import SpanKind

from services.kernel import errors, events
from services.kernel.events import Delivery, Event
from services.kernel.inbox import OutOfTurn
from services.kernel.settings import Secret
from services.kernel.telemetry import logs, metrics, tracing

_log = logging.getLogger(__name__)

EVENTS: Final = RabbitExchange("peepopay.events", type=ExchangeType.TOPIC, durable=True)
# Seconds between one try and the next; after the last a bug or broken data is parked.
DELAYS: Final = (1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0)
# Something that is away is waited for as long as it takes, but never longer than this between two tries.
_LONGEST_WAIT: Final = 30.0
_PREFETCH: Final = 50
_CONFIRM_SECONDS: Final = 10
_CLOSE_SECONDS: Final = 3

_SAFE_QUEUE: Final[dict[str, Any]] = {
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}

# How a connection that broke, or a broker that can't take something, shows itself.
_BROKEN: Final = (OSError, TimeoutError, aio_pika.exceptions.AMQPError, RuntimeError)
_MOMENT: Final = 1.0

Handler = Callable[[Delivery[Any]], Awaitable[None]]


class BrokerUnavailable(errors.Unavailable):
    """The broker can't be reached at the moment."""

    code = "BROKER_UNAVAILABLE"


@dataclass(frozen=True)
class Subscription:
    """What a context does with the events of one producer. Types it has no handler for are passed over."""

    producer: str
    handlers: Mapping[type[Event], Handler]


@dataclass
class _Listening:
    """A queue, and who handles which type of event from it."""

    queue: str
    handlers: dict[str, tuple[type[Event], Handler]] = field(default_factory=dict)


class Bus:
    """A context's connection to the broker: it starts while the broker is away, and finds it when it is back."""

    def __init__(
        self,
        url: Secret,
        *,
        context: str,
        subscriptions: Sequence[Subscription] = (),
        delays: Sequence[float] = DELAYS,
    ) -> None:
        self.context = context
        self._delays = tuple(delays)
        self._listening = [_listening(context, subscription) for subscription in subscriptions]
        self._exchange: aio_pika.abc.AbstractExchange | None = None
        self._declared = False
        self._connecting = asyncio.Lock()
        self._broker = RabbitBroker(
            url.reveal(),
            default_channel=Channel(publisher_confirms=True, on_return_raises=True),
            apply_types=False,
            decoder=_undecoded,
            ack_policy=AckPolicy.REJECT_ON_ERROR,
            middlewares=(self._settling(),),
            reconnect_interval=0.5,
            # An event handler may be in the middle of a call to a provider.
            graceful_timeout=10,
            app_id=context,
            logger=None,
        )
        for listening in self._listening:
            self._subscribe(listening)

    @property
    def queues(self) -> list[str]:
        return [listening.queue for listening in self._listening]

    @property
    def is_connected(self) -> bool:
        connection = self._broker._connection  # noqa: SLF001 - FastStream has no other way to ask
        if connection is None or not self._declared:
            return False
        connected: asyncio.Event = connection.connected
        return bool(connected.is_set())

    async def ping(self) -> None:
        """A question and its answer: a broker that hangs keeps its connections open."""
        if not self.is_connected:
            raise BrokerUnavailable
        channel = self._broker._connection.channel(publisher_confirms=False)  # type: ignore[union-attr] # noqa: SLF001
        async with channel:
            await channel.set_qos(prefetch_count=1)

    async def run(self, *, consume: bool) -> None:
        """Connect, declare, listen. Runs beside the HTTP side, which never waits for it."""
        # No deadline here: with the broker away this tries until it is there.
        while not self._declared:
            try:
                async with self._connecting:
                    await self._broker.connect()
                    await self._declare(consume=consume)
                    if consume:
                        await self._broker.start()
                    self._declared = True
            except _BROKEN as error:
                _log.warning("the broker is not ready", extra={"reason": repr(error)})
                await asyncio.sleep(0.5)

    async def close(self) -> None:
        # A connection that is just being made can't be closed yet, and would live on by itself.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._connecting.acquire(), _CLOSE_SECONDS)
        await self._broker.stop()

    async def publish(self, *, event_id: str, event_type: str, body: bytes, headers: dict[str, str]) -> None:
        """Hand an event over; returns when a majority of the queues' nodes have it."""
        # Said at once: whoever publishes holds a transaction open meanwhile.
        if self._exchange is None or not self.is_connected:
            raise BrokerUnavailable
        message = aio_pika.Message(
            body,
            message_id=event_id,
            type=event_type,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            app_id=self.context,
            headers=dict(headers),
        )
        # Not mandatory: an event that nobody listens to is not lost, it was never wanted.
        await self._exchange.publish(
            message, routing_key=event_type.rpartition(".")[0], mandatory=False, timeout=_CONFIRM_SECONDS
        )

    async def replay_parked(self, queue: str) -> int:
        """Send what was parked to its queue again, oldest first, as if it had never been tried."""
        parked = await self._broker.declare_queue(_parking(queue))
        count = 0
        while (message := await parked.get(fail=False, timeout=5)) is not None:
            async with message.process(requeue=True):
                await self._hand_on(message, "", queue, {})
            count += 1
        return count

    async def measure(self) -> None:
        """How many events are parked, for the operator's eyes."""
        if not self.is_connected:
            return
        for queue in self.queues:
            declared = await self._broker.declare_queue(_parking(queue))
            state = await declared.declare()
            metrics.parked_waiting.labels(queue).set(state.message_count or 0)

    # What is declared

    async def _declare(self, *, consume: bool) -> None:
        self._exchange = await self._broker.declare_exchange(EVENTS)
        if not consume:
            return
        for delay in self._delays:
            exchange = await self._broker.declare_exchange(
                RabbitExchange(_delay_name(delay), type=ExchangeType.FANOUT, durable=True)
            )
            queue = await self._broker.declare_queue(_delay_queue(delay))
            await queue.bind(exchange)
        for listening in self._listening:
            await self._broker.declare_queue(_parking(listening.queue))

    def _subscribe(self, listening: _Listening) -> None:
        producer = listening.queue.partition(".")[2]
        # Anything unforeseen, as a process that dies over a message again and again, ends in the parking queue.
        arguments: Any = {
            **_SAFE_QUEUE,
            "x-delivery-limit": 20,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": _parking_name(listening.queue),
        }
        queue = RabbitQueue(
            listening.queue, queue_type=QueueType.QUORUM, routing_key=f"{producer}.#", arguments=arguments
        )

        async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            await _handle(listening, message)

        self._broker.subscriber(queue, EVENTS, channel=Channel(prefetch_count=_PREFETCH))(hear)

    # What happens to a message whose handler failed

    def _settling(self) -> type[BaseMiddleware]:
        bus = self

        class Settle(BaseMiddleware):
            """A failed message waits in a delay queue, or is parked; it is never requeued at the head."""

            async def after_processed(
                self,
                exc_type: type[BaseException] | None = None,
                exc_val: BaseException | None = None,
                exc_tb: TracebackType | None = None,
            ) -> bool | None:
                if self.msg is None or not isinstance(exc_val, Exception):
                    # A cancelled handler leaves its message unsettled: the broker gives it to another.
                    return await super().after_processed(exc_type, exc_val, exc_tb)
                await bus._settle(self.msg, exc_val)
                return True

        return Settle

    async def _settle(self, message: aio_pika.abc.AbstractIncomingMessage, error: Exception) -> None:
        queue = message.consumer_tag and _queue_of(message, self.queues)
        attempt = _attempt(message)
        away = isinstance(error, errors.Unavailable)
        waits = _number(message, "x-waits") + 1
        headers: dict[str, Any] = {"x-attempt": attempt + 1, "x-error": repr(error)[:500]}
        if away:
            # What waits for something that is away has not been tried yet.
            headers |= {"x-attempt": attempt, "x-waits": waits}
        try:
            if away:
                reachable = [delay for delay in self._delays if delay <= _LONGEST_WAIT] or [self._delays[0]]
                delay = reachable[min(waits - 1, len(reachable) - 1)]
                await self._hand_on(message, _delay_name(delay), str(queue), headers)
            elif attempt < len(self._delays):
                await self._hand_on(message, _delay_name(self._delays[attempt]), str(queue), headers)
            else:
                await self._hand_on(message, "", _parking_name(str(queue)), headers)
                metrics.parked.labels(queue).inc()
                _log.error("an event was parked", extra={"queue": queue, "event": message.message_id}, exc_info=error)
            await message.ack()
        except _BROKEN as failure:
            facts = {"queue": queue, "event": message.message_id, "reason": repr(failure)}
            _log.warning("an event could not be put aside", extra=facts)
            # Back to its queue, after a moment so that nothing spins. Where the connection broke that can't be said,
            # and the broker, which still holds the message, delivers it again by itself.
            await asyncio.sleep(_MOMENT)
            with suppress(*_BROKEN):
                await message.reject(requeue=True)

    async def _hand_on(
        self,
        message: aio_pika.abc.AbstractIncomingMessage,
        exchange: str,
        routing_key: str,
        headers: Mapping[str, Any],
    ) -> None:
        kept = {name: value for name, value in message.headers.items() if not name.startswith("x-")}
        await self._broker.publish(
            message.body,
            exchange=RabbitExchange(exchange, type=ExchangeType.FANOUT, durable=True) if exchange else None,
            routing_key=routing_key,
            message_id=message.message_id,
            message_type=message.type,
            content_type=message.content_type,
            persist=True,
            mandatory=True,
            timeout=_CONFIRM_SECONDS,
            headers={**kept, **headers, "x-queue": routing_key if exchange else ""},
        )


async def _undecoded(message: Any) -> Any:
    """The raw message: what it holds depends on its type, which only the listener knows."""
    return message.raw_message


def _listening(context: str, subscription: Subscription) -> _Listening:
    listening = _Listening(f"{context}.{subscription.producer}")
    for kind, handler in subscription.handlers.items():
        listening.handlers[kind.TYPE] = (kind, handler)
    return listening


async def _handle(listening: _Listening, message: aio_pika.abc.AbstractIncomingMessage) -> None:
    kind = events.attribute(message.headers, "type") or (message.type or "")
    if kind not in listening.handlers:
        metrics.events_handled.labels(listening.queue, "other", "passed").inc()
        return
    event_type, handler = listening.handlers[kind]
    outcome = "failed"
    parent = events.attribute(message.headers, "traceparent")
    with tracing.continued(parent, f"{listening.queue} {kind}", SpanKind.CONSUMER) as step:
        try:
            delivery = _delivery(listening.queue, event_type, message)
            logs.request_id.set(delivery.id)
            logs.tenant_id.set(delivery.tenant_id or "")
            await handler(delivery)
            outcome = "applied"
        except errors.Unavailable:
            outcome = "waits"
            raise
        except OutOfTurn:
            outcome = "early"
            raise
        except Exception as error:
            tracing.failed(step, repr(error))
            _log.warning("an event was not applied", extra={"queue": listening.queue, "type": kind}, exc_info=error)
            raise
        finally:
            metrics.events_handled.labels(listening.queue, kind, outcome).inc()


def _delivery(queue: str, kind: type[Event], message: aio_pika.abc.AbstractIncomingMessage) -> Delivery[Event]:
    headers = message.headers
    return Delivery(
        id=events.attribute(headers, "id") or str(message.message_id),
        event=msgspec.json.decode(message.body, type=kind),
        subject=events.attribute(headers, "subject"),
        sequence=int(events.attribute(headers, "sequence") or 0),
        tenant_id=events.attribute(headers, "tenantid") or None,
        at=datetime.fromisoformat(events.attribute(headers, "time")),
        queue=queue,
        attempt=_attempt(message),
    )


def _number(message: aio_pika.abc.AbstractIncomingMessage, header: str) -> int:
    value = message.headers.get(header, 0)
    return value if isinstance(value, int) else 0


def _attempt(message: aio_pika.abc.AbstractIncomingMessage) -> int:
    return _number(message, "x-attempt")


def _queue_of(message: aio_pika.abc.AbstractIncomingMessage, queues: Sequence[str]) -> str:
    """Which of our queues brought it: the producer is in the type, a message that came back names the queue itself."""
    if message.routing_key in queues:
        return str(message.routing_key)
    producer = str(message.routing_key).partition(".")[0]
    return next(queue for queue in queues if queue.partition(".")[2] == producer)


def _parking_name(queue: str) -> str:
    return f"{queue}.parked"


def _parking(queue: str) -> RabbitQueue:
    return RabbitQueue(_parking_name(queue), queue_type=QueueType.QUORUM, durable=True)


def _delay_name(delay: float) -> str:
    return f"peepopay.delay.{delay:g}s"


def _delay_queue(delay: float) -> RabbitQueue:
    """Hands back to the queue named in the routing key, so that all listeners share it."""
    arguments: Any = {**_SAFE_QUEUE, "x-message-ttl": int(delay * 1000), "x-dead-letter-exchange": ""}
    return RabbitQueue(_delay_name(delay), queue_type=QueueType.QUORUM, arguments=arguments)
