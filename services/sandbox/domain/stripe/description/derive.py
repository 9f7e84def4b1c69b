"""Derives the description of Stripe's interface from the installed `stripe` package.

Stripe generates that package from its own description, so its methods, parameters and classes say what is taken and
given in exactly the version that it pins. What they do not say: the longest length of a text, and whether a key of an
answer that may be nothing is then null or left out.

    python -m services.sandbox.domain.stripe.description.derive [FILE]
"""

import ast
import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any, Final, TypeAlias

from services.sandbox.domain.stripe.description.source import Method, Module, constant, methods, read, unquoted

Schema: TypeAlias = dict[str, Any]

FILE: Final = Path(__file__).with_name("stripe.json.gz")

# What a platform that takes payments for businesses could call.
_WANTED: Final = re.compile(
    r"/v1/accounts?(/(?!.*bank_accounts).*)?$"
    r"|/v1/(account_links|account_sessions|balance|customer_sessions)$"
    r"|/v1/(application_fees|balance_transactions|charges|checkout/sessions|confirmation_tokens|coupons|customers)(/|$)"
    r"|/v1/(disputes|events|invoices|payment_intents|payment_method_domains|payment_methods|payouts|prices)(/|$)"
    r"|/v1/(products|refunds|setup_intents|subscription_items|subscriptions|transfers|webhook_endpoints)(/|$)"
    r"|/v1/billing_portal/"
    r"|/v1/terminal/(connection_tokens|locations|readers)(/|$)"
    r"|/v1/test_helpers/(confirmation_tokens|refunds|terminal|test_clocks)(/|$)"
    r"|/v2/core/(account_links|accounts|event_destinations|events)(/|$)"
)
# They come in events and inside other objects, and no path gives them alone.
_ALSO: Final = (("stripe._application", "Application"), ("stripe._capability", "Capability"))

_NOTHING: Final[Schema] = {"nullable": True}
_PLAIN: Final[dict[str, Schema]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "Decimal": {"type": "string", "format": "decimal"},
    "bytes": {"type": "string", "format": "binary"},
    "UntypedStripeObject": {"type": "object", "additionalProperties": True},
    "Any": {},
    "object": {},
}
_NULLABLE_TEXT: Final[Schema] = {"type": "string", "nullable": True}
# The package writes this one by hand, for every version.
_ERROR: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "additionalProperties": False,
            "required": ["message", "type"],
            "properties": {
                "type": {
                    "type": "string",
                    "enum": ["api_error", "card_error", "idempotency_error", "invalid_request_error"],
                },
                "message": {"type": "string"},
                **dict.fromkeys(
                    (
                        *("advice_code", "charge", "code", "decline_code", "doc_url", "network_advice_code"),
                        *("network_decline_code", "param", "payment_method_type", "request_log_url"),
                    ),
                    _NULLABLE_TEXT,
                ),
                "payment_intent": {"$ref": "#/components/schemas/payment_intent"},
                "payment_method": {"$ref": "#/components/schemas/payment_method"},
                "setup_intent": {"$ref": "#/components/schemas/setup_intent"},
                "source": {},
            },
        }
    },
}


