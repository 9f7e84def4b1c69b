"""Payment intents: from being asked for to succeeded or canceled, with all that a card and its bank can do between."""

from typing import Any, Final

from services.sandbox.domain.stripe import attempts, banks, charges, fees, methods
from services.sandbox.domain.stripe.attempts import Way
from services.sandbox.domain.stripe.cards import Decline
from services.sandbox.domain.stripe.changes import APPLICATION, Change, Object, shown
from services.sandbox.domain.stripe.currencies import chargeable, countable, known_currency
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import StripeRefusal, unexpected_state

_BEFORE_PAYMENT: Final = ("requires_payment_method", "requires_confirmation", "requires_action")
_CANCELABLE: Final = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)
# Kept as they are sent.
_PLAIN: Final = ("description", "shipping", "statement_descriptor", "statement_descriptor_suffix")
_MISSING_METHOD: Final = (
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
    "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method "
    "or ConfirmationToken."
)
_CALLED_BACK: Final = Decline("payment_intent_payment_attempt_expired", None, "The payment was canceled.")
_NEEDS_RETURN_URL: Final = (
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
    "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want "
    "to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and "
    "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents."
)


def created(change: Change, sent: dict[str, Any], method: Object | None) -> Object:
    """What is asked for, before anybody has paid."""
    if not sent.get("confirm"):
        for name in ("off_session", "return_url", "error_on_requires_action", "use_stripe_sdk", "mandate_data"):
            # Stripe's libraries send `use_stripe_sdk` along with every call.
            if sent.get(name) not in {None, False} and name != "use_stripe_sdk":
                raise StripeRefusal(
                    f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless `confirm` is set to "
                    "true.",
                    param=name,
                )
    currency = known_currency(sent["currency"])
    chargeable(sent["amount"], currency)
    fee = fees.application_fee(sent.get("application_fee_amount"), sent["amount"], change)
    automatic, types = ways_to_pay(sent, currency)
    if method is not None:
        methods.usable(method, customer=sent.get("customer"))
    intent = change.made(
        "payment_intent",
        "pi",
        allowed_payment_method_types=sent.get("allowed_payment_method_types"),
        amount=sent["amount"],
        amount_capturable=0,
        amount_received=0,
        application=APPLICATION if change.scene.is_connected else None,
        application_fee_amount=fee,
        automatic_payment_methods=automatic,
        canceled_at=None,
        cancellation_reason=None,
        capture_method=sent.get("capture_method", "automatic_async"),
        confirmation_method=sent.get("confirmation_method", "automatic"),
        currency=currency,
        customer=sent.get("customer"),
        excluded_payment_method_types=sent.get("excluded_payment_method_types"),
        last_payment_error=None,
        latest_charge=None,
        metadata=merged({}, sent.get("metadata")),
        next_action=None,
        payment_method=None if method is None else method["id"],
        payment_method_types=types,
        processing=None,
        receipt_email=sent.get("receipt_email"),
        setup_future_usage=sent.get("setup_future_usage"),
        status="requires_payment_method" if method is None else "requires_confirmation",
        **{name: sent.get(name) for name in _PLAIN},
    )
    intent["client_secret"] = f"{intent['id']}_secret_{change.new_id('secret').removeprefix('secret_')}"
    change.tell("payment_intent.created", intent)
    return intent


def update(change: Change, intent: Object, sent: dict[str, Any], method: Object | None) -> None:
    """Other terms, as long as nothing was paid; what is only written on it may change at any time."""
    bound = {"amount", "currency", "application_fee_amount", "customer", "payment_method", "setup_future_usage"}
    if intent["status"] not in _BEFORE_PAYMENT and (late := sorted(bound & sent.keys())):
        raise unexpected_state(
            f"This PaymentIntent's {late[0]} could not be updated because it has a status of {intent['status']}. You "
            f"may only update the {late[0]} of a PaymentIntent with one of the following statuses: "
            f"{', '.join(_BEFORE_PAYMENT)}.",
            payment_intent=shown(intent),
        )
    facts: dict[str, Any] = {name: sent[name] or None for name in (*_PLAIN, "receipt_email") if name in sent}
    wanted = {**intent, **sent}
    currency, amount = known_currency(wanted["currency"]), wanted["amount"]
    chargeable(amount, currency)
    facts |= {"amount": amount, "currency": currency}
    facts["application_fee_amount"] = fees.application_fee(wanted["application_fee_amount"] or None, amount, change)
    if "customer" in sent:
        facts["customer"] = sent["customer"]
    if "setup_future_usage" in sent:
        facts["setup_future_usage"] = sent["setup_future_usage"] or None
    if "metadata" in sent:
        facts["metadata"] = merged(intent["metadata"], sent["metadata"])
    if method is not None:
        methods.usable(method, customer=facts.get("customer", intent["customer"]))
        facts |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}
    elif intent["status"] == "requires_action" and facts["amount"] != intent["amount"]:
        # The bank was asked about another amount.
        facts |= {"status": "requires_confirmation", "next_action": None}
    change.alter(intent, **facts)


def confirmable(intent: Object, way: Way) -> None:
    status = intent["status"]
    if way.is_publishable and intent["confirmation_method"] == "manual":
        raise unexpected_state(
            "This PaymentIntent cannot be confirmed using your publishable key because its `confirmation_method` is set "
            "to `manual`. Please use your secret key instead.",
            payment_intent=shown(intent),
        )
    if status in _BEFORE_PAYMENT:
        return
    if status == "canceled":
        message = (
            "You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with one "
            "of the following statuses may be confirmed: requires_confirmation, requires_action."
        )
    else:
        done = {"succeeded": "already succeeded", "requires_capture": "already been authorized"}
        message = (
            f"You cannot confirm this PaymentIntent because it has {done.get(status, 'a status of ' + status)} after "
            "being previously confirmed."
        )
    raise unexpected_state(message, payment_intent=shown(intent))


