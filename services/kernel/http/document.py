"""A context's public API as an OpenAPI document that reads well."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from services.kernel.http import envelope, who
from services.kernel.idempotency import Idempotent

_FOLDER: Final = "#/components/schemas/"
# As a description says it: 409 `EMAIL_TAKEN`.
_REFUSAL: Final = re.compile(r"\b([45]\d\d)\s+`([A-Z][A-Z_]+)`")
_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": (
        "The same key with the same body gives the first answer again, for a day;"
        " with another body, 409 `IDEMPOTENCY_KEY_REUSED`."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
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
    private = _where(app, _is_private)
    repeatable = _where(app, _is_repeatable)
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
            _tell_refusals(operation, reference)
            if (path, method) in repeatable:
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
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


def _tell_refusals(operation: dict[str, Any], reference: dict[str, Any]) -> None:
    """What the operation's own description says no with, by status."""
    codes: dict[str, list[str]] = {}
    for status, code in _REFUSAL.findall(operation.get("description", "")):
        codes.setdefault(status, []).append(f"`{code}`")
    for status, names in codes.items():
        content = {"application/json": {"schema": reference}}
        operation["responses"][status] = {"description": " or ".join(names), "content": content}


def _where(app: Litestar, holds: Callable[[HTTPRouteHandler], bool]) -> set[tuple[str, str]]:
    return {
        (route.path_format, method.lower())
        for route, handler in _handlers(app)
        if holds(handler)
        for method in handler.http_methods
    }


def _is_private(handler: HTTPRouteHandler) -> bool:
    return any(
        guard in (who.signed_in, who.member) or isinstance(guard, who.Allowed) for guard in handler.resolve_guards()
    )


def _is_repeatable(handler: HTTPRouteHandler) -> bool:
    return any(isinstance(middleware, Idempotent) for middleware in handler.resolve_middleware())


def _handlers(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                yield route, handler
