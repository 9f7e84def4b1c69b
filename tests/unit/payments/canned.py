"""Stripe's package over answers that are given beforehand: what it makes of them is its own work."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import stripe

Said = tuple[int, Any] | Exception


class Canned(stripe.HTTPClient):
    """Gives one answer after the other, the last again and again, and keeps what it was sent."""

    name = "canned"

    def __init__(self, *answers: Said, delay: float = 0.0) -> None:
        super().__init__()
        self._answers = list(answers)
        self._delay = delay
        self.sent: list[tuple[str, str, Mapping[str, str], str]] = []

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        self.sent.append((method, url, headers, post_data or ""))
        await asyncio.sleep(self._delay)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise stripe.APIConnectionError(str(answer)) from answer  # type: ignore[no-untyped-call] # it alone has no types
        status, body = answer
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return content, status, httpx.Headers({"request-id": "req_1", "content-type": "application/json"})

    async def close_async(self) -> None:
        """Nothing is open."""


def client(wire: stripe.HTTPClient) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_x", http_client=wire, max_network_retries=0)


def error(status: int, **facts: Any) -> Said:
    return status, {"error": {"type": "invalid_request_error", "message": "words of Stripe's", **facts}}
