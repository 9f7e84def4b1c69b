"""Logos in a bucket of any storage that speaks S3."""

import logging
import ssl
from typing import Final
from urllib.parse import quote

import httpx

from services.catalog.domain.errors import StorageUnavailable
from services.catalog.gateways.signature import signed
from services.catalog.gateways.storage import StoredFile
from services.catalog.settings import CatalogSettings
from services.kernel.clock import Clock

_log = logging.getLogger(__name__)
_DEADLINE: Final = 5.0
_TRIES: Final = 3
# A year: what an address shows never changes.
FOREVER: Final = "public, max-age=31536000, immutable"


class Bucket:
    """Addresses it by path, which every such storage understands."""

    def __init__(self, settings: CatalogSettings, clock: Clock, *, deadline: float = _DEADLINE) -> None:
        self._settings = settings
        self._clock = clock
        self._home = f"{settings.s3_endpoint.rstrip('/')}/{quote(settings.s3_bucket, safe='')}"
        self._timeout = httpx.Timeout(deadline, connect=2.0)
        self._certificates = ssl.create_default_context()

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        await self._ask("PUT", key, body, {"content-type": media_type, "cache-control": FOREVER})

    async def remove(self, key: str) -> None:
        await self._ask("DELETE", key, b"", {})

    def url_of(self, key: str) -> str:
        return f"{self._settings.s3_public_url.rstrip('/')}/{quote(key)}"

    async def read(self, key: str) -> StoredFile | None:
        del key  # The storage shows it, not we.
        return None

    async def _ask(self, method: str, key: str, body: bytes, headers: dict[str, str]) -> None:
        last: Exception | None = None
        # Asked so seldom that no connection is kept.
        async with httpx.AsyncClient(timeout=self._timeout, verify=self._certificates) as client:
            for _ in range(_TRIES):
                try:
                    response = await self._sent(client, method, key, body, headers)
                except httpx.TransportError as error:
                    # Storing or removing the same once more does no harm.
                    last = error
                    continue
                if response.is_success or (method == "DELETE" and response.status_code == httpx.codes.NOT_FOUND):
                    return
                last = httpx.HTTPStatusError(
                    f"the storage answered {response.status_code}", request=response.request, response=response
                )
                if not response.is_server_error:
                    # A wrong key, or no such bucket: ours to put right, and no second try does it.
                    break
        # Whoever asked is told to try again; that it never works is told here.
        _log.error("the storage of logos does not do what it is asked", extra={"reason": str(last), "asked": method})
        raise StorageUnavailable from last

    async def _sent(
        self, client: httpx.AsyncClient, method: str, key: str, body: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        url = f"{self._home}/{quote(key)}"
        proven = signed(
            method,
            url,
            headers,
            body,
            region=self._settings.s3_region,
            key_id=self._settings.s3_access_key_id,
            secret=self._settings.s3_secret_access_key.reveal(),
            at=self._clock.now(),
        )
        return await client.request(method, url, content=body, headers=proven)
