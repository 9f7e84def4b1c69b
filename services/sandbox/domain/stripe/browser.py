"""What Stripe's browser library sends and the description, which is for servers, lacks."""

from collections.abc import Mapping
from typing import Any, Final

from services.sandbox.domain.stripe.description import Schema
from services.sandbox.domain.stripe.description.requests import Form

_TEXT: Final[Schema] = {"type": "string"}
# A field of a form that is left empty is sent all the same.
_TEXT_OR_NOTHING: Final[Schema] = {"anyOf": [_TEXT, {"type": "string", "enum": [""]}]}
_CARD: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["number"],
    "properties": {
        "number": _TEXT,
        "exp_month": {"type": "integer"},
        "exp_year": {"type": "integer"},
        "cvc": _TEXT_OR_NOTHING,
    },
}
# How long somebody was on the page, and who they may be: Stripe looks for fraud in these, and nobody here does.
_OBSERVED: Final = dict.fromkeys(
    (
        *("client_attribution_metadata", "guid", "muid", "pasted_fields", "payment_user_agent", "referrer", "sid"),
        *("time_on_page", "radar_options", "hcaptcha_token"),
    ),
    Schema(),
)
_BESIDE: Final[dict[str, Schema]] = {
    "client_secret": _TEXT,
    "expected_payment_method_type": _TEXT,
    "is_stripe_sdk": {"type": "boolean"},
    "use_stripe_sdk": {"type": "boolean"},
    **_OBSERVED,
}
_DATA: Final = "payment_method_data"
# What a browser is shown of an intent: not whose it is, nor what of it is whose.
_SHOWN_OF_BOTH: Final = frozenset(
    {
        *("id", "object", "allowed_payment_method_types", "automatic_payment_methods", "cancellation_reason"),
        *("client_secret", "created", "description", "livemode", "next_action", "payment_method"),
        *("payment_method_configuration_details", "payment_method_types", "status"),
    }
)
_SHOWN: Final[Mapping[str, frozenset[str]]] = {
    "payment_intent": _SHOWN_OF_BOTH
    | {
        *("amount", "amount_details", "canceled_at", "capture_method", "confirmation_method", "currency"),
        *("last_payment_error", "processing", "receipt_email", "setup_future_usage", "shipping", "source"),
    },
    "setup_intent": _SHOWN_OF_BOTH | {"last_setup_error", "usage"},
}


def widened(schema: Schema) -> Schema:
    """The parameters that a browser may send where a server may send these."""
    properties = {**_BESIDE, **schema["properties"]}
    if _DATA in properties:
        inner = properties[_DATA]
        kinds = inner["properties"]["type"]
        # A server never holds a card, so its description has none.
        card = {"card": _CARD, "type": {**kinds, "enum": [*kinds["enum"], "card"]}}
        properties[_DATA] = {**inner, "properties": {**_OBSERVED, **inner["properties"], **card}}
    return {**schema, "properties": properties}


def parted(form: Form) -> tuple[Form, str | None]:
    """The parameters without what stands for headers, and the account that is among these."""
    headers = {"key", "_stripe_account", "_stripe_version"}
    account = form.get("_stripe_account")
    rest = {name: value for name, value in form.items() if name not in headers}
    return rest, account if isinstance(account, str) else None


def narrowed(body: dict[str, Any]) -> dict[str, Any]:
    """An answer, or an error with an intent in it, as a browser gets it."""
    if "error" in body:
        error = {name: narrowed(value) if name in _SHOWN else value for name, value in body["error"].items()}
        return {"error": error}
    shown = _SHOWN.get(body.get("object", ""))
    return body if shown is None else {name: value for name, value in body.items() if name in shown}
