"""Checkout sessions: a page of Stripe on which a customer pays once, until it is paid or its time has run out."""

from typing import Any, Final

from services.sandbox.domain.stripe import customers, fees, intents
from services.sandbox.domain.stripe.changes import DAY, Change, Object
from services.sandbox.domain.stripe.currencies import chargeable, known_currency
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import StripeRefusal, unbuilt

_SHORTEST: Final = 30 * 60
_PLAIN: Final = ("cancel_url", "client_reference_id", "customer", "customer_creation", "customer_email", "locale")
_OF_THE_INTENT: Final = (
    "application_fee_amount", "capture_method", "description", "receipt_email", "setup_future_usage", "shipping",
    "statement_descriptor", "statement_descriptor_suffix",
)  # fmt: skip


def created(change: Change, sent: dict[str, Any]) -> Object:
    """The page, before anybody has seen it."""
    if sent.get("mode") != "payment":
        raise unbuilt(f"a Checkout Session with the mode {sent.get('mode')}")
    if sent.get("ui_mode", "hosted_page") != "hosted_page":
        raise unbuilt(f"a Checkout Session with the ui_mode {sent['ui_mode']}")
    if not sent.get("success_url"):
        raise StripeRefusal("Missing required param: success_url.", code="parameter_missing", param="success_url")
    if sent.get("customer") and sent.get("customer_email"):
        raise StripeRefusal(
            "You may only specify one of these parameters: customer, customer_email.", param="customer_email"
        )
    items, currency, total = _items(change, sent)
    data = sent.get("payment_intent_data") or {}
    fees.application_fee(data.get("application_fee_amount"), total, change)
    now = change.scene.now
    ends = sent.get("expires_at", now + DAY)
    if not now + _SHORTEST - 60 <= ends <= now + DAY + 60:
        raise StripeRefusal(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    automatic, types = intents.ways_to_pay(sent, currency)
    session = change.made(
        "checkout.session",
        "cs_test",
        allowed_payment_method_types=sent.get("allowed_payment_method_types"),
        # Whatever is wanted here, nobody is shown another currency than the business's.
        adaptive_pricing={"enabled": bool((sent.get("adaptive_pricing") or {}).get("enabled"))},
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        currency=currency,
        custom_fields=[],
        custom_text={
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        customer_details={"email": sent["customer_email"]} if sent.get("customer_email") else None,
        excluded_payment_method_types=sent.get("excluded_payment_method_types"),
        expires_at=ends,
        metadata=merged({}, sent.get("metadata")),
        mode="payment",
        payment_intent=None,
        payment_method_types=types,
        payment_status="unpaid",
        shipping_options=[],
        status="open",
        submit_type=sent.get("submit_type"),
        success_url=sent["success_url"],
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
        **{name: sent.get(name) for name in _PLAIN},
    )
    session["url"] = f"{change.scene.url}/checkout/{session['id']}"
    session["_items"] = items
    session["_intent"] = {
        **{name: data[name] for name in _OF_THE_INTENT if name in data},
        "metadata": merged({}, data.get("metadata")),
    }
    session["_automatic"] = automatic
    session["_due"] = ends
    return session


def line_items(session: Object) -> Object:
    return {
        "object": "list",
        "data": session["_items"],
        "has_more": False,
        "url": f"/v1/checkout/sessions/{session['id']}/line_items",
    }


def intent_of(change: Change, session: Object) -> Object:
    """What is to be paid on the page, once somebody looks at it."""
    _open(session, "paid")
    customer = session["customer"]
    # One is made where that was asked for, or where a card is kept.
    keeps_card = session["_intent"].get("setup_future_usage") is not None
    if customer is None and (session["customer_creation"] == "always" or keeps_card):
        customer = customers.created(change, {"email": session["customer_email"]})["id"]
    sent: dict[str, Any] = {
        **session["_intent"],
        "amount": session["amount_total"],
        "currency": session["currency"],
        "customer": customer,
    }
    for name in ("allowed_payment_method_types", "excluded_payment_method_types"):
        if session[name] is not None:
            sent[name] = session[name]
    intent = intents.created(change, sent, None)
    change.alter(intent, _session=session["id"])
    change.alter(session, payment_intent=intent["id"], customer=customer)
    return intent


def paid(change: Change, session: Object, intent: Object, method: Object) -> None:
    """Its intent has succeeded; nothing else is to be done on the page."""
    if session["status"] != "open":
        return
    contact = method["billing_details"]
    known = session["customer_details"] or {}
    change.alter(
        session,
        status="complete",
        payment_status="paid" if intent["status"] == "succeeded" else "unpaid",
        url=None,
        customer_details={
            "address": contact["address"],
            "email": contact["email"] or known.get("email"),
            "name": contact["name"],
            "phone": contact["phone"],
            "tax_exempt": "none",
            "tax_ids": [],
        },
        _due=None,
    )
    change.tell("checkout.session.completed", session)


def arrived(change: Change, session: Object, intent: Object) -> None:
    """What was still on its way when the page was left has arrived, or will never."""
    if intent["status"] == "succeeded":
        change.alter(session, payment_status="paid")
        change.tell("checkout.session.async_payment_succeeded", session)
    else:
        change.tell("checkout.session.async_payment_failed", session)


def expire(change: Change, session: Object, intent: Object | None, charge: Object | None) -> None:
    """Nobody can pay there any more; its intent is canceled with it."""
    _open(session, "expired")
    if intent is not None:
        intents.cancel(change, intent, charge, None, by_checkout=True)
    change.alter(session, status="expired", url=None, _due=None)
    change.tell("checkout.session.expired", session)


def _open(session: Object, what: str) -> None:
    if session["status"] != "open":
        raise StripeRefusal(
            f'Only Checkout Sessions with a status in ["open"] can be {what}. This Checkout Session has a status of '
            f"`{session['status']}`.",
        )


def _items(change: Change, sent: dict[str, Any]) -> tuple[list[Object], str, int]:
    """What is sold, in which currency, and the sum."""
    lines = sent.get("line_items") or []
    if not lines:
        raise StripeRefusal("Missing required param: line_items.", code="parameter_missing", param="line_items")
    items, total, currencies = [], 0, set()
    for index, line in enumerate(lines):
        at = f"line_items[{index}]"
        if "price_data" not in line:
            raise unbuilt(f"{at}[price]: only prices written into the call, {at}[price_data],")
        item = _item(change, line, at)
        items.append(item)
        total += item["amount_total"]
        currencies.add(item["currency"])
    if len(currencies) > 1:
        raise StripeRefusal("All line items must have the same currency.", param="line_items")
    (currency,) = currencies
    if "currency" in sent and known_currency(sent["currency"]) != currency:
        raise StripeRefusal("The currency must be that of the line items.", param="currency")
    try:
        chargeable(total, currency)
    except StripeRefusal as refusal:
        raise StripeRefusal(
            f"The Checkout Session's total amount due can't be charged: {refusal.message}",
            code=refusal.error.get("code"),
        ) from refusal
    return items, currency, total


def _item(change: Change, line: dict[str, Any], at: str) -> Object:
    price, quantity = line["price_data"], line.get("quantity", 1)
    if "product_data" not in price:
        raise unbuilt(f"{at}[price_data][product]: only products written into the call")
    if "unit_amount" not in price:
        raise StripeRefusal(
            f"Missing required param: {at}[price_data][unit_amount].",
            code="parameter_missing",
            param=f"{at}[price_data][unit_amount]",
        )
    if price["unit_amount"] < 0 or quantity < 1:
        raise StripeRefusal(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=f"{at}[quantity]" if quantity < 1 else f"{at}[price_data][unit_amount]",
        )
    currency = known_currency(price["currency"])
    amount = price["unit_amount"] * quantity
    return {
        "id": change.new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": currency,
        "description": price["product_data"]["name"],
        "metadata": merged({}, line.get("metadata")),
        "price": {
            "id": change.new_id("price"),
            "object": "price",
            "active": False,
            "billing_scheme": "per_unit",
            "created": change.scene.now,
            "currency": currency,
            "custom_unit_amount": None,
            "livemode": False,
            "lookup_key": None,
            "metadata": {},
            "nickname": None,
            "product": change.new_id("prod", 14),
            "recurring": None,
            "tax_behavior": price.get("tax_behavior", "unspecified"),
            "tiers_mode": None,
            "transform_quantity": None,
            "type": "one_time",
            "unit_amount": price["unit_amount"],
            "unit_amount_decimal": str(price["unit_amount"]),
        },
        "quantity": quantity,
    }
