"""What is sent: forms as Stripe's clients write them, typed and checked by the description."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

from services.sandbox.domain.stripe.description.lengths import LONGEST
from services.sandbox.domain.stripe.description.shapes import Schema, Shapes
from services.sandbox.domain.stripe.refusals import StripeRefusal

# A form before it is known what its texts stand for: {"a": {"b": {"0": "x"}}}.
Form: TypeAlias = dict[str, Any]

_KEY: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_INNER: Final = re.compile(r"\[([^\[\]]*)\]")
_DEEPEST: Final = 12
_MOST_FIELDS: Final = 5000
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_MOST_SHOWN: Final = 12
_SHOWN_ENDS: Final = 8
# Gone since the version endive; Stripe says so in words of its own.
_GONE: Final = "payment_method_types"


def read_form(text: bytes) -> Form:
    """`a[b][0]=x` and `a[b][]=x`; where something comes twice, the last counts."""
    try:
        # Decoded first: of bytes it takes only ASCII.
        pairs = parse_qsl(
            text.decode(), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        raise StripeRefusal("The request could not be read as an UTF-8 encoded form.") from error
    form: Form = {}
    for key, value in pairs:
        match = _KEY.fullmatch(key)
        if match is None or "\0" in key or "\0" in value:
            raise StripeRefusal(f"Invalid request: the parameter {key[:100]!r} could not be read.")
        names = [match[1], *_INNER.findall(match[2])]
        if len(names) > _DEEPEST:
            raise StripeRefusal(f"Invalid request: {names[0]} is nested too deeply.", param=names[0])
        _put(form, names, value)
    return form


def _put(form: Form, names: list[str], value: str) -> None:
    inside = form
    for index, name in enumerate(names):
        key = name or str(len(inside))
        is_last = index == len(names) - 1
        if is_last != isinstance(inside.get(key, "" if is_last else {}), str):
            raise StripeRefusal(f"Invalid request: {names[0]} is given both as a value and as a hash.", param=names[0])
        if is_last:
            inside[key] = value
        else:
            inside = inside.setdefault(key, {})


class Reading:
    """One request's form on its way to typed parameters; notes what is wrong on the way."""

    def __init__(self, shapes: Shapes, longest: Mapping[str, int]) -> None:
        self._shapes = shapes
        # How long some texts may be, by parameter.
        self._longest = longest
        self.problems: list[StripeRefusal] = []

    def typed(self, value: Any, schema: Schema, at: str = "") -> Any:
        schema = self._shapes.resolved(schema)
        if "anyOf" in schema:
            return self._one_of(value, schema["anyOf"], at)
        match schema.get("type"):
            case "object":
                return self._object(value, schema, at)
            case "array":
                return self._array(value, schema, at)
            case None:
                return value
            case kind:
                return self._scalar(value, schema, kind, at)

    def _one_of(self, value: Any, choices: list[Schema], at: str) -> Any:
        fewest: list[StripeRefusal] | None = None
        typed = value
        # What has the right form from the start says best what else is wrong with it.
        for schema in sorted(choices, key=lambda choice: _is_hash(choice) is not isinstance(value, dict)):
            attempt = Reading(self._shapes, self._longest)
            typed = attempt.typed(value, schema, at)
            if not attempt.problems:
                return typed
            fewest = attempt.problems if fewest is None else fewest
        self.problems += fewest or []
        return typed

    def _object(self, value: Any, schema: Schema, at: str) -> Any:
        if not isinstance(value, dict):
            self._note(_empty(at) if value == "" else StripeRefusal("Invalid object", param=at))
            return value
        properties: Mapping[str, Schema] = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        typed: Form = {}
        unknown = []
        for name, part in value.items():
            here = f"{at}[{name}]" if at else name
            if name in properties:
                typed[name] = self.typed(part, properties[name], here)
            elif isinstance(others, dict):
                # A key of one's own may be given nothing, which unsets it.
                typed[name] = part if part == "" else self.typed(part, others, here)
            elif others:
                typed[name] = part
            else:
                unknown.append(here)
        self._note_unknown(unknown)
        for name in schema.get("required", []):
            if name not in value:
                here = f"{at}[{name}]" if at else name
                self._note(
                    StripeRefusal(f"Missing required param: {here}.", code="parameter_missing", param=here), last=True
                )
        return typed

    def _array(self, value: Any, schema: Schema, at: str) -> Any:
        if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
            self._note(_empty(at) if value == "" else StripeRefusal("Invalid array", param=at))
            return value
        in_order = sorted(value.items(), key=lambda item: (len(item[0]), item[0]))
        return [self.typed(part, schema["items"], f"{at}[{key}]") for key, part in in_order]

    def _scalar(self, value: Any, schema: Schema, kind: str, at: str) -> Any:
        try:
            return _read(value, schema, kind, at, self._longest.get(at, LONGEST))
        except StripeRefusal as problem:
            self._note(problem)
            return value

    def _note_unknown(self, names: list[str]) -> None:
        if not names:
            return
        if names[0] == _GONE:
            message = (
                f"{_GONE} is no longer supported in this version of the API; use automatic_payment_methods or"
                " allowed_payment_method_types instead."
            )
            self._note(StripeRefusal(message, code=f"{_GONE}_no_longer_supported", param=_GONE))
            return
        message = f"Received unknown parameter{'s' if len(names) > 1 else ''}: {', '.join(names[:_MOST_SHOWN])}"
        self._note(StripeRefusal(message, code="parameter_unknown", param=names[0]))

    def _note(self, problem: StripeRefusal, *, last: bool = False) -> None:
        """Stripe tells of one; what is there and wrong goes before what is not there."""
        if last:
            self.problems.append(problem)
        else:
            self.problems.insert(0, problem)


