"""A try to pay: what the card makes of it, and its bank."""

from dataclasses import dataclass
from typing import Any, Final

from services.sandbox.domain.stripe import charges, disputes, methods
from services.sandbox.domain.stripe.cards import AUTHENTICATION_REQUIRED, GENERIC, Decline
from services.sandbox.domain.stripe.changes import Change, Object, shown
from services.sandbox.domain.stripe.refusals import documented, unexpected_state

# How long what is on its way takes here.
LATER: Final = 3
NOT_AUTHENTICATED: Final = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a payment is confirmed."""

    off_session: bool = False
    return_url: str | None = None
    # The page has Stripe's script, which shows the bank's question itself.
    has_script: bool = False
    refuses_action: bool = False
    is_publishable: bool = False

    @classmethod
    def of(cls, sent: dict[str, Any], *, is_publishable: bool = False) -> "Way":
        return cls(
            off_session=sent.get("off_session") not in {None, False},
            return_url=sent.get("return_url"),
            has_script=bool(sent.get("use_stripe_sdk")),
            refuses_action=bool(sent.get("error_on_requires_action")),
            is_publishable=is_publishable,
        )


def attempt(change: Change, intent: Object, method: Object, way: Way) -> None:
    """Tries to pay. A refusal of the bank is in `change.refusal`: the intent remembers it."""
    does = methods.behaviour(method)
    is_set_up = bool(method.get("_set_up"))
    asks = does.bank == "always" or (does.bank != "never" and not (way.off_session and is_set_up))
    if not asks:
        _pay(change, intent, method, asked=False)
    elif way.off_session or way.refuses_action:
        _declined(change, intent, method, AUTHENTICATION_REQUIRED)
    else:
        change.alter(intent, status="requires_action", next_action=action(change, intent, method, way))
        change.tell("payment_intent.requires_action", intent)


def answer_bank(change: Change, intent: Object, method: Object, *, passed: bool) -> None:
    """The customer has answered the bank's question, or could not."""
    if intent["status"] != "requires_action":
        raise unexpected_state(
            f"This PaymentIntent waits for no authentication: it has a status of {intent['status']}.",
            payment_intent=shown(intent),
        )
    change.alter(intent, next_action=None)
    if passed:
        _pay(change, intent, method, asked=True)
    else:
        error = {
            "type": "invalid_request_error",
            "code": "payment_intent_authentication_failure",
            "message": NOT_AUTHENTICATED,
            "payment_method": shown(method),
        }
        _failed(change, intent, error)


def arrived(change: Change, intent: Object, charge: Object, method: Object) -> None:
    """What was on its way has arrived, or will never."""
    decline = methods.behaviour(method).decline
    charges.arrived(change, charge, decline)
    if decline is None:
        change.alter(intent, status="succeeded", amount_received=intent["amount"], _due=None)
        _succeeded(change, intent, charge, method)
        return
    change.alter(intent, _due=None)
    error = {
        "type": "invalid_request_error",
        "code": decline.code,
        "message": decline.message,
        "charge": charge["id"],
        "payment_method": shown(method),
    }
    _failed(change, intent, error)


def action(change: Change, intent: Object, method: Object, way: Way) -> Object:
    """Where the customer answers the bank: on a page of its own, or where Stripe's script shows it."""
    question = f"{change.scene.url}/3ds/{intent['id']}?client_secret={intent['client_secret']}"
    if way.return_url and not way.has_script:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": way.return_url, "url": question}}
    shows = {"type": "three_d_secure_redirect", "stripe_js": question, "source": method["id"]}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": shows}


def remembered(error: Object) -> Object:
    """An error as the intent keeps it."""
    nothing = {"advice_code": None, "network_advice_code": None, "network_decline_code": None}
    return {**nothing, "doc_url": documented(error["code"]), **error}


def _pay(change: Change, intent: Object, method: Object, *, asked: bool) -> None:
    does = methods.behaviour(method)
    if does.arrives != "at_once":
        _send_off(change, intent, method)
        return
    decline = GENERIC if change.scene.declines_all else does.decline
    if decline is not None:
        _declined(change, intent, method, decline)
        return
    charge = charges.tried(change, intent, method, asked=asked)
    is_held = intent["capture_method"] == "manual"
    change.alter(
        intent,
        latest_charge=charge["id"],
        last_payment_error=None,
        status="requires_capture" if is_held else "succeeded",
        amount_capturable=intent["amount"] if is_held else 0,
        amount_received=0 if is_held else intent["amount"],
    )
    methods.keep_after_use(change, method, customer=intent["customer"], usage=intent["setup_future_usage"])
    change.tell("charge.succeeded", charge)
    if is_held:
        change.tell("payment_intent.amount_capturable_updated", intent)
        return
    _succeeded(change, intent, charge, method)


def _send_off(change: Change, intent: Object, method: Object) -> None:
    """The money is on its way; whether it comes is known later."""
    charge = charges.tried(change, intent, method, is_on_its_way=True)
    later = change.scene.now + LATER if methods.behaviour(method).arrives == "later" else None
    change.alter(intent, latest_charge=charge["id"], last_payment_error=None, status="processing", _due=later)
    methods.keep_after_use(change, method, customer=intent["customer"], usage=intent["setup_future_usage"])
    change.tell("charge.pending", charge)
    change.tell("payment_intent.processing", intent)


def _succeeded(change: Change, intent: Object, charge: Object, method: Object) -> None:
    does = methods.behaviour(method)
    change.tell("payment_intent.succeeded", intent)
    charges.settle(change, charge)
    if does.dispute is not None:
        disputes.opened(change, charge, method, reason=does.dispute, is_inquiry=does.is_inquiry)


def _declined(change: Change, intent: Object, method: Object, decline: Decline) -> None:
    charge = charges.tried(change, intent, method, decline=decline)
    change.tell("charge.failed", charge)
    change.alter(intent, latest_charge=charge["id"])
    error = {
        "type": "card_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "charge": charge["id"],
        "payment_method": shown(method),
    }
    _failed(change, intent, error)
    change.refusal = decline.refusal(charge=charge["id"], payment_intent=shown(intent), payment_method=shown(method))


def _failed(change: Change, intent: Object, error: Object) -> None:
    """Back to the start: another card, or the same once more."""
    change.alter(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_payment_error=remembered(error),
    )
    change.tell("payment_intent.payment_failed", intent)
