"""What Stripe is sent for an order: an intent, a page to pay on, the customer whose card is kept."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from services.payments.domain.gateway import Order
from services.payments.gateways.stripe.amounts import at_stripe

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams, PaymentIntentCreateParams
    from stripe.params.checkout import SessionCreateParams

# What Stripe takes at most, in characters.
LONGEST_NAME: Final = 256
_LONGEST_PHONE: Final = 20
_LONGEST_DESCRIPTION: Final = 500

# Paid at once or not at all: what ends only days later is no way to keep a time. None of these sends the customer to
# another page, so leaving redirects out does not leave them out.
SLOW_METHODS: Final = [
    "acss_debit",
    "au_becs_debit",
    "bacs_debit",
    "boleto",
    "customer_balance",
    "konbini",
    "multibanco",
    "nz_bank_account",
    "oxxo",
    "payto",
    "sepa_debit",
    "us_bank_account",
]


def intent_params(order: Order) -> "PaymentIntentCreateParams":
    params: PaymentIntentCreateParams = {
        "amount": at_stripe(order.amount),
        "currency": order.amount.currency.lower(),
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "description": order.description[:_LONGEST_DESCRIPTION],
        # No receipt_email: our own mails tell the customer.
        "metadata": dict(order.metadata),
    }
    # Nothing is no fee to Stripe.
    if order.fee.amount:
        params["application_fee_amount"] = at_stripe(order.fee)
    return params


def page_params(order: Order, *, return_url: str, expires_at: datetime) -> "SessionCreateParams":
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.amount.currency.lower(),
                    "unit_amount": at_stripe(order.amount),
                    "product_data": {"name": order.description[:_LONGEST_DESCRIPTION]},
                },
            }
        ],
        "payment_intent_data": {
            "description": order.description[:_LONGEST_DESCRIPTION],
            "metadata": dict(order.metadata),
        },
        "metadata": dict(order.metadata),
        "excluded_payment_method_types": list(SLOW_METHODS),
        # In the business's own currency, whatever the customer's is: what is paid must be what was asked for.
        "adaptive_pricing": {"enabled": False},
        "success_url": return_url,
        "expires_at": int(expires_at.timestamp()),
    }
    if order.fee.amount:
        params["payment_intent_data"]["application_fee_amount"] = at_stripe(order.fee)
    return params


def customer_params(order: Order, *, with_email: bool) -> "CustomerCreateParams":
    payer = order.payer
    params: CustomerCreateParams = {
        "name": payer.name[:LONGEST_NAME],
        "metadata": {name: order.metadata[name] for name in ("tenant_id", "booking_id") if name in order.metadata},
    }
    if with_email:
        params["email"] = payer.email
    if payer.phone:
        params["phone"] = payer.phone[:_LONGEST_PHONE]
    return params
