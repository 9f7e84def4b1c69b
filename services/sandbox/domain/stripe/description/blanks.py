"""Whole objects to begin with: every key that Stripe would show, with nothing in it."""

from typing import Any, Final

import msgspec

from services.sandbox.domain.stripe.description.shapes import Schema, Shapes

# Keys that Stripe leaves out until there is something in them; the description cannot tell them from those that are
# then null. Seen in Stripe's older published description and in answers of its interface.
_LEFT_OUT: Final[dict[str, frozenset[str]]] = {
    "account": frozenset({"deleted", "groups", "individual"}),
    "charge": frozenset(
        {"authorization_code", "level3", "presentment_details", "radar_options", "refunds", "transfer"}
    ),
    "checkout.session": frozenset({"line_items", "optional_items", "presentment_details"}),
    "customer": frozenset(
        {
            *("business_name", "cash_balance", "customer_account", "deleted", "individual_name"),
            *("sources", "subscriptions", "tax", "tax_ids"),
        }
    ),
    "dispute": frozenset({"intended_submission_method", "network_reason_code", "payment_method_details"}),
    "event": frozenset({"account", "context"}),
    "event.data": frozenset({"previous_attributes"}),
    "payment_intent": frozenset(
        {
            *("amount_details", "hooks", "managed_payments", "payment_details", "payment_record"),
            *("presentment_details", "source"),
        }
    ),
    "payment_method": frozenset({"custom", "customer_account", "radar_options"}),
    "refund": frozenset(
        {
            *("description", "failure_balance_transaction", "failure_reason", "instructions_email", "next_action"),
            *("payment_method", "pending_reason", "presentment_details"),
        }
    ),
    "setup_intent": frozenset({"attach_to_self", "managed_payments"}),
}
_EMPTY: Final[dict[str, Any]] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": []}


class Blanks:
    """Makes them; what a blank looks like is worked out once."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._made: dict[str, tuple[bytes, frozenset[str]]] = {}

    def blank(self, name: str, fields: dict[str, Any]) -> dict[str, Any]:
        if name not in self._made:
            schema = self._named(name)
            made = msgspec.json.encode(self._object(schema, _LEFT_OUT.get(name, frozenset())))
            self._made[name] = (made, frozenset(schema["properties"]))
        made, known = self._made[name]
        if unknown := fields.keys() - known:
            raise KeyError(f"{name} has no {', '.join(sorted(unknown))}")
        whole: dict[str, Any] = msgspec.json.decode(made)
        return {**whole, **fields}

    def _named(self, name: str) -> Schema:
        """The schema of a kind (`checkout.session`) or of a part (`charge.payment_method_details.card`)."""
        kind, rest = name, ""
        while kind not in self._shapes.kinds:
            kind, _, last = kind.rpartition(".")
            if not kind:
                raise KeyError(f"there is no {name}")
            rest = f"{last}.{rest}" if rest else last
        schema = self._shapes.schema(kind)
        for part in filter(None, rest.split(".")):
            schema = self._hash(schema["properties"][part])
        return schema

    def _hash(self, schema: Schema) -> Schema:
        """The object in it: of a choice the first that is one, of a list what its items are."""
        schema = self._shapes.resolved(schema)
        if schema.get("type") == "array":
            return self._hash(schema["items"])
        for choice in schema.get("anyOf", []):
            resolved = self._shapes.resolved(choice)
            if resolved.get("type") == "object":
                return resolved
        return schema

    def _object(self, schema: Schema, left_out: frozenset[str]) -> dict[str, Any]:
        properties: dict[str, Schema] = schema.get("properties", {})
        variants = properties.get("type", {}).get("enum") if "type" in properties else ()
        made: dict[str, Any] = {}
        for name, part in properties.items():
            is_optional = part.get("nullable", False)
            if name in left_out or (is_optional and self._is_variant(name, part, variants)):
                continue
            if name == "metadata":
                made[name] = {}
            elif is_optional:
                made[name] = None
            elif name in schema.get("required", ()):
                made[name] = self._nothing(part)
        return made

    def _is_variant(self, name: str, part: Schema, variants: list[str] | tuple[()] | None) -> bool:
        """Of an object with a type, what belongs to another type is left out: a card has no `sepa_debit`.

        An object whose types are not listed, as `next_action`, has such a part for each.
        """
        if variants == ():
            return False
        is_hash = self._shapes.resolved(part).get("type") == "object"
        return is_hash and (variants is None or name in variants)

    def _nothing(self, schema: Schema) -> Any:
        schema = self._shapes.resolved(schema["anyOf"][0] if "anyOf" in schema else schema)
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") in _EMPTY:
            return _EMPTY[schema["type"]]
        return self._object(schema, frozenset()) if "properties" in schema else {}
