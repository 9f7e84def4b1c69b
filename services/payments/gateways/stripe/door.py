"""How Stripe is asked: one client, short patience, a breaker, every outcome counted and said in our words."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal

import httpx
import stripe
from prometheus_client import Counter, Histogram

from services.kernel.telemetry import tracing
from services.payments.domain.breaker import CLOSED, PATIENCE_WITH_BROKEN, PATIENCE_WITH_SILENT, Circuit
from services.payments.domain.errors import KeyRefused, PaymentServiceUnavailable
from services.payments.gateways.stripe import refusals

_log = logging.getLogger(__name__)

# Seconds for a whole act, so that whoever waits for a booking hears within five that it can't be paid now.
PATIENCE: Final = 3.0
_CONNECT: Final = 1.0
_ACCOUNTS_REMEMBERED: Final = 2_000
_KEEP_ALIVE: Final = 60
_CONFLICT: Final = 409
_CONFLICT_PAUSE: Final = 0.2
# What Stripe could not do at once it is asked again, under the same key, after these pauses.
_PAUSES: Final = (0.1, 0.3)
_FAILED: Final = 500
_NOT_BUILT: Final = 501
_BROKEN: Final = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)

asked: Final = Counter(
    "payment_gateway_calls_total", "Questions to the payment company", ["gateway", "call", "outcome"]
)
seconds: Final = Histogram("payment_gateway_seconds", "Time to answer", ["gateway", "call"])
key_refused: Final = Counter("payment_gateway_key_refused_total", "Our key was not accepted", ["gateway"])

Options = stripe.RequestOptions
Call = Callable[[Options], Awaitable[stripe.StripeObject]]
Failing = Literal["unreachable", "slow", "broken"]
Hook = Callable[[httpx.Response], Awaitable[None]]


class Patience:
    """What is left of the time for an act that takes several questions."""

    def __init__(self, seconds: float = PATIENCE) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        return max(0.0, self._ends - time.monotonic())


class Wire(stripe.HTTPClient):
    """Our own HTTP below the package: connections are kept, and no proxy is asked for an address of our own."""

    name = "httpx"

    def __init__(self, *, is_own_address: bool, hooks: Sequence[Hook] = ()) -> None:
        super().__init__()
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(PATIENCE, connect=_CONNECT),
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=20, keepalive_expiry=_KEEP_ALIVE),
            trust_env=not is_own_address,
            event_hooks={"response": list(hooks)},
        )

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        try:
            response = await self._client.request(method, url, headers=headers, content=post_data or None)
        except httpx.HTTPError as error:
            said = f"{type(error).__name__}: {error}"
            raise stripe.APIConnectionError(said) from error  # type: ignore[no-untyped-call] # it alone has no types
        return response.content, response.status_code, response.headers

    async def close_async(self) -> None:
        await self._client.aclose()


class Circuits:
    """One for each account, and one for the way to Stripe itself.

    That an account's questions fail says nothing of the others; that no connection is to be had says it of all.
    """

    _WAY: Final = "the way"

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._known: OrderedDict[str, Circuit] = OrderedDict()

    def admit(self, account_id: str) -> bool:
        """Whether a question may go; if so it counts as asked."""
        now = self._now()
        names = (self._WAY, account_id)
        if not all(self._of(name).admits(now) for name in names):
            return False
        for name in names:
            self._set(name, self._of(name).asked(now))
        return True

    def succeeded(self, account_id: str) -> None:
        for name in (self._WAY, account_id):
            self._set(name, self._of(name).succeeded())

    def failed(self, account_id: str, how: Failing) -> None:
        now, way = self._now(), self._of(self._WAY)
        # Whoever is slow or broken was reached all the same.
        self._set(self._WAY, way.failed(now) if how == "unreachable" else way.succeeded())
        patience = PATIENCE_WITH_BROKEN if how == "broken" else PATIENCE_WITH_SILENT
        self._set(account_id, self._of(account_id).failed(now, patience=patience))

    def _of(self, name: str) -> Circuit:
        return self._known.get(name, CLOSED)

    def _set(self, name: str, circuit: Circuit) -> None:
        self._known.pop(name, None)
        if circuit != CLOSED:
            self._known[name] = circuit
        while len(self._known) > _ACCOUNTS_REMEMBERED:
            self._known.popitem(last=False)


class Door:
    """The one way to Stripe."""

    def __init__(
        self,
        name: str,
        *,
        wire: stripe.HTTPClient,
        now: Callable[[], float] = time.monotonic,
        platform: str = "platform",
    ) -> None:
        self._name = name
        self._wire = wire
        self._circuits = Circuits(now)
        self._platform = platform

    async def ask(
        self,
        what: str,
        call: Call,
        *,
        account_id: str | None = None,
        key: str | None = None,
        patience: Patience | None = None,
    ) -> dict[str, Any]:
        """Stripe's answer as plain values, or a refusal. On `account_id` it is done as that business."""
        options: Options = {}
        if account_id is not None:
            options["stripe_account"] = account_id
        if key is not None:
            options["idempotency_key"] = key
        whose = account_id or self._platform
        if not self._circuits.admit(whose):
            asked.labels(self._name, what, "not asked").inc()
            raise PaymentServiceUnavailable
        return await self._heard(what, whose, lambda: call(options), patience or Patience())

    async def _heard(
        self, what: str, whose: str, call: Callable[[], Awaitable[stripe.StripeObject]], patience: Patience
    ) -> dict[str, Any]:
        outcome = "given up"
        try:
            with tracing.span(f"{self._name} {what}", peer=self._name), seconds.labels(self._name, what).time():
                async with asyncio.timeout(patience.left):
                    answer = await _tried(call)
        except TimeoutError as error:
            outcome = "too slow"
            self._circuits.failed(whose, "slow")
            raise PaymentServiceUnavailable from error
        except stripe.StripeError as error:
            outcome = self._failed(whose, error)
            raise self._refusal(what, error) from error
        else:
            outcome = "answered"
            self._circuits.succeeded(whose)
            return answer.to_dict()
        finally:
            asked.labels(self._name, what, outcome).inc()

    def _failed(self, whose: str, error: stripe.StripeError) -> str:
        if refusals.is_away(error):
            self._circuits.failed(whose, _how(error))
            return "away"
        self._circuits.succeeded(whose)
        return type(error).__name__

    def _refusal(self, what: str, error: stripe.StripeError) -> Exception:
        refusal = refusals.refusal_of(error)
        facts = {"call": what, "status": error.http_status, "gateway_request": error.request_id}
        if isinstance(refusal, KeyRefused):
            key_refused.labels(self._name).inc()
            _log.error("the payment company refuses our key: no payment can be made", extra=facts)
        elif refusals.is_away(error):
            _log.warning("the payment company does not answer well", extra={**facts, "reason": str(error)})
        return refusal

    async def close(self) -> None:
        await self._wire.close_async()  # type: ignore[no-untyped-call] # the package's base has no types here


def _how(error: stripe.StripeError) -> Failing:
    if not isinstance(error, stripe.APIConnectionError):
        return "broken"
    return "unreachable" if isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout) else "slow"


async def _tried(call: Callable[[], Awaitable[stripe.StripeObject]]) -> stripe.StripeObject:
    """Tried again where nothing else can come of it than the answer to the first try; whoever waits limits how long."""
    connections = 0
    pauses = iter(_PAUSES)
    while True:
        try:
            return await call()
        except stripe.APIConnectionError as error:
            connections += 1
            # A connection that was kept had been closed at the other end.
            if connections > 1 or not isinstance(error.__cause__, _BROKEN):
                raise
        except stripe.StripeError as error:
            status = error.http_status or 0
            pause = next(pauses, None) if status >= _FAILED and status != _NOT_BUILT else None
            # The first try under the same key is still being worked on.
            if status == _CONFLICT:
                pause = _CONFLICT_PAUSE
            if pause is None:
                raise
            await asyncio.sleep(pause)
