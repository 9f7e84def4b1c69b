"""Stripe's errors, said in our words."""

from collections.abc import Mapping
from typing import Any, Final

import stripe

from services.kernel import errors
from services.payments.domain.errors import (
    BalanceTooLow,
    CardDeclined,
    KeyRefused,
    KeyReused,
    PaymentRefused,
    PaymentServiceBusy,
    PaymentServiceUnavailable,
    PaymentsNotReady,
    RefundExceedsPayment,
)
from services.payments.gateways.stripe import declines

# Seconds, where Stripe does not say how long to wait.
_BUSY_FOR: Final = 2
_SERVER_ERROR: Final = 500
_CONFLICT: Final = 409

_UNUSABLE: Final = frozenset(
    {
        "account_closed",
        "account_invalid",
        "account_not_ready",
        "charges_not_enabled",
        "platform_account_required",
        "testmode_charges_only",
    }
)
# Where an account can't take payments (yet), Stripe says so in a sentence without a code.
_UNUSABLE_SENTENCES: Final = (
    "cannot currently make",
    "cannot create live charges",
    "does not have access to account",
    "no such account",
)
# Of an intent that has ended, or gone on, before it could be cancelled.
WRONG_STATE: Final = "payment_intent_unexpected_state"
WRONG_ADDRESS: Final = "email_invalid"
_TOO_LOW: Final = frozenset({"balance_insufficient", "insufficient_funds"})
_SENTENCES: Final = {
    "amount_too_small": "The amount is too small for a card payment.",
    "amount_too_large": "The amount is too large for a card payment.",
    "country_unsupported": "The payment service does not work in this country.",
    "email_invalid": "The payment service does not accept this e-mail address.",
}


def is_away(error: stripe.StripeError) -> bool:
    """Whether it says that Stripe is not there or broken, and not that it answers no."""
    if isinstance(error, stripe.APIConnectionError):
        return True
    # What is no JSON, or has no error in it, was not said by Stripe.
    return isinstance(error, stripe.APIError) and (
        (error.http_status or _SERVER_ERROR) >= _SERVER_ERROR or not _said(error)
    )


def refusal_of(error: stripe.StripeError) -> Exception:
    """The refusal it is to us; a mistake of ours stays an exception."""
    said = _said(error)
    message = str(said.get("message"))
    refusal: Exception
    match error:
        case stripe.CardError() if said.get("type") == "card_error":
            refusal = declined(said)
        # The package takes every 402 for a card's.
        case stripe.CardError() | stripe.InvalidRequestError():
            refusal = _invalid(said)
        case stripe.RateLimitError():
            refusal = PaymentServiceBusy(retry_after=_retry_after(error))
        case stripe.PermissionError() if _is_unusable(said):
            refusal = PaymentsNotReady()
        case stripe.PermissionError() | stripe.AuthenticationError():
            refusal = KeyRefused(message)
        case stripe.IdempotencyError() if error.http_status != _CONFLICT:
            refusal = KeyReused(message)
        case _:
            refusal = PaymentServiceUnavailable()
    return refusal


def declined(said: Mapping[str, Any]) -> CardDeclined:
    code, decline_code = said.get("code"), said.get("decline_code")
    details = {"declineCode": str(decline_code or code or "generic_decline")}
    return CardDeclined(declines.meaning(decline_code, code).sentence, details=details)


def intent_of(refusal: CardDeclined) -> dict[str, Any] | None:
    """The intent as the refused try left it, where there is one."""
    error = refusal.__cause__
    found = _said(error).get("payment_intent") if isinstance(error, stripe.StripeError) else None
    return dict(found) if isinstance(found, Mapping) else None


def _invalid(said: Mapping[str, Any]) -> errors.Refusal:
    code = str(said.get("code") or "")
    if _is_unusable(said):
        return PaymentsNotReady()
    if code in _TOO_LOW:
        return BalanceTooLow()
    if code == "charge_already_refunded":
        return RefundExceedsPayment()
    details = {
        name: str(value)
        for name, value in (("code", code), ("param", said.get("param")), ("reason", said.get("message")))
        if value
    }
    if details.get("param") == "country":
        code = "country_unsupported"
    return PaymentRefused(_SENTENCES.get(code), details=details)


def _is_unusable(said: Mapping[str, Any]) -> bool:
    message = str(said.get("message") or "").lower()
    return said.get("code") in _UNUSABLE or any(sentence in message for sentence in _UNUSABLE_SENTENCES)


def _said(error: stripe.StripeError) -> Mapping[str, Any]:
    """What stands under `error` in the answer."""
    body: Any = error.json_body
    said = body.get("error") if isinstance(body, Mapping) else None
    return said if isinstance(said, Mapping) else {}


def _retry_after(error: stripe.StripeError) -> int:
    text = str((error.headers or {}).get("retry-after", ""))
    return int(text) if text.isascii() and text.isdigit() else _BUSY_FOR
