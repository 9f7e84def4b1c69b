"""E-mail through Resend's HTTP interface."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from services.kernel.settings import Secret
from services.notify.domain.errors import MailNotTaken, MailRefused
from services.notify.domain.mails import Mail

_log = logging.getLogger(__name__)
_TIMEOUT: Final = httpx.Timeout(5.0, connect=2.0)
# The client looks at each of its connections for each mail.
_LIMITS: Final = httpx.Limits(max_connections=8)
# A key that was withdrawn or a domain that is not verified yet is mended by the operator, so these may heal as well.
_MAY_HEAL: Final = frozenset({401, 403, 408, 409, 425, 429})
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_LONGEST_WISH: Final = timedelta(hours=1)


class Resend:
    """The account that mails are sent with."""

    def __init__(self, *, address: str, api_key: Secret, sender: str) -> None:
        self._address = f"{address.rstrip('/')}/emails"
        self._api_key = api_key
        self._sender = sender
        # A proxy leads out of the network, never to this machine itself.
        self._outside = urlsplit(address).hostname not in _THIS_MACHINE
        self._tls = httpx.create_ssl_context()
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """A connection that has brought one mail brings the next; none is left open afterwards."""
        try:
            yield
        finally:
            client, self._client = self._client, None
            if client is not None:
                await client.aclose()

    async def send(self, mail: Mail, *, key: str) -> str | None:
        """The provider's id, where it tells one. The same key never sends twice, however often it is called.

        Only while connected.
        """
        body = msgspec.json.encode(
            {
                "from": self._sender,
                "to": [mail.to],
                "subject": mail.subject,
                "html": mail.html,
                "text": mail.text,
                "tags": [{"name": "kind", "value": mail.kind}],
            }
        )
        headers = {
            "Authorization": f"Bearer {self._api_key.reveal()}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            "User-Agent": "peepopay",
        }
        try:
            if self._client is None:
                self._client = httpx.AsyncClient(
                    timeout=_TIMEOUT, limits=_LIMITS, verify=self._tls, trust_env=self._outside
                )
            response = await self._client.post(self._address, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise MailNotTaken(type(error).__name__) from error
        if response.is_success:
            return _id(response)
        if refusal := _refusal(response):
            raise refusal
        return None


def _id(response: httpx.Response) -> str:
    try:
        return str(msgspec.json.decode(response.content)["id"])
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        # Something between us and the provider answered in its stead; the key makes another try harmless.
        raise MailNotTaken(f"{response.status_code} without an id") from error


def _refusal(response: httpx.Response) -> MailNotTaken | MailRefused | None:
    name = _name(response)
    if name == "invalid_idempotent_request":
        # Our key is the message's id, so the provider has this message already. It differs where a name was changed
        # between two tries.
        _log.warning("the provider had this mail already, in other words")
        return None
    reason = f"{response.status_code} {name}".strip()
    if response.status_code in _MAY_HEAL or response.status_code >= 500:  # noqa: PLR2004 - HTTP
        return MailNotTaken(reason, not_before=_wish(response))
    return MailRefused(reason)


def _name(response: httpx.Response) -> str:
    """The provider's word for what is wrong. Its sentence is left out: it may repeat an address."""
    try:
        said: Any = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return ""
    return str(said.get("name", ""))[:60] if isinstance(said, dict) else ""


def _wish(response: httpx.Response) -> timedelta:
    text = response.headers.get("retry-after", "")
    return min(timedelta(seconds=int(text)), _LONGEST_WISH) if text.isdigit() and len(text) < 7 else timedelta()  # noqa: PLR2004 - digits
