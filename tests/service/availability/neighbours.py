"""The contexts that availability asks, as far as it asks them: who has signed as availability, gets what is known."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

from services.contracts.auth import TenantRegistered
from services.contracts.catalog import ProfileChanged, ServiceChanged
from services.kernel.clock import Clock
from services.kernel.identity import BadIdentity
from tests.support import identities


@dataclass
class Neighbours:
    """All of them behind one port: `/auth/internal/…`, `/catalog/internal/…`, `/booking/internal/…`."""

    clock: Clock
    # What they answer with, by context and path.
    known: dict[str, Any] = field(default_factory=dict)
    # What they refuse, by context and path: a status and a code.
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    # Which of them are away.
    away: set[str] = field(default_factory=set)
    # How often each was asked for what.
    asked: Counter[str] = field(default_factory=Counter)
    takes: float = 0.0

    def tenant(self, fact: TenantRegistered) -> None:
        """Auth knows the business."""
        data = {"id": fact.tenant_id, **msgspec.to_builtins(fact)}
        self.known[f"/auth/internal/tenants/{fact.tenant_id}"] = data
        self.known[f"/auth/internal/tenants/by-slug/{fact.slug}"] = data

    def profile(self, fact: ProfileChanged) -> None:
        """Catalog knows the business."""
        self.known[f"/catalog/internal/profiles/{fact.tenant_id}"] = msgspec.to_builtins(fact)

    def service(self, fact: ServiceChanged) -> None:
        """Catalog knows the service."""
        path = f"/catalog/internal/tenants/{fact.tenant_id}/services/{fact.service_id}"
        self.known[path] = msgspec.to_builtins(fact)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "http":
            # Granian tells the application of its own start and end as well.
            await receive()
            return
        if self.takes:
            await asyncio.sleep(self.takes)
        status, said = self._answer(scope)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": msgspec.json.encode(said), "more_body": False})

    def _answer(self, scope: Any) -> tuple[int, Any]:
        path: str = scope["path"]
        context = path.split("/")[1]
        self.asked[path] += 1
        if context in self.away:
            return 503, {"error": {"code": "SERVICE_UNAVAILABLE", "message": "Not now."}}
        token = dict(scope["headers"]).get(b"x-identity", b"").decode()
        try:
            caller = identities.verifier(context, self.clock).context(token).iss
        except BadIdentity:
            caller = ""
        if caller != "availability":
            return 401, {"error": {"code": "UNAUTHENTICATED", "message": "Only availability may ask."}}
        if path in self.refused:
            refusal_status, code = self.refused[path]
            return refusal_status, {"error": {"code": code, "message": "No."}}
        if path not in self.known:
            return 404, {"error": {"code": "NOT_FOUND", "message": "There is no such thing."}}
        return 200, {"success": True, "data": self.known[path]}
