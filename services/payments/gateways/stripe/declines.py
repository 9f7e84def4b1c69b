"""What a bank's or Stripe's code for a refused card means to the person who holds it."""

from dataclasses import dataclass
from typing import Final, Literal

# What the customer can do: try another card, correct what was typed, do it again later, ask the bank, or let the bank
# ask them.
Kind = Literal["other_card", "correct", "later", "bank", "authenticate"]


@dataclass(frozen=True, slots=True)
class Decline:
    """A reason, in plain words."""

    kind: Kind
    sentence: str


_DECLINED: Final = Decline("other_card", "The card was declined. Please try another card.")
_FUNDS: Final = Decline("other_card", "The card doesn't have enough funds for this. Please try another card.")
_EXPIRED: Final = Decline("other_card", "The card has expired. Please try another card.")
_NUMBER: Final = Decline("correct", "The card number is not right. Please check it.")
_CODE: Final = Decline("correct", "The card's security code is not right. Please check it.")
_DATE: Final = Decline("correct", "The card's expiry date is not right. Please check it.")
_PLACE: Final = Decline("correct", "The postcode does not match the card. Please check it.")
_PIN: Final = Decline("correct", "The PIN is not right.")
_PIN_TRIES: Final = Decline("other_card", "The PIN was wrong too many times. Please try another card.")
_LATER: Final = Decline("later", "The card could not be processed. Nothing was charged; please try again in a moment.")
_TWICE: Final = Decline(
    "bank", "The bank takes this for the same payment twice. Please look at your recent payments before you try again."
)
_BANK: Final = Decline("bank", "The bank declined this. Please ask your bank, or try another card.")
_LIMIT: Final = Decline("bank", "The card's limit is reached. Please ask your bank, or try another card.")
_CURRENCY: Final = Decline("other_card", "The card can't pay in this currency. Please try another card.")
_KIND: Final = Decline("other_card", "The card can't be used for this. Please try another card.")
_ASKS: Final = Decline("authenticate", "The bank wants to be sure that it is you. Please confirm the payment.")
_NOT_CONFIRMED: Final = Decline(
    "authenticate", "The payment was not confirmed with the bank. Please try again, or use another card."
)
_TEST: Final = Decline("other_card", "This is a test card, and the payment is real. Please use a real card.")

# By decline code, then by code. Of a card that is lost, stolen or suspected of fraud nothing more is said than that it
# was declined: whoever holds it may not be its owner.
_KNOWN: Final = {
    "approve_with_id": _LATER,
    "authentication_not_handled": _NOT_CONFIRMED,
    "authentication_required": _ASKS,
    "call_issuer": _BANK,
    "card_decline_rate_limit_exceeded": _LATER,
    "card_declined": _DECLINED,
    "card_not_supported": _KIND,
    "card_velocity_exceeded": _LIMIT,
    "currency_not_supported": _CURRENCY,
    "do_not_honor": _BANK,
    "do_not_try_again": _BANK,
    "duplicate_transaction": _TWICE,
    "expired_card": _EXPIRED,
    "fraudulent": _DECLINED,
    "generic_decline": _DECLINED,
    "incorrect_address": _PLACE,
    "incorrect_cvc": _CODE,
    "incorrect_number": _NUMBER,
    "incorrect_pin": _PIN,
    "incorrect_zip": _PLACE,
    "insufficient_funds": _FUNDS,
    "invalid_account": _BANK,
    "invalid_amount": _LIMIT,
    "invalid_card_type": _KIND,
    "invalid_cvc": _CODE,
    "invalid_expiry_month": _DATE,
    "invalid_expiry_year": _DATE,
    "invalid_number": _NUMBER,
    "invalid_pin": _PIN,
    "issuer_not_available": _LATER,
    "live_mode_test_card": _TEST,
    "lost_card": _DECLINED,
    "merchant_blacklist": _DECLINED,
    "mobile_device_authentication_required": _ASKS,
    "new_account_information_available": _BANK,
    "no_action_taken": _BANK,
    "not_permitted": _BANK,
    "offline_pin_required": _PIN,
    "online_or_offline_pin_required": _PIN,
    "payment_intent_authentication_failure": _NOT_CONFIRMED,
    "payment_method_customer_decline": _NOT_CONFIRMED,
    "payment_method_provider_decline": _BANK,
    "payment_method_provider_timeout": _LATER,
    "pickup_card": _DECLINED,
    "pin_try_exceeded": _PIN_TRIES,
    "previously_declined_do_not_retry": _BANK,
    "processing_error": _LATER,
    "reenter_transaction": _LATER,
    "restricted_card": _BANK,
    "revocation_of_all_authorizations": _BANK,
    "revocation_of_authorization": _BANK,
    "security_violation": _BANK,
    "service_not_allowed": _BANK,
    "setup_intent_authentication_failure": _NOT_CONFIRMED,
    "stolen_card": _DECLINED,
    "stop_payment_order": _BANK,
    "test_mode_live_card": Decline("correct", "This is a real card, and the payment is only a test."),
    "testmode_decline": _TEST,
    "transaction_not_allowed": _BANK,
    "try_again_later": _LATER,
    "withdrawal_count_limit_exceeded": _LIMIT,
}

KNOWN_CODES: Final = frozenset(_KNOWN)


def meaning(decline_code: str | None, code: str | None) -> Decline:
    """By the bank's own code where there is one we know, else by Stripe's; what nobody knows is a plain no."""
    return _KNOWN.get(decline_code or "") or _KNOWN.get(code or "") or _DECLINED
