"""What the sandbox needs to know; with a live key in its environment it does not start."""

import re
from collections.abc import Mapping
from typing import Final, Self
from urllib.parse import urlsplit

from services.kernel.settings import Secret, Settings, SettingsProblem, read
from services.sandbox.domain.google import Client

_LIVE: Final = re.compile(r"(?:sk|rk)_live_")
_LOOPBACK: Final = ("localhost", "127.0.0.1")


class SandboxSettings(Settings, frozen=True, kw_only=True):
    """The accounts that the product was given for the stand-ins."""

    twilio_account_sid: str = "ACsandbox"
    twilio_auth_token: Secret = Secret("sandbox")
    twilio_from_number: str = "+15005550006"
    google_client_id: str = "sandbox"
    google_client_secret: Secret = Secret("sandbox")
    google_base_url: str = ""
    # What the stand-in's own pages show; any key for tests is good.
    stripe_publishable_key: str = "pk_test_sandbox"
    stripe_webhook_secret: Secret = Secret("whsec_sandbox")
    stripe_connect_webhook_secret: Secret = Secret("whsec_sandbox_connect")
    stripe_webhook_url: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Who holds a live key works for real customers, who must never meet a stand-in."""
        if live := sorted(name for name, value in environ.items() if _LIVE.search(value)):
            raise SettingsProblem([f"{name} holds a live key: the sandbox never runs beside one" for name in live])
        return read(cls, environ)

    def problems(self) -> list[str]:
        found = super().problems()
        if self.stripe_webhook_url and not self.stripe_webhook_url.startswith(("http://", "https://")):
            found.append("STRIPE_WEBHOOK_URL must be an address such as http://localhost:8080/api/webhooks/stripe")
        return found

    @property
    def google_issuer(self) -> str:
        return (self.google_base_url or f"{self.public_url.rstrip('/')}/sandbox/google").rstrip("/")

    @property
    def google_client(self) -> Client:
        return Client(
            client_id=self.google_client_id,
            client_secret=self.google_client_secret.reveal(),
            redirect_uris=tuple(f"{origin}/api/auth/callback/google" for origin in self._origins),
        )

    @property
    def stripe_pages(self) -> str:
        """Where a browser finds the stand-in's own pages."""
        return f"{self.public_url.rstrip('/')}/sandbox/stripe"

    @property
    def stripe_webhook_address(self) -> str:
        return self.stripe_webhook_url or f"{self.public_url.rstrip('/')}/api/webhooks/stripe"

    @property
    def _origins(self) -> tuple[str, ...]:
        """The public address; on one machine it goes by two names, and a browser may come to either."""
        public = urlsplit(self.public_url)
        if public.hostname not in _LOOPBACK:
            return (self.public_url.rstrip("/"),)
        port = f":{public.port}" if public.port else ""
        return tuple(f"{public.scheme}://{name}{port}" for name in _LOOPBACK)
