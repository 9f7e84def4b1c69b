"""Customers of an account."""

from typing import Any, Final

from services.sandbox.domain.stripe.changes import Change, Object
from services.sandbox.domain.stripe.metadata import merged

# Kept as they are sent; an empty text takes away what was there.
PLAIN: Final = ("address", "description", "email", "name", "phone", "shipping")


def created(change: Change, sent: dict[str, Any]) -> Object:
    customer = change.made(
        "customer",
        "cus",
        **{name: sent.get(name) or None for name in PLAIN},
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        discount=None,
        invoice_settings=_invoice_settings({}, sent),
        metadata=merged({}, sent.get("metadata")),
        preferred_locales=sent.get("preferred_locales", []),
        tax_exempt=sent.get("tax_exempt") or "none",
    )
    change.tell("customer.created", customer)
    return customer


def update(change: Change, customer: Object, sent: dict[str, Any]) -> None:
    facts: dict[str, Any] = {name: sent[name] or None for name in PLAIN if name in sent}
    facts["metadata"] = merged(customer["metadata"], sent.get("metadata"))
    if "preferred_locales" in sent:
        facts["preferred_locales"] = sent["preferred_locales"]
    if "tax_exempt" in sent:
        facts["tax_exempt"] = sent["tax_exempt"] or "none"
    if "invoice_settings" in sent:
        facts["invoice_settings"] = _invoice_settings(customer["invoice_settings"], sent)
    previous = change.alter(customer, **facts)
    if previous:
        change.tell("customer.updated", customer, previous=previous)


def _invoice_settings(present: Object, sent: dict[str, Any]) -> Object:
    blank = {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None}
    changed: Object = sent.get("invoice_settings") or {}
    return {**blank, **present, **{name: value or None for name, value in changed.items()}}