class Types:
    """Annotations of the package as schemas, and the classes met on the way."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self._met: dict[tuple[str, str], str] = {}
        self._waiting: list[tuple[Module, str, str]] = []

    def params(self, annotation: ast.expr, module: Module) -> Schema:
        """Of what is sent: each nested group of parameters is written out in its place."""
        return self._type(annotation, module, None)

    def answer(self, annotation: ast.expr, module: Module) -> Schema:
        return self._type(annotation, module, [])

    def reference(self, module: Module, name: str) -> Schema:
        """To a class that is described once, under the name that its objects carry."""
        key = (module.name, name)
        if key not in self._met:
            own_name = next(
                (
                    ast.literal_eval(node.value)
                    for node in module.classes[name].body
                    if isinstance(node, ast.AnnAssign) and node.value and _target(node) == "OBJECT_NAME"
                ),
                ".".join(part.lstrip("_") for part in [*module.name.split(".")[1:], name]),
            )
            if own_name in self._met.values():
                raise ValueError(f"two classes are called {own_name}")
            self._met[key] = own_name
            self._waiting.append((module, name, own_name))
        return {"$ref": f"#/components/schemas/{self._met[key]}"}

    def describe_all(self) -> None:
        """The classes met until now, and those met in them."""
        while self._waiting:
            module, name, own_name = self._waiting.pop()
            node = module.classes[name]
            self.schemas[own_name] = self._object(node, module, [node])

    def _type(self, annotation: ast.expr, module: Module, scope: list[ast.ClassDef] | None) -> Schema:
        """`scope` are the classes around an answer's annotation; parameters have none."""
        match unquoted(annotation):
            case ast.BinOp(left=left, right=right):
                return _union([self._type(left, module, scope), self._type(right, module, scope)])
            case ast.Constant(value=None):
                return _NOTHING
            case ast.Subscript(value=head, slice=inside):
                parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
                return self._generic(ast.unparse(head).rpartition(".")[2], parts, module, scope)
            case ast.Name() | ast.Attribute() as node:
                return self._named(ast.unparse(node), module, scope)
        raise TypeError(f"{module.name}: what is {ast.unparse(annotation)}?")

    def _generic(  # noqa: PLR0911 - a case each
        self, head: str, parts: list[ast.expr], module: Module, scope: list[ast.ClassDef] | None
    ) -> Schema:
        if head == "Literal":
            return _literal([ast.literal_eval(part) for part in parts])
        inner = [self._type(part, module, scope) for part in parts]
        match head:
            case "NotRequired" | "ClassVar":
                return inner[0]
            case "Union":
                return _union(inner)
            case "Optional":
                return _union([*inner, _NOTHING])
            case "List" | "Sequence":
                return {"type": "array", "items": inner[0]}
            case "Dict" | "UntypedStripeObject":
                return {"type": "object", "additionalProperties": inner[-1] or True}
            case "ExpandableField":
                return {**_union([{"type": "string"}, inner[0]]), "x-expandable": True}
            case "ListObject":
                return _list_of(inner[0], "list")
            case "SearchResultObject":
                return _list_of(inner[0], "search_result")
        raise TypeError(f"{module.name}: what is {head}[…]?")

    def _named(self, name: str, module: Module, scope: list[ast.ClassDef] | None) -> Schema:
        for around in reversed(scope or []):
            for node in around.body:
                if isinstance(node, ast.ClassDef) and node.name == name:
                    return self._object(node, module, [*(scope or []), node])
        if name in _PLAIN:
            return _PLAIN[name]
        if name in module.aliases:
            return self._type(module.aliases[name], module, scope)
        home, own_name = module.home_of(name)
        if own_name not in home.classes:
            raise TypeError(f"{module.name}: what is {name}?")
        return self._parameters(home, own_name) if scope is None else self.reference(home, own_name)

    def _parameters(self, module: Module, name: str) -> Schema:
        node = module.classes[name]
        fields: dict[str, ast.expr] = {}
        for base in map(ast.unparse, node.bases):
            if base in module.dictionaries:
                keys = module.dictionaries[base]
                fields |= {
                    ast.literal_eval(key): value for key, value in zip(keys.keys, keys.values, strict=True) if key
                }
        fields |= {_target(field): field.annotation for field in node.body if isinstance(field, ast.AnnAssign)}
        return _closed(
            {field: self._type(annotation, module, None) for field, annotation in fields.items()},
            required=[field for field, annotation in fields.items() if not _is_optional(annotation)],
        )

    def _object(self, node: ast.ClassDef, module: Module, scope: list[ast.ClassDef]) -> Schema:
        fields = {
            _target(field): field.annotation
            for field in node.body
            if isinstance(field, ast.AnnAssign) and not ast.unparse(field.annotation).startswith("ClassVar")
        }
        properties = {
            field: self._type(annotation, module, scope)
            for field, annotation in fields.items()
            if not field.startswith("_")
        }
        return _closed(properties, required=[name for name, schema in properties.items() if "nullable" not in schema])


