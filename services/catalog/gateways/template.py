"""The widget's built page, read again only when the file is another one."""

import logging
from pathlib import Path
from typing import NamedTuple

from services.catalog.domain.pages import MARKER

_log = logging.getLogger(__name__)
Stamp = tuple[int, int, int]


class Page(NamedTuple):
    """The page, and what tells it from the one before."""

    body: bytes
    stamp: Stamp


class Template:
    """Asked about with every request: it costs a look at the file's times."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._known: Page | None = None

    def page(self) -> Page | None:
        """Nothing while there is none."""
        if self._path is None:
            return None
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if self._known is None or self._known.stamp != stamp:
                self._known = Page(self._path.read_bytes(), stamp)
                if MARKER not in self._known.body:
                    _log.warning("the widget's page has no place for its configuration and will fetch it")
        except OSError:
            self._known = None
        return self._known