def confirm(change: Change, intent: Object, method: Object | None, sent: dict[str, Any], way: Way) -> None:
    """Tries to pay. A refusal of the bank is in `change.refusal`: the intent remembers it."""
    confirmable(intent, way)
    if method is None:
        # One that is made by this very act is gone with the refusal.
        is_lasting = intent["id"] not in change.born
        raise unexpected_state(_MISSING_METHOD, payment_intent=shown(intent) if is_lasting else None)
    methods.usable(method, customer=intent["customer"])
    if method["type"] not in intent["payment_method_types"]:
        raise StripeRefusal(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. Allowed are: "
            f"{', '.join(intent['payment_method_types'])}.",
            param="payment_method",
        )
    if method["type"] == banks.TYPE and intent["capture_method"] == "manual":
        raise StripeRefusal(
            f"The payment method type {banks.TYPE} does not support manual capture.", param="payment_method"
        )
    automatic = intent["automatic_payment_methods"]
    redirects = automatic is not None and automatic["enabled"] and automatic.get("allow_redirects") != "never"
    if redirects and not way.off_session and not way.return_url:
        raise StripeRefusal(_NEEDS_RETURN_URL, param="return_url")
    facts: dict[str, Any] = {"payment_method": method["id"], "next_action": None, "last_payment_error": None}
    if "setup_future_usage" in sent:
        facts["setup_future_usage"] = sent["setup_future_usage"] or None
    if "receipt_email" in sent:
        facts["receipt_email"] = sent["receipt_email"] or None
    if "shipping" in sent:
        facts["shipping"] = sent["shipping"] or None
    change.alter(intent, **facts)
    attempts.attempt(change, intent, method, way)


def capture(change: Change, intent: Object, charge: Object | None, sent: dict[str, Any]) -> None:
    if intent["status"] != "requires_capture" or charge is None:
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
            payment_intent=shown(intent),
        )
    amount = {"amount_to_capture": intent["amount_capturable"], **sent}["amount_to_capture"]
    countable(amount, intent["currency"], param="amount_to_capture")
    if not 1 <= amount <= intent["amount_capturable"]:
        raise StripeRefusal(
            "The amount to capture must be at least 1 and not more than what can be captured, "
            f"{intent['amount_capturable']}.",
            code="amount_too_large" if amount > 0 else "amount_too_small",
            param="amount_to_capture",
        )
    fee = fees.application_fee({**intent, **sent}["application_fee_amount"], amount, change)
    facts: dict[str, Any] = {"application_fee_amount": fee}
    if "metadata" in sent:
        facts["metadata"] = merged(intent["metadata"], sent["metadata"])
    change.alter(charge, application_fee_amount=fee)
    charges.capture(change, charge, amount)
    change.alter(intent, status="succeeded", amount_received=amount, amount_capturable=0, **facts)
    change.tell("payment_intent.succeeded", intent)


def cancel(
    change: Change, intent: Object, charge: Object | None, reason: str | None, *, by_checkout: bool = False
) -> None:
    # What is on its way will arrive, and can't be called back, except where it never will.
    if intent["status"] not in _CANCELABLE or (intent["status"] == "processing" and intent.get("_due") is not None):
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. Only a PaymentIntent "
            f"with one of the following statuses may be canceled: {', '.join(_CANCELABLE)}.",
            payment_intent=shown(intent),
        )
    if intent.get("_session") and not by_checkout:
        raise unexpected_state(
            "You cannot cancel this PaymentIntent because it was created by a Checkout Session. Expire the Checkout "
            "Session instead.",
            payment_intent=shown(intent),
        )
    if charge is not None and intent["status"] == "requires_capture":
        charges.release(change, charge)
    if charge is not None and intent["status"] == "processing":
        charges.arrived(change, charge, _CALLED_BACK)
    change.alter(
        intent,
        status="canceled",
        canceled_at=change.scene.now,
        cancellation_reason=reason,
        amount_capturable=0,
        next_action=None,
    )
    change.tell("payment_intent.canceled", intent)


def ways_to_pay(sent: dict[str, Any], currency: str) -> tuple[Object | None, list[str]]:
    types = sent.get("allowed_payment_method_types")
    automatic = sent.get("automatic_payment_methods")
    if types is not None and automatic is not None and automatic["enabled"]:
        raise StripeRefusal(
            "You may only specify one of these parameters: automatic_payment_methods, allowed_payment_method_types.",
            param="automatic_payment_methods",
        )
    excluded = sent.get("excluded_payment_method_types") or []
    if (types is not None and "card" not in types) or "card" in excluded:
        raise StripeRefusal(
            "SIMULATED: this stand-in pays by card; `card` must be among the allowed payment method types.",
            param="allowed_payment_method_types",
        )
    if types is not None:
        return None, types
    if automatic is not None and not automatic["enabled"]:
        return {"enabled": False}, ["card"]
    offered = ["card", "link", banks.TYPE] if currency == banks.CURRENCY else ["card", "link"]
    types = [one for one in offered if one not in excluded]
    return {"allow_redirects": "always", **(automatic or {"enabled": True})}, types
