"""Logos in a folder that all processes share, shown by ourselves."""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable
from pathlib import Path
from typing import Final

from services.catalog.domain.errors import StorageUnavailable
from services.catalog.gateways.storage import StoredFile
from services.kernel.ids import new_uuid

_log = logging.getLogger(__name__)
_MEDIA_TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
# Nothing else is ever asked of the disk, so no name leads out of the folder.
_KEY: Final = re.compile(r"ten_[a-z0-9]{1,60}/img_[a-z0-9]{1,60}\.(png|jpg|webp)")


class Folder:
    """Reads and writes in threads, for a disk may be slow."""

    def __init__(self, folder: str, public_url: str) -> None:
        self._folder = Path(folder).expanduser()
        self._public_url = public_url.rstrip("/")

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        del media_type  # The name says it.
        await _done(asyncio.to_thread(self._write, key, body))

    async def remove(self, key: str) -> None:
        await _done(asyncio.to_thread(self._path(key).unlink, missing_ok=True))

    def url_of(self, key: str) -> str:
        return f"{self._public_url}/media/logos/{key}"

    async def read(self, key: str) -> StoredFile | None:
        match = _KEY.fullmatch(key)
        if match is None:
            return None
        try:
            body = await asyncio.to_thread(self._path(key).read_bytes)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StorageUnavailable from error
        return StoredFile(body, _MEDIA_TYPES[match[1]])

    def _path(self, key: str) -> Path:
        if _KEY.fullmatch(key) is None:
            raise ValueError(f"{key!r} is no key")
        return self._folder / key

    def _write(self, key: str, body: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Seen whole or not at all.
        half = path.with_name(f"{new_uuid()}.part")
        try:
            with half.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)


async def _done(act: Awaitable[None]) -> None:
    try:
        await act
    except OSError as error:
        _log.exception("the folder of logos can't be used")
        raise StorageUnavailable from error
