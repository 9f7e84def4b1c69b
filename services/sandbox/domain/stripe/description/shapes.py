"""Schemas of the description, each read when it is first needed."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import msgspec

Schema: TypeAlias = dict[str, Any]

_PLACE: Final = re.compile(r"{(\w+)}")


class _Components(msgspec.Struct):
    schemas: dict[str, msgspec.Raw]


class _Info(msgspec.Struct):
    version: str


class _Document(msgspec.Struct):
    """The whole of it stays as text: what nobody asks for costs no memory beyond that."""

    info: _Info
    paths: dict[str, dict[str, msgspec.Raw]]
    components: _Components


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked for."""

    method: str
    template: str
    described: Schema

    @property
    def name(self) -> str:
        return f"{self.method} {self.template}"

    @property
    def is_json(self) -> bool:
        return self.template.startswith("/v2/")

    @cached_property
    def params(self) -> Schema:
        """What may be sent, in the body or in the query."""
        for content in self.described.get("requestBody", {}).get("content", {}).values():
            body: Schema = content["schema"]
            return body
        sent = [parameter for parameter in self.described["parameters"] if parameter["in"] == "query"]
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {parameter["name"]: parameter["schema"] for parameter in sent},
            "required": [parameter["name"] for parameter in sent if parameter["required"]],
        }

    @property
    def answer(self) -> Schema:
        schema: Schema = self.described["responses"]["200"]["content"]["application/json"]["schema"]
        return schema


class Shapes:
    """Every schema and operation by its name."""

    def __init__(self, document: bytes) -> None:
        self._document = msgspec.json.decode(document, type=_Document)
        self._schemas: dict[str, Schema] = {}
        self._operations: dict[str, Operation] = {}
        # A word in a path goes before a place for one: /search before /{charge}.
        templates = sorted(self._document.paths, key=lambda template: (template.count("{"), template))
        self._paths: dict[int, list[tuple[str, re.Pattern[str]]]] = {}
        for template in templates:
            alike = self._paths.setdefault(template.count("/"), [])
            alike.append((template, re.compile(_PLACE.sub("([^/]+)", template))))

    @property
    def version(self) -> str:
        return self._document.info.version

    @property
    def kinds(self) -> set[str]:
        return set(self._document.components.schemas)

    @property
    def operations(self) -> set[str]:
        """The names of all operations."""
        return {f"{verb.upper()} {path}" for path, verbs in self._document.paths.items() for verb in verbs}

    def schema(self, kind: str) -> Schema:
        if kind not in self._schemas:
            self._schemas[kind] = msgspec.json.decode(self._document.components.schemas[kind])
        return self._schemas[kind]

    def resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schema(schema["$ref"].rpartition("/")[2])
        return schema

    def operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """What the address stands for, and what it names."""
        for template, pattern in self._paths.get(path.count("/"), ()):
            verbs = self._document.paths[template]
            if method.lower() in verbs and (match := pattern.fullmatch(path)):
                name = f"{method} {template}"
                if name not in self._operations:
                    described = msgspec.json.decode(verbs[method.lower()])
                    self._operations[name] = Operation(method, template, described)
                return self._operations[name], dict(
                    zip(_PLACE.findall(template), map(unquote, match.groups()), strict=True)
                )
        return None
