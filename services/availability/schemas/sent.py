"""What was sent, as far as it is good, and all that is wrong with it: gathered field by field, refused at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from services.kernel import errors
from services.kernel.http import bodies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from litestar import Request

    from services.availability.use_cases.staff import Team
    from services.kernel.http.bodies import Partly

_NO_BODY = b"{}"


class Sent:
    """A body, or an entry of a list in it: the values of its good fields by our names, the problems by the sender's."""

    def __init__(self, data: Partly, problems: Mapping[str, str] | None = None, body: bytes = _NO_BODY) -> None:
        self._names = {field.name: field.encode_name for field in msgspec.structs.fields(data)}
        self._problems = dict(problems or {})
        self._body = body
        self._entries: dict[str, Sent] = {}
        said = {name: getattr(data, name) for name in self._names}
        self.values: dict[str, Any] = {name: value for name, value in said.items() if value is not msgspec.UNSET}

    @classmethod
    async def by(cls, request: Request[Any, Any, Any], data: Partly) -> Sent:
        return cls(data, bodies.problems_of(request), await request.body())

    @property
    def problems(self) -> dict[str, str]:
        found = dict(self._problems)
        for at, entry in self._entries.items():
            found |= {f"{at}.{where}": sentence for where, sentence in entry.problems.items()}
        return found

    def over(self, present: Mapping[str, Any]) -> Sent:
        """With what is there of what was not sent. What is not there either is required; what is bad stays unknown."""
        bad = {where.partition(".")[0] for where in self._problems}
        for name, sent_as in self._names.items():
            if name in self.values or sent_as in bad:
                continue
            if name in present:
                self.values[name] = present[name]
            else:
                self._problems[sent_as] = "is required"
        return self

    def check(self, field: str, judge: Callable[..., str | None], *names: str) -> None:
        """Judge some fields together, where all of them are good; it is `field` that is wrong then."""
        if all(name in self.values for name in names):
            self.wrong(self._names[field], judge(*(self.values[name] for name in names)))

    def wrong(self, where: str, sentence: str | None) -> None:
        if sentence is not None:
            self._problems[where] = sentence

    def entries(self, field: str, kind: type[Partly]) -> dict[str, Sent]:
        """By where it lies, each entry of a list with its good fields; none of what is no such list."""
        sent_as = self._names[field]
        found: dict[str, Sent] = {}
        if field in self.values:
            found = {f"{sent_as}.{index}": Sent(entry) for index, entry in enumerate(self.values[field])}
        elif sent_as not in self._problems:
            raw = msgspec.json.decode(self._body, type=dict[str, msgspec.Raw])
            # An unknown field may be called like an entry of a list that was not sent.
            listed = raw.get(sent_as, msgspec.Raw(b"[]"))
            for index, entry in enumerate(msgspec.json.decode(listed, type=list[msgspec.Raw])):
                at = f"{sent_as}.{index}"
                if at not in self._problems:
                    found[at] = Sent(*bodies.decode_partly(kind, bytes(entry)))
        self._entries |= found
        return found

    def refuse(self) -> None:
        """Where anything is wrong, with all of it."""
        if problems := self.problems:
            raise errors.Invalid(details=problems)


def one_of(team: Team) -> Callable[[str | None], str | None]:
    """What is wrong with a staff member's id, where the business has these."""
    return lambda staff_id: None if staff_id is None or staff_id in team else "is none of your staff"
