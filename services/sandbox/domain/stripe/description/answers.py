"""What is given: every object is held against the description before it leaves the house."""

from typing import Any, Final

from services.sandbox.domain.stripe.description.shapes import Schema, Shapes

_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


class Check:
    """Says in a sentence each where a value differs from its schema."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes

    def problems(self, value: Any, schema: Schema, at: str = "") -> list[str]:  # noqa: PLR0911 - a case each
        if value is None:
            is_allowed = schema.get("nullable") or not schema or self._shapes.resolved(schema).get("nullable")
            return [] if is_allowed else [f"{at} is null, which it never is"]
        schema = self._shapes.resolved(schema)
        if "anyOf" in schema:
            return self._of_the_nearest(value, schema["anyOf"], at)
        match schema.get("type"):
            case None:
                return []
            case "object":
                return self._of_an_object(value, schema, at)
            case "array":
                if not isinstance(value, list):
                    return [f"{at} is no list"]
                items = schema["items"]
                return [
                    sentence
                    for index, part in enumerate(value)
                    for sentence in self.problems(part, items, f"{at}[{index}]")
                ]
            case kind:
                is_kind = isinstance(value, _KINDS[kind]) and (kind == "boolean") is isinstance(value, bool)
                if not is_kind:
                    return [f"{at} is {value!r} and no {kind}"]
                if "enum" in schema and value not in schema["enum"]:
                    return [f"{at} is {value!r}, which is no word for it"]
                return []

    def _of_the_nearest(self, value: Any, choices: list[Schema], at: str) -> list[str]:
        fewest: tuple[bool, int, list[str]] | None = None
        for choice in choices:
            found = self.problems(value, choice, at)
            if not found:
                return []
            is_other = not self._is_of(value, choice)
            if fewest is None or (is_other, len(found)) < fewest[:2]:
                fewest = (is_other, len(found), found)
        return fewest[2] if fewest else []

    def _is_of(self, value: Any, choice: Schema) -> bool:
        """Whether the value says of itself that it is such an object."""
        schema = self._shapes.resolved(choice)
        if not isinstance(value, dict) or schema.get("type") != "object":
            return isinstance(value, dict) is (schema.get("type") == "object")
        return value.get("object") in schema.get("properties", {}).get("object", {}).get("enum", [None])

    def _of_an_object(self, value: Any, schema: Schema, at: str) -> list[str]:
        if not isinstance(value, dict):
            return [f"{at} is {value!r} and no object"]
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        found = []
        for name, part in value.items():
            here = f"{at}.{name}" if at else name
            if name in properties:
                found += self.problems(part, properties[name], here)
            elif isinstance(others, dict):
                found += self.problems(part, others, here)
            elif not others:
                found.append(f"{here} is not known")
        return found + [
            f"{at}.{name} is missing" if at else f"{name} is missing"
            for name in schema.get("required", [])
            if name not in value
        ]
