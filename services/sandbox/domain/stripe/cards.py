"""Stripe's test cards: which number does what, under which alias, and which card data is no card at all."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from services.sandbox.domain.stripe.refusals import CardDeclined, StripeRefusal

# Asks "always"; or not any more off-session once it is "unless_set_up"; "set_up" was already when it was made.
Bank = Literal["never", "always", "unless_set_up", "set_up"]


@dataclass(frozen=True, slots=True)
class Decline:
    """What a bank says no with."""

    code: str
    decline_code: str | None
    message: str

    def refusal(self, **fields: Any) -> StripeRefusal:
        return CardDeclined(self.message, code=self.code, decline_code=self.decline_code, **fields)


def _declined(decline_code: str, message: str = "Your card was declined.") -> Decline:
    return Decline("card_declined", decline_code, message)


GENERIC: Final = _declined("generic_decline")
AUTHENTICATION_REQUIRED: Final = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
)
_INSUFFICIENT: Final = _declined("insufficient_funds", "Your card has insufficient funds.")
_EXPIRED: Final = Decline("expired_card", "expired_card", "Your card has expired.")
_WRONG_CVC: Final = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.")
_PROCESSING: Final = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
_TOO_OFTEN: Final = _declined(
    "card_velocity_exceeded",
    "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
)
_NOT_A_TEST: Final = _declined(
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For a list of valid test "
    "cards, visit: https://stripe.com/docs/testing.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """What a test card does when it is used."""

    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    decline: Decline | None = None
    # It can be kept for a customer, and is declined only when it is charged.
    attaches: bool = False
    bank: Bank = "never"
    risk: Literal["normal", "elevated", "highest"] = "normal"
    is_blocked: bool = False
    cvc_check: str = "pass"
    dispute: str | None = None
    is_inquiry: bool = False
    refund: Literal["at_once", "later", "fails_later"] = "at_once"
    # Its money can be paid out at once.
    skips_pending: bool = False
    # When it is known whether the money comes.
    arrives: Literal["at_once", "later", "never"] = "at_once"


CARDS: Final = {
    "4242424242424242": Behaviour(),
    "4000056655665556": Behaviour(funding="debit"),
    "5555555555554444": Behaviour(brand="mastercard"),
    "2223003122003222": Behaviour(brand="mastercard"),
    "5200828282828210": Behaviour(brand="mastercard", funding="debit"),
    "5105105105105100": Behaviour(brand="mastercard", funding="prepaid"),
    "378282246310005": Behaviour(brand="amex"),
    "371449635398431": Behaviour(brand="amex"),
    "6011111111111117": Behaviour(brand="discover"),
    "6011000990139424": Behaviour(brand="discover"),
    "3056930009020004": Behaviour(brand="diners"),
    "36227206271667": Behaviour(brand="diners"),
    "3566002020360505": Behaviour(brand="jcb"),
    "6200000000000005": Behaviour(brand="unionpay"),
    # By country
    "4000000360000006": Behaviour(country="AU"),
    "4000001240000000": Behaviour(country="CA"),
    "4000002760000016": Behaviour(country="DE"),
    "4000002500000003": Behaviour(country="FR"),
    "4000008260000000": Behaviour(country="GB"),
    "4000003720000005": Behaviour(country="IE"),
    "4000003560000008": Behaviour(country="IN"),
    "4000005540000008": Behaviour(country="NZ"),
    # Declined
    "4000000000000002": Behaviour(decline=GENERIC),
    "4000000000009995": Behaviour(decline=_INSUFFICIENT),
    "4000000000009987": Behaviour(decline=_declined("lost_card")),
    "4000000000009979": Behaviour(decline=_declined("stolen_card")),
    "4000000000000069": Behaviour(decline=_EXPIRED),
    "4000000000000127": Behaviour(decline=_WRONG_CVC, cvc_check="fail"),
    "4000000000000119": Behaviour(decline=_PROCESSING),
    "4000000000006975": Behaviour(decline=_TOO_OFTEN),
    "4000000000000341": Behaviour(decline=GENERIC, attaches=True),
    # Suspicious
    "4100000000000019": Behaviour(decline=_declined("fraudulent"), attaches=True, risk="highest", is_blocked=True),
    "4000000000004954": Behaviour(decline=_declined("fraudulent"), attaches=True, risk="highest", is_blocked=True),
    "4000000000009235": Behaviour(risk="elevated"),
    "4000000000000101": Behaviour(cvc_check="fail"),
    # The bank asks
    "4000002500003155": Behaviour(bank="unless_set_up", country="FR"),
    "4000002760003184": Behaviour(bank="always", country="DE"),
    "4000003800000446": Behaviour(bank="set_up", country="IT"),
    "4000008260003178": Behaviour(bank="unless_set_up", country="GB", decline=_INSUFFICIENT, attaches=True),
    "4000000000003220": Behaviour(bank="always"),
    "4000000000003063": Behaviour(bank="always"),
    "4000008400001629": Behaviour(bank="always", decline=GENERIC, attaches=True),
    "4000008400001280": Behaviour(decline=_PROCESSING, attaches=True),
    "4000000000003055": Behaviour(),
    "4000000000003097": Behaviour(decline=_PROCESSING, attaches=True),
    # What comes after
    "4000000000000259": Behaviour(dispute="fraudulent"),
    "4000000000002685": Behaviour(dispute="product_not_received"),
    "4000000000001976": Behaviour(dispute="fraudulent", is_inquiry=True),
    "4000000000007726": Behaviour(refund="later"),
    "4000000000005126": Behaviour(refund="fails_later"),
    "4000000000000077": Behaviour(skips_pending=True),
    "4000003720000278": Behaviour(skips_pending=True, country="IE"),
}

# Several of Stripe's names have the brand in them ("pm_card_visa_chargeDeclined"): both ways of writing are taken.
_ALIASES: Final = {
    "visa": "4242424242424242",
    "debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "mastercard_debit": "5200828282828210",
    "mastercard_prepaid": "5105105105105100",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "diners": "3056930009020004",
    "jcb": "3566002020360505",
    "unionpay": "6200000000000005",
    "us": "4242424242424242",
    "au": "4000000360000006",
    "ca": "4000001240000000",
    "de": "4000002760000016",
    "fr": "4000002500000003",
    "gb": "4000008260000000",
    "ie": "4000003720000005",
    "in": "4000003560000008",
    "nz": "4000005540000008",
    "chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedLostCard": "4000000000009987",
    "chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeDeclinedVelocityLimitExceeded": "4000000000006975",
    "chargeDeclinedFraudulent": "4100000000000019",
    "chargeCustomerFail": "4000000000000341",
    "radarBlock": "4100000000000019",
    "riskLevelHighest": "4000000000004954",
    "riskLevelElevated": "4000000000009235",
    "cvcCheckFail": "4000000000000101",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredOnSetup": "4000002500003155",
    "authenticationRequiredSetupForOffSession": "4000003800000446",
    "authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequired": "4000000000003063",
    "threeDSecureRequiredChargeDeclined": "4000008400001629",
    "threeDSecureRequiredProcessingError": "4000008400001280",
    "threeDSecureOptional": "4000000000003055",
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "createDisputeInquiry": "4000000000001976",
    "pendingRefund": "4000000000007726",
    "refundFail": "4000000000005126",
    "bypassPending": "4000000000000077",
}
_ALIAS: Final = "pm_card_"


def aliased(method_id: str) -> str | None:
    """The number behind one of Stripe's ready-made payment methods."""
    name = method_id.removeprefix(_ALIAS)
    if name == method_id:
        return None
    return _ALIASES.get(name) or _ALIASES.get(name.removeprefix("visa_"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A card as somebody typed it, or behind an alias; a card at all."""

    number: str
    exp_month: int
    exp_year: int
    cvc: str | None

    @property
    def behaviour(self) -> Behaviour:
        return CARDS[self.number]

    @property
    def fingerprint(self) -> str:
        """The same for the same number, so that one card kept twice is known to be one."""
        return hashlib.sha256(self.number.encode()).hexdigest()[:16]


def ready_made(number: str, *, now: int) -> Card:
    return Card(number=number, exp_month=12, exp_year=_moment(now).year + 8, cvc="123")


def typed(sent: dict[str, Any], *, now: int) -> Card:
    """The card behind what was sent, refused where it can be seen that it is none."""
    number = re.sub(r"[\s-]", "", str(sent.get("number", "")))
    if not re.fullmatch(r"\d{12,19}", number):
        raise _wrong("invalid_number", "The card number is not a valid credit card number.", "number")
    if not _luhn(number):
        raise _wrong("incorrect_number", "Your card number is incorrect.", "number")
    month, year = int(sent.get("exp_month") or 0), int(sent.get("exp_year") or 0)
    _unexpired(month, year if year >= 100 else 2000 + year, _moment(now))  # noqa: PLR2004 - two digits of a year
    cvc = sent.get("cvc")
    digits = (3, 4) if number.startswith(("34", "37")) else (3,)
    if cvc is not None and not (cvc.isascii() and cvc.isdigit() and len(cvc) in digits):
        raise _wrong("invalid_cvc", "Your card's security code is invalid.", "cvc")
    if number not in CARDS:
        raise _NOT_A_TEST.refusal()
    return Card(number=number, exp_month=month, exp_year=year if year >= 100 else 2000 + year, cvc=cvc)  # noqa: PLR2004


def _unexpired(month: int, year: int, today: datetime) -> None:
    furthest = 50
    if not 1 <= month <= 12:  # noqa: PLR2004 - months of a year
        raise _wrong("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
    if not today.year <= year <= today.year + furthest:
        raise _wrong("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    if (year, month) < (today.year, today.month):
        raise _wrong("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")


def _wrong(code: str, message: str, param: str) -> StripeRefusal:
    return CardDeclined(message, code=code, param=param)


def _luhn(number: str) -> bool:
    """The check digit that every card number ends with."""
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(number))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0  # noqa: PLR2004 - a digit


def _moment(now: int) -> datetime:
    return datetime.fromtimestamp(now, UTC)
