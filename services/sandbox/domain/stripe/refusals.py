"""What Stripe refuses, in Stripe's words and shape."""

import copy
from typing import Any, Literal

Type = Literal["invalid_request_error", "card_error", "api_error", "idempotency_error"]


class StripeRefusal(Exception):  # noqa: N818 - a refusal is an outcome, not an error
    """An answer that is no success: its status and the `error` that programs read. Nothing has happened."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: Type = "invalid_request_error",  # noqa: A002 - Stripe's own word
        **fields: Any,
    ) -> None:
        self.status = status
        told = {name: copy.deepcopy(value) for name, value in fields.items() if value is not None}
        self.error: dict[str, Any] = {"type": type, "message": message, **told}
        if code := self.error.get("code"):
            self.error["doc_url"] = documented(code)
        super().__init__(message)

    @property
    def message(self) -> str:
        message: str = self.error["message"]
        return message

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


class CardDeclined(StripeRefusal):
    """The bank says no, and what was tried is remembered: whatever was changed on the way here stays."""

    def __init__(self, message: str, **fields: Any) -> None:
        super().__init__(message, status=402, type="card_error", **fields)


def missing(kind: str, object_id: str, *, param: str = "id", status: int = 404) -> StripeRefusal:
    """Nothing here by that id, or another account's, which must look the same."""
    spoken = {"payment_method": "PaymentMethod"}.get(kind, kind)
    return StripeRefusal(f"No such {spoken}: '{object_id}'", status=status, code="resource_missing", param=param)


def unbuilt(what: str) -> StripeRefusal:
    """Valid at Stripe, but nobody has built it here: never an invented success."""
    message = f"SIMULATED: {what} is valid at Stripe, but this stand-in lacks it."
    return StripeRefusal(message, status=501, type="api_error")


def unexpected_state(message: str, *, payment_intent: Any = None, setup_intent: Any = None) -> StripeRefusal:
    """The intent is where this can't be done; it comes along, so that the caller sees where."""
    code = "payment_intent_unexpected_state" if setup_intent is None else "setup_intent_unexpected_state"
    return StripeRefusal(message, code=code, payment_intent=payment_intent, setup_intent=setup_intent)


def documented(code: str) -> str:
    return f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}"
