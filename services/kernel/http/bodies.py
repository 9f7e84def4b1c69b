"""Bodies are decoded strictly, and every bad field is named at once."""

import re
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Union, get_args, get_origin

import msgspec
from litestar.dto import AbstractDTO
from litestar.dto._backend import DTOBackend
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from services.kernel import errors

if TYPE_CHECKING:
    from litestar._openapi.schema_generation import SchemaCreator

Check = Callable[[Any], str | None]

_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_PROBLEMS: Final = "body_problems"
# Beyond it JavaScript no longer tells two whole numbers apart.
_LARGEST_WHOLE: Final = 2**53 - 1
# A body without these needs no second look.
_SUSPECT: Final = re.compile(rb"\\u0000|\d{16}")
_WORDS: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "date": "a date such as 2026-03-14",
    "datetime": "an instant such as 2026-03-14T09:30:00+13:00",
}


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What a caller may send. `CHECKS` says of a field what its type can't: a sentence where it is wrong."""

    CHECKS: ClassVar[Mapping[str, Check]] = {}


def decode(kind: Any, body: bytes) -> Any:
    """The value, or a refusal that names everything that is wrong with it."""
    try:
        value, problems = _examined(kind, body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.Invalid(details={"body": "must be valid JSON"}) from error
    if problems:
        raise errors.Invalid(details=problems)
    return value


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Working them out takes longer than decoding a body."""
    return msgspec.structs.fields(kind)


def _examined(kind: Any, body: bytes) -> tuple[Any, dict[str, str]]:
    try:
        value = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        found = _problems(kind, msgspec.json.decode(body), "")
        return None, found or {"body": _sentence(str(error))}
    problems = _checked(value, "")
    if not problems and _SUSPECT.search(body):
        problems = _unstorable(msgspec.json.decode(body), "")
    return value, problems


class Partly(Wire, frozen=True, kw_only=True):
    """A body of which the handler sees the good fields even where others are bad, and `problems_of` says which those are.

    So what is judged as a whole, or against what is stored, is named together with them. All fields may be left out.
    """


def decode_partly(kind: Any, body: bytes) -> tuple[Any, dict[str, str]]:
    """The value without its bad fields, and what is wrong with those."""
    try:
        value, problems = _examined(kind, body)
        if not problems:
            return value, {}
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.Invalid(details={"body": "must be valid JSON"}) from error
    if not isinstance(raw, dict):
        raise errors.Invalid(details=problems)
    bad = {where.partition(".")[0] for where in problems}
    known = {field.encode_name for field in _fields(kind)}
    good = {name: item for name, item in raw.items() if name in known and name not in bad}
    return msgspec.convert(good, kind), problems


def problems_of(connection: Any) -> dict[str, str]:
    """What was wrong with a body that was taken partly."""
    found: dict[str, str] = connection.scope["state"].get(_PROBLEMS, {})
    return dict(found)


class StrictBody(AbstractDTO[msgspec.Struct]):
    """Litestar's hook for decoding a body: its own way takes "1" for 1 and stops at the first bad field."""

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        return True

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: type[DTOBackend] | None = None
    ) -> None:
        """Nothing to prepare."""

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: "SchemaCreator"
    ) -> Reference | Schema:
        return schema_creator.for_field_definition(field_definition)

    def decode_bytes(self, value: bytes) -> Any:
        content_type = self.asgi_connection.headers.get("content-type", "application/json")
        if _JSON.fullmatch(content_type) is None:
            raise errors.Invalid(details={"body": "must be sent as application/json"})
        field: FieldDefinition = self.asgi_connection.route_handler.parsed_data_field
        if isinstance(field.annotation, type) and issubclass(field.annotation, Partly):
            partly, self.asgi_connection.scope["state"][_PROBLEMS] = decode_partly(field.annotation, value)
            return partly
        return decode(field.annotation, value)

    def decode_builtins(self, value: dict[str, Any]) -> Any:
        raise errors.Invalid(details={"body": "must be sent as application/json"})


