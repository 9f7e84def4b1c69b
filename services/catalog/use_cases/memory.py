"""What a process remembers of public questions, so that the database and auth are asked seldom; all of it bounded."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from services.kernel.freshness import Epoch

# Of finished answers, in bytes; an entry takes some besides its body.
_ANSWERS: Final = 16 * 1024 * 1024
_AROUND: Final = 1_000
_SLUGS: Final = 20_000
_STRANGERS: Final = 20_000
# How long a slug that auth has never heard of is not asked about again.
_STRANGE_SECONDS: Final = 2.0
# So many questions about unknown slugs are put to auth at once, however many are asked of us.
_ASKED_AT_ONCE: Final = 4

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Latest(Generic[K, V]):
    """The entries that were used last, and no more than so many; or, where they are weighed, than weigh so much."""

    def __init__(self, most: int, weigh: Callable[[V], int] = lambda _: 1) -> None:
        self._most = most
        self._weigh = weigh
        self._weight = 0
        self._entries: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        if (found := self._entries.get(key)) is not None:
            self._entries.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> None:
        if (former := self._entries.pop(key, None)) is not None:
            self._weight -= self._weigh(former)
        self._entries[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._most:
            _, oldest = self._entries.popitem(last=False)
            self._weight -= self._weigh(oldest)


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished answer, and the epoch it was made in."""

    body: bytes
    etag: str
    # The business's present slug, for who asked by a former one.
    slug: str
    # The sites that may frame it.
    framed_by: tuple[str, ...]
    epoch: Epoch
    # What else it was made of: a file's stamp.
    stamp: Hashable = None


class Memory:
    """One per process."""

    def __init__(self) -> None:
        self.answers: Latest[tuple[str, str], Kept] = Latest(_ANSWERS, lambda kept: len(kept.body) + _AROUND)
        # A slug never becomes another business's, so this is never wrong.
        self.slugs: Latest[str, str] = Latest(_SLUGS)
        self.asking = asyncio.Semaphore(_ASKED_AT_ONCE)
        self._strangers: Latest[str, float] = Latest(_STRANGERS)

    def is_stranger(self, slug: str) -> bool:
        """Whether auth has said a moment ago that it is nobody's."""
        until = self._strangers.get(slug)
        return until is not None and time.monotonic() < until

    def note_stranger(self, slug: str) -> None:
        self._strangers.put(slug, time.monotonic() + _STRANGE_SECONDS)
