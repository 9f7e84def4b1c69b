"""Webhooks go out: posted to the product as Stripe posts them."""

import asyncio
import ssl
from typing import Final

import httpx

from services.kernel.clock import Clock
from services.sandbox.domain.stripe.webhooks import Endpoint, signature

_PATIENCE: Final = 10.0
_AGENT: Final = "Stripe/1.0 (+https://stripe.com/docs/webhooks) SIMULATED"


class Webhooks:
    """The two endpoints at the same address, each with a secret of its own."""

    def __init__(self, clock: Clock, *, url: str, secrets: dict[Endpoint, str]) -> None:
        self._clock = clock
        self._url = url
        self._secrets = secrets
        self._http: httpx.AsyncClient | None = None

    async def post(self, endpoint: Endpoint, body: bytes) -> str:
        """The status, or what went wrong instead of one."""
        if self._http is None:
            # Made when it is first needed, and without the certificates that only https needs: they cost memory.
            self._http = httpx.AsyncClient(
                timeout=_PATIENCE, follow_redirects=False, trust_env=False, verify=self._url.startswith("https:")
            )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": _AGENT,
            # By the machine's clock, for whoever gets it compares with that.
            "Stripe-Signature": signature(body, self._secrets[endpoint], at=self._clock.now()),
        }
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await self._http.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, ssl.SSLError, TimeoutError) as error:
            return type(error).__name__
        return str(answer.status_code)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
