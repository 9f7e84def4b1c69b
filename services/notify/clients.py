"""What notify asks other contexts."""

from datetime import datetime

import msgspec

from services.kernel import errors
from services.kernel.calls import Calls
from services.notify.domain.mails import Link
from services.notify.domain.messages import Kind


class _LinkAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    kind: Kind
    to: str
    # Nobody knows yet what an invited person is called.
    name: str | None
    url: str
    expires_at: datetime
    tenant_name: str | None = None
    inviter_name: str | None = None


class Auth:
    """Knows people's addresses and makes their links, so that neither is stored here or travels in an event."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def link(self, request_id: str) -> Link | None:
        """Nothing where it was used or has run out: then there is nothing left to write about."""
        try:
            answer = await self._calls.ask("auth", self._address, "GET", f"/internal/links/{request_id}", _LinkAnswer)
        except errors.NotFound:
            return None
        return Link(**{**msgspec.structs.asdict(answer), "name": answer.name or ""})
