"""Where logos are kept: what a folder and a bucket have in common."""

from typing import NamedTuple, Protocol


class StoredFile(NamedTuple):
    """A file as it is shown."""

    body: bytes
    media_type: str


class Storage(Protocol):
    """Keys are `tenant/name.extension`; what is stored under one never changes."""

    async def put(self, key: str, body: bytes, media_type: str) -> None: ...

    async def remove(self, key: str) -> None:
        """Whether it is there or not."""

    def url_of(self, key: str) -> str:
        """Where anybody can read it."""

    async def read(self, key: str) -> StoredFile | None:
        """Only where we show it ourselves."""