def _cut(text: str) -> str:
    return f"{text[:_SHOWN_ENDS]}...{text[-_SHOWN_ENDS:]}"


def _read(value: Any, schema: Schema, kind: str, at: str, longest: int) -> str | int | float | bool:
    if not isinstance(value, str):
        raise StripeRefusal(f"Invalid {kind}: a hash was given", param=at)
    words = schema.get("enum")
    if value == "" and "" not in (words or ()):
        raise _empty(at)
    if len(value) > longest:
        raise StripeRefusal(f"Invalid string: {_cut(value)}; must be at most {longest} characters", param=at)
    match kind:
        case "integer":
            if _INTEGER.fullmatch(value) is None:
                raise StripeRefusal(f"Invalid integer: {value}", code="parameter_invalid_integer", param=at)
            return int(value)
        case "boolean":
            if value not in {"true", "false"} or (words is not None and (value == "true") not in words):
                raise StripeRefusal(f"Invalid boolean: {value}", param=at)
            return value == "true"
        case "number":
            return float(_decimal(value, at))
        case _:
            return _decimal(value, at) if schema.get("format") == "decimal" else _word(value, words, at)


def _word(value: str, words: list[str] | None, at: str) -> str:
    if words is not None and value not in words:
        raise StripeRefusal(f"Invalid {at}: must be {_choices(words)}", param=at)
    return value


def _decimal(value: str, at: str) -> str:
    if _NUMBER.fullmatch(value) is None:
        raise StripeRefusal(f"Invalid decimal: {value}", param=at)
    return value


def _is_hash(schema: Schema) -> bool:
    return schema.get("type") in {"object", "array"} or "$ref" in schema


def _choices(words: list[str]) -> str:
    shown = [word for word in words if word][:_MOST_SHOWN]
    if len(shown) <= 2:  # noqa: PLR2004 - of two, one or the other
        return " or ".join(shown)
    return f"one of {', '.join(shown[:-1])}, or {shown[-1]}"


def _empty(at: str) -> StripeRefusal:
    return StripeRefusal(
        f"You passed an empty string for '{at}'. We assume empty values are an attempt to unset a parameter; however"
        f" '{at}' cannot be unset. You should remove '{at}' from your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=at,
    )