def _target(field: ast.AnnAssign) -> str:
    return ast.unparse(field.target)


def _is_optional(annotation: ast.expr) -> bool:
    match unquoted(annotation):
        case ast.Subscript(value=head):
            return ast.unparse(head) == "NotRequired"
    return False


def _closed(properties: dict[str, Schema], *, required: list[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": sorted(required)} if required else schema


def _literal(values: list[Any]) -> Schema:
    kinds = {type(value) for value in values}
    names = {bool: "boolean", int: "integer", str: "string"}
    if len(kinds) != 1:
        raise TypeError(f"one of {values} is of another kind")
    return {"type": names[kinds.pop()], "enum": values}


def _union(parts: list[Schema]) -> Schema:
    flat: list[Schema] = []
    for part in parts:
        for each in part.get("anyOf", [part]):
            if each not in flat:
                flat.append(each)
        if part.get("nullable") and part != _NOTHING and _NOTHING not in flat:
            flat.append(_NOTHING)
    is_nullable = _NOTHING in flat
    flat = [part for part in flat if part != _NOTHING]
    # The package leaves every list of words open for versions to come; in this version it is closed. An empty text
    # alone is not such a list: it unsets what else would be any text.
    words = [part for part in flat if part.get("type") == "string" and part.get("enum", [""]) != [""]]
    if words and {"type": "string"} in flat:
        flat = [part for part in flat if part not in words and part != {"type": "string"}]
        flat.insert(0, {"type": "string", "enum": [value for part in words for value in part["enum"]]})
    union: Schema = dict(flat[0]) if len(flat) == 1 else {"anyOf": flat}
    if any("x-expandable" in part for part in parts):
        union["x-expandable"] = True
    return {**union, "nullable": True} if is_nullable else union


def _list_of(item: Schema, name: str) -> Schema:
    properties: dict[str, Schema] = {
        "object": _literal([name]),
        "data": {"type": "array", "items": item},
        "has_more": {"type": "boolean"},
        "url": {"type": "string"},
        "total_count": {"type": "integer"},
    }
    if name == "search_result":
        properties["next_page"] = _NULLABLE_TEXT
    return _closed(properties, required=["data", "has_more", "object", "url"])


def _operation(method: Method, types: Types) -> Schema:
    schema = _closed({}, required=[])
    if method.params is not None:
        params = unquoted(method.params)
        if isinstance(params, ast.Subscript) and ast.unparse(params.value) == "Optional":
            params = params.slice
        schema = types.params(params, method.module)
    described: Schema = {
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{(\w+)}", method.path)
        ],
        "responses": {
            "200": {"content": {"application/json": {"schema": types.answer(method.returns, method.module)}}},
            "default": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}},
        },
    }
    if method.verb == "post":
        kind = "application/json" if method.path.startswith("/v2/") else "application/x-www-form-urlencoded"
        described["requestBody"] = {"required": "required" in schema, "content": {kind: {"schema": schema}}}
    else:
        described["parameters"] += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", []),
                "style": "deepObject",
                "explode": True,
                "schema": part,
            }
            for name, part in schema["properties"].items()
        ]
    return described


def derived() -> Schema:
    """The description, as a document of OpenAPI."""
    types = Types()
    paths: dict[str, dict[str, Schema]] = {}
    for method in methods(_WANTED):
        paths.setdefault(method.path, {})[method.verb] = _operation(method, types)
    for module, name in _ALSO:
        types.reference(read(module), name)
    types.describe_all()
    version = constant("_version", "VERSION")
    return {
        "openapi": "3.0.0",
        "info": {
            "title": "Stripe's interface, as far as it could be needed",
            "version": constant("_api_version", "CURRENT"),
            "description": f"Derived from the Python package stripe {version}, copyright Stripe, under the MIT licence.",
        },
        "paths": paths,
        "components": {"schemas": {**types.schemas, "error": _ERROR}},
    }


def written(document: Schema) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    target.write_bytes(gzip.compress(written(derived()), mtime=0))
