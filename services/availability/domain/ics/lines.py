"""The text of an ICS file: lines folded, quoted and nested, as components with properties."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

# All that decides when somebody is busy; the rest of a file is never looked at.
_COMPONENTS: Final = frozenset({"VEVENT", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT"})
_PROPERTIES: Final = frozenset({
    "DTEND", "DTSTAMP", "DTSTART", "DURATION", "EXDATE", "FREEBUSY", "RDATE", "RECURRENCE-ID", "RRULE", "SEQUENCE",
    "STATUS", "TRANSP", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "UID", "X-LIC-LOCATION", "X-MICROSOFT-CDO-BUSYSTATUS",
})  # fmt: skip
_NAME: Final = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER: Final = re.compile(r";([A-Za-z0-9-]+)=")
_VALUE: Final = re.compile(r'"[^"]*"|[^";:,]*')
# Unfolded. What is longer is cut, and its component is one that can't be read.
_LONGEST_LINE: Final = 65_536
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


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
    # Whether all that matters of it was short enough to be looked at.
    is_whole: bool = True

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
    nesting = _Nesting()
    for name, line in _named(body.decode("utf-8-sig", errors="replace")):
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
        if not self._open or self._ignored:
            return
        part = self._open[-1]
        if len(line) > _LONGEST_LINE:
            part.is_whole = False
        elif (read := _property(name, line)) is not None:
            part.lines.setdefault(name, []).append(read)


def _named(text: str) -> Iterator[tuple[str, str]]:
    for line in _unfolded(text):
        if (name := _NAME.match(line)) is not None:
            yield name[0].upper(), line


def _unfolded(text: str) -> Iterator[str]:
    """Line by line, none of them much longer than any that is looked at."""
    parts: list[str] = []
    length = 0
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        if not line.startswith((" ", "\t")):
            yield "".join(parts)
            parts, length = [line[: _LONGEST_LINE + 1]], len(line)
        elif parts and length <= _LONGEST_LINE:
            parts.append(line[1 : _LONGEST_LINE + 2])
            length += len(line) - 1
    yield "".join(parts)


def _property(name: str, line: str) -> Property | None:
    position = len(name)
    parameters: dict[str, str] = {}
    while (parameter := _PARAMETER.match(line, position)) is not None:
        begin = parameter.end()
        position = _end_of_value(line, begin)
        parameters[parameter[1].upper()] = line[begin:position].strip('"')
        # Of several, the first is the one that counts.
        while line.startswith(",", position):
            position = _end_of_value(line, position + 1)
    return Property(line[position + 1 :], parameters or _NONE) if line.startswith(":", position) else None


def _end_of_value(line: str, position: int) -> int:
    value = _VALUE.match(line, position)
    return position if value is None else value.end()
