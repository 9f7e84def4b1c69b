"""The text of an ICS file: lines folded, quoted and nested, as components with properties."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

# All that decides when somebody is busy; the rest of a file is never looked at.
_COMPONENTS: Final = frozenset({"VEVENT", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT"})
_PROPERTIES: Final = frozenset({
    "DTEND", "DTSTAMP", "DTSTART", "DURATION", "EXDATE", "FREEBUSY", "RDATE", "RECURRENCE-ID", "RRULE", "SEQUENCE",
    "STATUS", "TRANSP", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "UID", "X-LIC-LOCATION", "X-MICROSOFT-CDO-BUSYSTATUS",
})  # fmt: skip
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*')


class NotACalendar(Exception):  # noqa: N818 - named by what it is
    """The file is no calendar, or not a whole one."""


class Property(NamedTuple):
    """One line: what it says, and how that is to be read."""

    value: str
    parameters: Mapping[str, str]


@dataclass(slots=True)
class Component:
    """A part of the file with the lines and parts that matter of it."""

    name: str
    lines: dict[str, list[Property]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        return self.lines.get(name, [])

    def first(self, name: str) -> Property | None:
        found = self.lines.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """A word such as CANCELLED, or nothing."""
        found = self.first(name)
        return "" if found is None else found.value.strip().upper()


def components(body: bytes) -> list[Component]:
    """The parts of a calendar, or NotACalendar. What lies within a part that does not matter does not matter."""
    text = _FOLD.sub("", body.decode("utf-8-sig", errors="replace"))
    nesting = _Nesting()
    for name, line in _named(text):
        if name == "BEGIN":
            nesting.begin(line[6:].strip().upper())
        elif name == "END":
            nesting.end(line[4:].strip().upper())
        elif name in _PROPERTIES:
            nesting.add(name, line)
    # A file that was cut off would take what is missing of it for free time.
    if not nesting.is_whole:
        raise NotACalendar
    return nesting.found


class _Nesting:
    """Which parts are open, and which were closed."""

    def __init__(self) -> None:
        self.found: list[Component] = []
        self._open: list[Component] = []
        self._calendars = self._closed = self._ignored = 0

    @property
    def is_whole(self) -> bool:
        return self._closed > 0 and not self._calendars and not self._open

    def begin(self, kind: str) -> None:
        if kind == "VCALENDAR" and not self._open:
            self._calendars += 1
        elif self._ignored or kind not in _COMPONENTS:
            self._ignored += 1
        elif self._calendars:
            self._open.append(Component(kind))

    def end(self, kind: str) -> None:
        if self._ignored:
            self._ignored -= 1
        elif self._open and kind == self._open[-1].name:
            part = self._open.pop()
            (self._open[-1].parts if self._open else self.found).append(part)
        elif kind == "VCALENDAR" and self._calendars and not self._open:
            self._calendars -= 1
            self._closed += 1

    def add(self, name: str, line: str) -> None:
        if self._open and not self._ignored and (read := _property(name, line)) is not None:
            self._open[-1].lines.setdefault(name, []).append(read)


def _named(text: str) -> Iterator[tuple[str, str]]:
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        if (name := _NAME.match(line)) is not None:
            yield name[0].upper(), line


def _property(name: str, line: str) -> Property | None:
    position = len(name)
    parameters: dict[str, str] = {}
    while (parameter := _PARAMETER.match(line, position)) is not None:
        parameters[parameter[1].upper()] = parameter[2].strip('"')
        position = parameter.end()
    return Property(line[position + 1 :], parameters) if line[position : position + 1] == ":" else None
