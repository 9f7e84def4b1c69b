"""Auth as it runs in production, in this process: its doors, the gateway's question before them, its events on the broker."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

import aio_pika
import httpx
import msgspec

from services.auth.app import build
from services.auth.settings import AuthSettings
from services.kernel.bus import EVENTS
from services.kernel.context import Context, Tools
from services.kernel.identity import Signer
from services.kernel.ids import new_id
from tests.support import identities
from tests.support.clock import FrozenClock
from tests.support.contexts import connected, eventually
from tests.support.environ import environ_of
from tests.support.servers import Servers

PASSWORD: Final = "plum blossom at dawn"
CHROME: Final = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
HOST: Final = "localhost:8080"

# What the gateway asks about before it lets a call through.
_PRIVATE: Final = re.compile(
    r"/api/(auth/(me|sessions|totp|complete-profile)(/.*)?|team(/.*)?|audit)(\?.*)?",
)


@dataclass
class Answer:
    """An answer, opened."""

    status: int
    body: Any
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        assert self.body["success"] is True, self.body
        return self.body["data"]

    @property
    def error(self) -> Any:
        assert self.body["success"] is False, self.body
        assert self.body["statusCode"] == self.status
        return self.body["error"]

    @property
    def code(self) -> str:
        return str(self.error["code"])


class Browser:
    """One browser with its own cookies; its calls pass the gateway."""

    def __init__(self, app: Any, *, agent: str = CHROME, ip: str = "203.0.113.7") -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(
            transport=transport,
            base_url=f"http://{HOST}",
            headers={"user-agent": agent, "x-real-ip": ip, "x-forwarded-host": HOST, "x-forwarded-proto": "http"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    @property
    def token(self) -> str | None:
        return self.client.cookies.get("pp_session")

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        given = dict(headers or {})
        if _PRIVATE.fullmatch(path):
            asked = await self.identify(method=method, headers=given)
            if asked.status != 200:
                return asked
            given["x-identity"] = asked.headers["x-identity"]
        content = None if body is None else msgspec.json.encode(body)
        if content is not None:
            given["content-type"] = "application/json"
        response = await self.client.request(method, path, content=content, headers=given)
        return _opened(response)

    async def identify(self, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> Answer:
        forwarded = {"x-forwarded-method": method, **(headers or {})}
        return _opened(await self.client.get("/gateway/identify", headers=forwarded))

    async def get(self, path: str) -> Answer:
        return await self.call("GET", path)

    async def post(self, path: str, body: Any = None, **given: Any) -> Answer:
        return await self.call("POST", path, body, **given)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.call("PUT", path, body)

    async def delete(self, path: str, body: Any = None) -> Answer:
        return await self.call("DELETE", path, body)

    async def log_in(self, email: str, password: str = PASSWORD, **more: str) -> Answer:
        return await self.post("/api/auth/login", {"email": email, "password": password, **more})


def _opened(response: httpx.Response) -> Answer:
    is_json = response.headers.get("content-type", "").startswith("application/json")
    return Answer(response.status_code, response.json() if is_json else None, response.headers)


@dataclass
class House:
    """Auth with its lights on."""

    context: Context
    app: Any
    clock: FrozenClock
    notify: Signer
    heard: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def tools(self) -> Tools:
        return self.context.tools

    def browser(self, **how: str) -> Browser:
        return Browser(self.app, **how)

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """As another context does."""
        async with self.browser() as other:
            return await other.call(method, path, body, headers={"x-identity": self.notify.context("auth")})

    async def event(self, name: str, **facts: Any) -> Any:
        """The event of that name that holds these facts, once the broker has brought it."""
        await eventually(lambda: bool(self.events(name, **facts)), f"{name} with {facts} comes", within=40)
        return self.events(name, **facts)[-1]

    def events(self, name: str, **facts: Any) -> list[Any]:
        return [
            body
            for key, body in self.heard
            if key == name and all(body.get(fact) == value for fact, value in facts.items())
        ]

    async def sent_link(self, request_id: str) -> str:
        """The token that the mail brings."""
        answer = await self.ask("GET", f"/internal/links/{request_id}")
        url: str = answer.data["url"]
        return parse_qs(urlsplit(url).query)["token"][0]

    async def mailed(self, event: str, **facts: Any) -> str:
        return await self.sent_link((await self.event(event, **facts))["requestId"])

    async def signed_up(self, **changed: Any) -> dict[str, Any]:
        """A new person with a business, not verified."""
        body = signup(**changed)
        async with self.browser() as browser:
            answer = await browser.post("/api/auth/signup", body)
        assert answer.status == 201, answer.body
        return {**answer.data, "email": body["email"], "password": body["password"]}

    async def verified(self, **changed: Any) -> dict[str, Any]:
        """A new person with a business, who has opened the mail's link."""
        person = await self.signed_up(**changed)
        token = await self.mailed("auth.verification.requested", userId=person["user"]["id"])
        async with self.browser() as browser:
            answer = await browser.post("/api/auth/verify-email", {"token": token})
        assert answer.status == 200, answer.body
        return person

    async def mailed_reset(self, person: Mapping[str, Any]) -> str:
        """The token of a forgotten password's mail."""
        before = len(self.events("auth.password_reset.requested", userId=person["user"]["id"]))
        async with self.browser() as browser:
            answer = await browser.post("/api/auth/forgot-password", {"email": person["email"]})
        assert answer.status == 202, answer.body
        await eventually(
            lambda: len(self.events("auth.password_reset.requested", userId=person["user"]["id"])) > before,
            "the mail is asked for",
        )
        return await self.mailed("auth.password_reset.requested", userId=person["user"]["id"])

    async def invited(self, owner: Browser, role: str, email: str | None = None) -> tuple[str, str]:
        """An open invitation's address and token."""
        address = email or f"{new_id('who')}@example.com"
        answer = await owner.post("/api/team/invitations", {"email": address, "role": role})
        assert answer.status == 201, answer.body
        return address, await self.mailed("auth.invitation.requested", requestId=answer.data["id"])