def _inner(kind: Any) -> list[Any]:
    """The types that an annotation allows, without its constraints."""
    if get_origin(kind) is Annotated:
        return _inner(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [part for option in get_args(kind) for part in _inner(option)]
    return [kind]


def _problems(kind: Any, raw: Any, path: str) -> dict[str, str]:
    """Every field of raw that the type does not allow, by its path."""
    for option in _inner(kind):
        if isinstance(option, type) and issubclass(option, msgspec.Struct) and isinstance(raw, dict):
            return _struct_problems(option, raw, path)
        if get_origin(option) in (list, tuple) and isinstance(raw, list):
            found: dict[str, str] = {}
            for index, item in enumerate(raw):
                found |= _problems(get_args(option)[0], item, f"{path}.{index}" if path else str(index))
            return found or _own_problem(kind, raw, path)
    return _own_problem(kind, raw, path)


def _struct_problems(kind: type[msgspec.Struct], raw: dict[str, Any], path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    known = set()
    checks: Mapping[str, Check] = getattr(kind, "CHECKS", {})
    for field in _fields(kind):
        name = field.encode_name
        known.add(name)
        where = f"{path}.{name}" if path else name
        if name not in raw:
            if field.required:
                found[where] = "is required"
            continue
        wrong = _problems(field.type, raw[name], where)
        if not wrong and field.name in checks and raw[name] is not None:
            sentence = checks[field.name](msgspec.convert(raw[name], field.type))
            wrong = {where: sentence} if sentence else {}
        found |= wrong
    if kind.__struct_config__.forbid_unknown_fields:
        found |= {(f"{path}.{name}" if path else name)[:100]: "is not known here" for name in raw if name not in known}
    return found


def _own_problem(kind: Any, raw: Any, path: str) -> dict[str, str]:
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        return {path or "body": _sentence(str(error))}
    return {}


def _checked(value: Any, path: str) -> dict[str, str]:
    """What the checks say of a value whose types are right."""
    found: dict[str, str] = {}
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            found |= _checked(item, f"{path}.{index}" if path else str(index))
    if not isinstance(value, msgspec.Struct):
        return found
    checks: Mapping[str, Check] = getattr(value, "CHECKS", {})
    for field in _fields(type(value)):
        held = getattr(value, field.name)
        where = f"{path}.{field.encode_name}" if path else field.encode_name
        if field.name in checks and held is not None and held is not msgspec.UNSET:
            sentence = checks[field.name](held)
            if sentence:
                found[where] = sentence
        found |= _checked(held, where)
    return found


def _unstorable(raw: Any, path: str) -> dict[str, str]:
    """What the types allow and PostgreSQL can't store; no honest caller sends either."""
    if isinstance(raw, str) and "\0" in raw:
        return {path or "body": "must not hold a NUL character"}
    if isinstance(raw, int) and abs(raw) > _LARGEST_WHOLE:
        return {path or "body": f"must be between -{_LARGEST_WHOLE} and {_LARGEST_WHOLE}"}
    parts: dict[str, Any] = {}
    if isinstance(raw, dict):
        parts = {str(name): item for name, item in raw.items()}
    elif isinstance(raw, list):
        parts = {str(index): item for index, item in enumerate(raw)}
    found: dict[str, str] = {}
    for name, item in parts.items():
        found |= _unstorable(item, f"{path}.{name}" if path else name)
    return found


def _sentence(message: str) -> str:  # noqa: PLR0911 - a table, written as sentences
    """msgspec's words as a person would say them."""
    text = message.split(" - at ", 1)[0]
    if match := re.fullmatch(r"Expected `(\w+)` of length >= (\d+)", text):
        if match[1] == "str":
            return "must not be empty" if match[2] == "1" else f"must have at least {match[2]} characters"
        return f"must have at least {match[2]} entries"
    if match := re.fullmatch(r"Expected `(\w+)` of length <= (\d+)", text):
        return f"must have at most {match[2]} {'characters' if match[1] == 'str' else 'entries'}"
    if match := re.fullmatch(r"Expected `\w+` (>=|<=|>|<) (\S+)", text):
        words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
        return f"must be {words[match[1]]} {match[2]}"
    if text.startswith("Expected `str` matching regex"):
        return "has not the form that is asked for"
    if match := re.fullmatch(r"Expected `([^`]+)`, got `\w+`", text):
        options = [_WORDS.get(part.strip(), part.strip()) for part in match[1].split("|")]
        return f"must be {' or '.join(options)}"
    if match := re.fullmatch(r"Invalid RFC3339 encoded (date|datetime)", text):
        return f"must be {_WORDS[match[1]]}"
    if text.startswith("Invalid enum value"):
        return "is not one of the values that are allowed"
    return text[:1].lower() + text[1:]


def query_problems(extra: Any) -> dict[str, str]:
    """What Litestar found wrong with query and path parameters, in our words."""
    found: dict[str, str] = {}
    for entry in extra if isinstance(extra, list) else []:
        if isinstance(entry, dict):
            found[str(entry.get("key", "request"))] = _sentence(str(entry.get("message", "is not valid")))
    return found


def missing_fields(kind: Any) -> dict[str, str]:
    """What an empty body lacks."""
    return _problems(kind, {}, "") or {"body": "is required"}
