"""Payment methods: made of card data or of Stripe's ready-made ones, kept for a customer, taken away again."""

from typing import Any, Final

from services.sandbox.domain.stripe import banks
from services.sandbox.domain.stripe.cards import CARDS, Behaviour, Card, aliased, ready_made, typed
from services.sandbox.domain.stripe.changes import Change, Object, shown
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import StripeRefusal, missing, unbuilt

_CONTACT: Final = ("name", "email", "phone")
_USED_UP: Final = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
    "connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a "
    "PaymentMethod multiple times, you must attach it to a Customer first."
)


def from_data(change: Change, sent: dict[str, Any]) -> Object:
    """What the card form or a server sends."""
    if sent.get("type", "card") != "card":
        raise unbuilt(f"a payment method of type {sent['type']}")
    card = sent.get("card")
    if not isinstance(card, dict) or "number" not in card:
        raise StripeRefusal("Missing required param: card.", code="parameter_missing", param="card")
    return _made(change, typed(card, now=change.scene.now), sent)


def from_alias(change: Change, method_id: str) -> Object | None:
    """A fresh payment method behind a name such as `pm_card_visa`; nothing where it is no such name."""
    if method_id in banks.ACCOUNTS:
        return _bank_account(change, method_id)
    number = aliased(method_id)
    if number is None:
        return None
    return _made(change, ready_made(number, now=change.scene.now), {})


def behaviour(method: Object) -> Behaviour:
    return banks.ACCOUNTS[method["_bank"]] if "_bank" in method else CARDS[method["_number"]]


def attach(change: Change, method: Object, customer: str) -> None:
    """Keeps it for a customer, where the bank lets it be kept."""
    if method.get("customer") == customer:
        return
    if method.get("customer"):
        raise StripeRefusal("The payment method you provided has already been attached to a customer.")
    if method.get("_used_up"):
        raise StripeRefusal(
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again."
        )
    does = behaviour(method)
    if does.decline is not None and not does.attaches:
        raise does.decline.refusal(payment_method=shown(method))
    _belongs(change, method, customer)


def keep_after_use(change: Change, method: Object, *, customer: str | None, usage: str | None) -> None:
    """What becomes of it once it was paid with: the customer's, if that was agreed, or used up."""
    if usage == "off_session":
        change.alter(method, _set_up=True)
    if method.get("customer"):
        return
    if customer is not None and usage is not None:
        _belongs(change, method, customer)
    elif usage is None:
        change.alter(method, _used_up=True)


def _belongs(change: Change, method: Object, customer: str) -> None:
    change.alter(method, customer=customer)
    change.tell("payment_method.attached", method)


def detach(change: Change, method: Object) -> None:
    if not method.get("customer"):
        raise StripeRefusal(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
        )
    previous = change.alter(method, customer=None, _used_up=True)
    change.tell("payment_method.detached", method, previous=previous)


def update(change: Change, method: Object, sent: dict[str, Any]) -> None:
    if not method.get("customer"):
        raise StripeRefusal(
            "You must save this PaymentMethod to a customer before you can update it.",
        )
    facts: dict[str, Any] = {}
    if "billing_details" in sent:
        facts["billing_details"] = {**method["billing_details"], **_billing(sent["billing_details"])}
    if "card" in sent:
        expiry = {name: sent["card"][name] for name in ("exp_month", "exp_year") if name in sent["card"]}
        facts["card"] = {**method["card"], **expiry}
    if "metadata" in sent:
        facts["metadata"] = merged(method["metadata"], sent["metadata"])
    if "allow_redisplay" in sent:
        facts["allow_redisplay"] = sent["allow_redisplay"]
    previous = change.alter(method, **facts)
    if previous:
        change.tell("payment_method.updated", method, previous=previous)


def usable(method: Object, *, customer: str | None) -> None:
    """Refuses what may not be paid with by this customer."""
    owner = method.get("customer")
    if owner is None and method.get("_used_up"):
        raise StripeRefusal(_USED_UP)
    if owner is None or owner == customer:
        return
    if customer is None:
        raise StripeRefusal(
            f"The PaymentMethod {method['id']} belongs to the Customer {owner}. Please include the Customer in the "
            "`customer` parameter on the PaymentIntent.",
            param="payment_method",
        )
    raise missing("payment_method", method["id"], param="payment_method")


def _made(change: Change, card: Card, sent: dict[str, Any]) -> Object:
    does = card.behaviour
    shown_card = {
        "brand": does.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            # The bank looks at it when the card is charged or kept.
            "cvc_check": None if card.cvc is None else "unchecked",
        },
        "country": does.country,
        "display_brand": does.brand,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "fingerprint": card.fingerprint,
        "funding": does.funding,
        "generated_from": None,
        "last4": card.number[-4:],
        "networks": {"available": [does.brand], "preferred": None},
        "three_d_secure_usage": {"supported": does.brand != "amex"},
        "wallet": None,
    }
    return _kept(change, sent, type="card", card=shown_card, _number=card.number, _set_up=does.bank == "set_up")


def _bank_account(change: Change, name: str) -> Object:
    account = {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": "SIMULATED",
        "last4": "6789",
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {},
    }
    return _kept(change, {}, type=banks.TYPE, us_bank_account=account, _bank=name)


def _kept(change: Change, sent: dict[str, Any], **facts: Any) -> Object:
    blank_address = {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
    blank = {"address": blank_address, "email": None, "name": None, "phone": None, "tax_id": None}
    return change.made(
        "payment_method",
        "pm",
        allow_redisplay=sent.get("allow_redisplay", "unspecified"),
        customer=None,
        metadata=merged({}, sent.get("metadata")),
        billing_details={**blank, **_billing(sent.get("billing_details") or {})},
        **facts,
    )


def _billing(sent: dict[str, Any]) -> Object:
    facts: Object = {name: sent[name] or None for name in _CONTACT if name in sent}
    if isinstance(address := sent.get("address"), dict):
        names = ("city", "country", "line1", "line2", "postal_code", "state")
        facts["address"] = {name: address.get(name) or None for name in names}
    return facts