def signup(**changed: Any) -> dict[str, Any]:
    body = {
        "email": f"{new_id('who')}@example.com",
        "password": PASSWORD,
        "name": "Jo Miller",
        "businessName": f"Plumbing {new_id('biz')[-8:]}",
        "country": "NZ",
    }
    return {name: value for name, value in {**body, **changed}.items() if value is not None}


@asynccontextmanager
async def opened(servers: Servers, *, waits: bool = True, **changed: str) -> AsyncIterator[House]:
    """Auth, started and stopped again; `changed` are variables of its environment."""
    variables = environ_of(servers, "auth", **changed)
    settings = AuthSettings.read(variables)
    clock = FrozenClock()
    context = build(Tools.build("auth", settings, clock=clock), settings)
    house = House(context=context, app=context.asgi(), clock=clock, notify=identities.signer("notify", clock))
    await context.start("all")
    listener = None
    try:
        if waits:
            await connected(context)
            listener = await _listen(servers.rabbitmq, house)
        yield house
    finally:
        if listener is not None:
            await listener.close()
        await context.stop()


@asynccontextmanager
async def signed_in(house: House, person: Mapping[str, Any], **how: str) -> AsyncIterator[Browser]:
    """That person's browser."""
    async with house.browser(**how) as browser:
        answer = await browser.log_in(person["email"], person["password"])
        assert answer.status == 200, answer.body
        yield browser


async def _listen(url: str, house: House) -> aio_pika.abc.AbstractConnection:
    connection = await aio_pika.connect(url)
    channel = await connection.channel()
    exchange = await channel.get_exchange(EVENTS.name)
    queue = await channel.declare_queue(exclusive=True)
    await queue.bind(exchange, "auth.#")

    async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        house.heard.append((message.routing_key or "", msgspec.json.decode(message.body)))

    await queue.consume(hear, no_ack=True)
    return connection
