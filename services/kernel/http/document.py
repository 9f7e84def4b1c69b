"""A context's public API as an OpenAPI document that reads well."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from services.kernel.http import envelope, who

_FOLDER: Final = "#/components/schemas/"
_METHODS: Final = frozenset({"get", "post", "put", "patch", "delete"})
_SESSION: Final = {
    "type": "apiKey",
    "in": "cookie",
    "name": "pp_session",
    "description": "The session that signing in gives.",
}
# Litestar names a generic's schema after the whole path of what it holds: Ok_services.auth.schemas.MeView_.
_GENERIC: Final = re.compile(r"(\w+?)_services\.[\w.]*?(\w+)_")


def document(app: Litestar) -> dict[str, Any]:
    """With the one error envelope at every operation, and what needs a session marked as such."""
    schema: dict[str, Any] = _renamed(app.openapi_schema.to_schema())
    components = schema.setdefault("components", {})
    (reference,), shared = msgspec.json.schema_components([envelope.Failure], ref_template=f"{_FOLDER}{{name}}")
    components["schemas"] = {**components.get("schemas", {}), **shared}
    private = _private(app)
    if private:
        components["securitySchemes"] = {"session": _SESSION}
    failed = {"description": "It did not work", "content": {"application/json": {"schema": reference}}}
    for path, operations in schema.get("paths", {}).items():
        for method in _METHODS & operations.keys():
            operation = operations[method]
            answers = operation["responses"]
            answers.pop("400", None)
            for answer in answers.values():
                if answer["description"] in _SAYING_NOTHING:
                    answer["description"] = "It worked"
            answers["default"] = failed
            if (path, method) in private:
                operation["security"] = [{"session": []}]
    return schema


# How Litestar describes an answer that nobody has described.
_SAYING_NOTHING: Final = frozenset(
    {
        "Request fulfilled, document follows",
        "Document created, URL follows",
        "Request accepted, processing continues off-line",
    }
)


def _renamed(schema: dict[str, Any]) -> dict[str, Any]:
    text = msgspec.json.encode(schema).decode()
    names = {name: _GENERIC.sub(r"\1\2", name) for name in schema.get("components", {}).get("schemas", {})}
    for name, shorter in names.items():
        text = text.replace(f'"{name}"', f'"{shorter}"').replace(f'"{_FOLDER}{name}"', f'"{_FOLDER}{shorter}"')
    renamed: dict[str, Any] = msgspec.json.decode(text)
    return renamed


def _private(app: Litestar) -> set[tuple[str, str]]:
    return {
        (route.path_format, method.lower())
        for route, handler in _handlers(app)
        if any(
            guard in (who.signed_in, who.member) or isinstance(guard, who.Allowed) for guard in handler.resolve_guards()
        )
        for method in handler.http_methods
    }


def _handlers(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                yield route, handler
