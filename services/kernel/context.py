"""A context as a whole: its tools, its HTTP side (`serve`), its event side (`consume`), or both in one process."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from litestar import Litestar, MediaType, Response, get
from litestar.di import Provide
from litestar.types import ASGIApp, ControllerRouterHandler
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

from services.kernel import asyncapi, health, idempotency, inbox, outbox
from services.kernel.bus import Bus, Subscription
from services.kernel.calls import Calls
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database
from services.kernel.events import Event
from services.kernel.http import application
from services.kernel.http.edge import Edge
from services.kernel.http.intake import Intake
from services.kernel.identity import Signer, Verifier
from services.kernel.jobs import Job
from services.kernel.jobs import run as run_job
from services.kernel.limits import Limits
from services.kernel.outbox import Notifier, Outbox, Relay
from services.kernel.secrets import Keyring
from services.kernel.settings import Settings
from services.kernel.tasks import ended

_log = logging.getLogger(__name__)

Role = Literal["all", "serve", "consume"]


class Waker:
    """Whoever sends the outbox in this process, or tells the process that does."""

    def __init__(self) -> None:
        self.target: Callable[[], None] | None = None

    def wake(self) -> None:
        if self.target is not None:
            self.target()


@dataclass(frozen=True)
class Tools:
    """What the kernel gives to every context."""

    name: str
    settings: Settings
    clock: Clock
    db: Database
    valkey: Redis
    keyring: Keyring
    signer: Signer
    verifier: Verifier
    calls: Calls
    limits: Limits
    waker: Waker
    outbox: Outbox

    @classmethod
    def build(cls, name: str, settings: Settings, clock: Clock | None = None) -> Self:
        clock = clock or SystemClock()
        waker = Waker()
        signer = Signer(name, settings.identity_private_key.bytes(), clock)
        valkey = connect_valkey(settings)
        return cls(
            name=name,
            settings=settings,
            clock=clock,
            db=Database(settings.database_url.reveal(), schema=name),
            valkey=valkey,
            keyring=Keyring(settings.secret_key.bytes()),
            signer=signer,
            verifier=Verifier(name, settings.identity_public_keys, clock),
            calls=Calls(signer),
            limits=Limits(valkey, context=name, lifted=settings.peepopay_unlimited),
            waker=waker,
            outbox=Outbox(clock, waker.wake),
        )

    async def open(self) -> None:
        await self.db.open()

    async def close(self) -> None:
        await self.calls.close()
        await self.db.close()
        await self.valkey.aclose()


def connect_valkey(settings: Settings) -> Redis:
    """Asks nothing of the server yet, and answers within a second where it is away."""
    pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
        settings.redis_url.reveal(),
        # Under a flood callers take turns: without a limit to count, there would be none.
        max_connections=32,
        timeout=1,
        socket_connect_timeout=1,
        socket_timeout=1,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 1),
        health_check_interval=30,
    )
    return Redis.from_pool(pool)


@dataclass
class Context:
    """One of the six, put together by its `app.py`."""

    tools: Tools
    about: str
    routes: Sequence[ControllerRouterHandler] = ()
    provides: Mapping[str, Any] = field(default_factory=dict)
    subscriptions: Sequence[Subscription] = ()
    published: Sequence[type[Event]] = ()
    jobs: Sequence[Job] = ()
    middleware: Sequence[Any] = ()
    # What goes on in every process of the context, also in those that only answer.
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    # Publishes the present facts again, for a listener that is new or has lost its copy.
    republish: Callable[[], Awaitable[int]] | None = None
    # Has notices of companies outside worked on again: these, or without any all that wait for a person.
    renotice: Callable[[Sequence[str]], Awaitable[int]] | None = None
    delays: Sequence[float] | None = None

    def __post_init__(self) -> None:
        options = {} if self.delays is None else {"delays": self.delays}
        self.bus = Bus(
            self.tools.settings.rabbitmq_url,
            context=self.tools.name,
            subscriptions=self.subscriptions,
            **options,
        )
        self._tasks: list[asyncio.Task[None]] = []

    def application(self, role: Role = "all") -> Litestar:
        """The Litestar application of that side; the event side still answers health and metrics."""
        probes = {"db": self.tools.db.ping, "redis": self._ping_valkey, "rabbitmq": self._ping_broker}

        @asynccontextmanager
        async def running(_: Litestar) -> AsyncIterator[None]:
            await self.start(role)
            try:
                yield
            finally:
                await self.stop()

        return application.build(
            title=f"PeepoPay {self.tools.name}",
            description=self.about,
            routes=[*health.routes(probes), self._asyncapi(), *(self.routes if role != "consume" else ())],
            state={
                "db": self.tools.db,
                "clock": self.tools.clock,
                "keyring": self.tools.keyring,
                "verifier": self.tools.verifier,
                "limits": self.tools.limits,
                "gauges": (self._measure_outbox, self.bus.measure),
            },
            lifespan=[running],
            middleware=self.middleware,
            dependencies={name: Provide(_giving(value), sync_to_thread=False) for name, value in self.provides.items()},
        )

    def asgi(self, role: Role = "all") -> ASGIApp:
        return Edge(Intake(self.application(role)))

    async def start(self, role: Role) -> None:
        """Nothing here waits for a server: what is away is found when it is back."""
        await self.tools.open()
        self._spawn(self.bus.run(consume=role != "serve"), "the connection to the broker")
        for work in self.background:
            self._spawn(work(), work.__qualname__)
        channel = f"{self.tools.name}_outbox"
        if role == "serve":
            notifier = Notifier(self.tools.db, channel)
            self.tools.waker.target = notifier.wake
            self._spawn(notifier.run(), "the notifier")
            return
        relay = Relay(self.tools.db, self.bus.publish, channel)
        self.tools.waker.target = relay.wake
        self._spawn(relay.run(), "the relay")
        for job in (*self._housekeeping(), *self.jobs):
            self._spawn(run_job(job), job.name)

    async def stop(self) -> None:
        # First no new events are taken and those in hand are finished, then everything else ends.
        try:
            await self.bus.close()
        except Exception:  # noqa: BLE001 - whatever it is, the rest must still be closed
            _log.warning("the connection to the broker did not end well", exc_info=True)
        await ended(self._tasks)
        self._tasks.clear()
        await self.tools.close()

    def _spawn(self, work: Any, what: str) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work, name=what)
        task.add_done_callback(_told)
        self._tasks.append(task)

    def _housekeeping(self) -> list[Job]:
        db, clock = self.tools.db, self.tools.clock
        return [
            Job("prune the outbox", 600, lambda: outbox.prune(db)),
            Job("prune the inbox", 600, lambda: inbox.prune(db)),
            Job("prune idempotency keys", 600, lambda: idempotency.prune(db, clock)),
        ]

    async def _ping_valkey(self) -> None:
        await self.tools.valkey.ping()

    async def _ping_broker(self) -> None:
        await self.bus.ping()

    async def _measure_outbox(self) -> None:
        await outbox.measure(self.tools.db)

    def _asyncapi(self) -> ControllerRouterHandler:
        body = asyncapi.encoded(self.tools.name, self.published, self.subscriptions)

        @get("/schema/asyncapi.json", include_in_schema=False)
        async def events_document() -> Response[bytes]:
            return Response(body, media_type=MediaType.JSON)

        return events_document


def _giving(value: Any) -> Callable[[], Any]:
    def give() -> Any:
        return value

    return give


def _told(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a background task ended", extra={"task": task.get_name()}, exc_info=error)
