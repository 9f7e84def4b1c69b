"""Stripe's own description of its interface: what may be asked, what is answered, and objects to begin with."""

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from services.sandbox.domain.stripe.description import lengths
from services.sandbox.domain.stripe.description.answers import Check
from services.sandbox.domain.stripe.description.blanks import Blanks
from services.sandbox.domain.stripe.description.requests import Form, Reading
from services.sandbox.domain.stripe.description.shapes import Operation, Schema, Shapes
from services.sandbox.domain.stripe.refusals import StripeRefusal

_FILE: Final = Path(__file__).with_name("stripe.json.gz")
_GONE: Final = {"id", "object", "deleted"}


class Description:
    """What Stripe says of itself."""

    def __init__(self, document: bytes) -> None:
        self._shapes = Shapes(document)
        self._check = Check(self._shapes)
        self._blanks = Blanks(self._shapes)

    @property
    def version(self) -> str:
        return self._shapes.version

    @property
    def operations(self) -> set[str]:
        return self._shapes.operations

    def operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """What the address stands for, and what it names."""
        return self._shapes.operation(method, path)

    def params(self, operation: Operation, form: Form, *, schema: Schema | None = None) -> dict[str, Any]:
        """The form, typed by the operation's schema or by one made from it; a StripeRefusal where it does not fit."""
        reading = Reading(self._shapes, lengths.of(operation.template))
        typed: dict[str, Any] = reading.typed(form, schema or operation.params)
        if reading.problems:
            raise reading.problems[0]
        return typed

    def json_params(self, operation: Operation, body: bytes) -> dict[str, Any]:
        """What is sent to the newer interface, which is typed already."""
        try:
            sent = msgspec.json.decode(body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StripeRefusal("The request body is not valid JSON.") from error
        if problems := self._check.problems(sent, operation.params, "the body" * (not isinstance(sent, dict))):
            raise StripeRefusal(problems[0], code="parameter_invalid")
        params: dict[str, Any] = sent
        return params

    def blank(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """A whole object (`payment_intent`) or part (`payment_intent.next_action`) with these fields filled in."""
        return self._blanks.blank(name, fields)

    def problems_of(self, kind: str, value: object) -> list[str]:
        """Where the object differs from its kind, a sentence each."""
        return self._check.problems(value, {"$ref": f"#/components/schemas/{kind}"})

    def problems_of_answer(self, operation: Operation, value: object) -> list[str]:
        if isinstance(value, dict) and value.get("deleted") is True:
            return [] if set(value) == _GONE else ["what is deleted shows its id and nothing else"]
        return self._check.problems(value, operation.answer)

    def problems_of_event(self, event: Mapping[str, Any]) -> list[str]:
        about = event["data"]["object"]
        found = self.problems_of("event", event)
        if about.get("object") not in self._shapes.kinds:
            found.append(f"data.object is a {about.get('object')!r}, which is not known")
        else:
            found += [f"data.object.{sentence}" for sentence in self.problems_of(about["object"], about)]
        if event["type"].endswith(".updated") and not event["data"].get("previous_attributes"):
            found.append("data.previous_attributes is missing: something was updated")
        return found

    def is_expandable(self, kind: str, field: str) -> bool:
        schema: Schema = self._shapes.schema(kind).get("properties", {}).get(field, {})
        return "x-expandable" in schema


@cache
def description() -> Description:
    """Read when it is first asked for."""
    return Description(gzip.decompress(_FILE.read_bytes()))


__all__ = ["Description", "Operation", "Schema", "description"]
