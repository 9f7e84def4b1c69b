"""The links of a message, in the order in which its reader meets them."""

import re
from html.parser import HTMLParser
from typing import Final

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_ENDING: Final = ".,;:!?*_"


class _Anchors(HTMLParser):
    """Collects where the anchors lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"a", "area"}:
            self.found.extend(value.strip() for name, value in attrs if name == "href" and value)


def links_in(html: str, text: str) -> list[str]:
    """The HTML's first, then those that only the plain text has; none twice."""
    anchors = _Anchors()
    anchors.feed(html)
    anchors.close()
    met = [link for link in anchors.found if _ADDRESS.fullmatch(link)]
    met += [_without_ending(match[0]) for match in _ADDRESS.finditer(text)]
    return list(dict.fromkeys(met))


def _without_ending(link: str) -> str:
    """A sentence's full stop, or the bracket around a link, is not the link's own."""
    while link[-1] in _ENDING or (link[-1] == ")" and link.count(")") > link.count("(")):
        link = link[:-1]
    return link
