"""Who takes what of a payment: Stripe's own cut, the platform's fee, and how much of that goes back with a refund."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from services.sandbox.domain.stripe.changes import APPLICATION, Change, Object
from services.sandbox.domain.stripe.currencies import decimals, spelled, step
from services.sandbox.domain.stripe.refusals import StripeRefusal

# 2.7 % and 30 cents, or what comes near to 30 cents without decimals (yen) and with three (dinar).
_PERMILLE: Final = 27
_FIXED: Final = {0: 30, 2: 30, 3: 100}
# What a dispute costs, by the same table's idea.
_DISPUTED: Final = {0: 1500, 2: 1500, 3: 5000}


def stripes_cut(amount: int, currency: str) -> int:
    """Half a smallest unit rounds up."""
    return _rounded(Decimal(amount) * _PERMILLE / 1000) + _FIXED[decimals(currency)]


def dispute_cost(currency: str) -> int:
    return _DISPUTED[decimals(currency)]


def fee_back(fee: int, currency: str, *, returned: int, refunded: int, charged: int) -> int:
    """How much of the platform's fee goes back so that, with all the refunds that return it, it is in proportion."""
    unit = step(currency)
    in_proportion = fee if refunded == charged else _rounded(Decimal(fee) * refunded / charged / unit) * unit
    return min(max(0, in_proportion - returned), fee - returned)


def application_fee(sent: int | None, amount: int, change: Change) -> int | None:
    """Refuses a fee that no platform can take of this payment."""
    if sent is None:
        return None
    if not change.scene.is_connected:
        raise StripeRefusal(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param="application_fee_amount",
        )
    if sent < 1:
        raise StripeRefusal(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="application_fee_amount",
        )
    if sent > amount:
        raise StripeRefusal(
            f"The application fee amount ({sent}) must not be greater than the amount of the payment ({amount}).",
            param="application_fee_amount",
        )
    return sent


def collect(change: Change, charge: Object, amount: int) -> Object:
    """The platform's fee of a charge, in the platform's own books."""
    platform = change.scene.platform
    fee = change.made(
        "application_fee",
        "fee",
        on=platform,
        account=change.scene.account,
        amount=amount,
        amount_refunded=0,
        application=APPLICATION,
        charge=charge["id"],
        currency=charge["currency"],
        fee_source={"type": "charge", "charge": charge["id"]},
        originating_transaction=None,
        refunded=False,
    )
    fee["refunds"] = {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": f"/v1/application_fees/{fee['id']}/refunds",
    }
    line = movement(change, "application_fee", amount, source=fee["id"], currency=charge["currency"], on=platform)
    fee["balance_transaction"] = line["id"]
    change.tell("application_fee.created", fee, on=platform)
    return fee


def give_back(change: Change, fee: Object, amount: int, metadata: dict[str, str] | None = None) -> Object:
    """Part of the platform's fee returns to the business."""
    platform = change.scene.platform
    left = fee["amount"] - fee["amount_refunded"]
    if left == 0:
        raise StripeRefusal(
            f"Application fee {fee['id']} has already been refunded.", code="application_fees_already_refunded"
        )
    if not 1 <= amount <= left:
        raise StripeRefusal(
            f"Refund amount ({spelled(amount, fee['currency'])}) is greater than fee amount "
            f"({spelled(left, fee['currency'])})",
            param="amount",
        )
    back = change.made(
        "fee_refund", "fr", on=platform, amount=amount, currency=fee["currency"], fee=fee["id"], metadata=metadata or {}
    )
    line = movement(change, "application_fee_refund", -amount, source=back["id"], currency=fee["currency"], on=platform)
    back["balance_transaction"] = line["id"]
    returned = fee["amount_refunded"] + amount
    refunds = {**fee["refunds"], "data": [back, *fee["refunds"]["data"]]}
    previous = change.alter(
        fee, on=platform, amount_refunded=returned, refunded=returned == fee["amount"], refunds=refunds
    )
    change.tell("application_fee.refunded", fee, previous=previous, on=platform)
    return back


def movement(
    change: Change,
    kind: str,
    amount: int,
    *,
    source: str,
    currency: str,
    parts: list[Object] | None = None,
    at_once: bool = False,
    on: str | None = None,
    category: str | None = None,
    description: str | None = None,
) -> Object:
    """A line in an account's books; `parts` are what was taken from it and by whom."""
    details = parts or []
    fee = sum(part["amount"] for part in details)
    now = change.scene.now
    line: dict[str, Any] = {
        "amount": amount,
        "available_on": now if at_once else _two_days_on(now),
        "balance_type": "payments",
        "currency": currency,
        "description": description,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": details,
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source,
        "status": "available" if at_once else "pending",
        "type": kind,
    }
    return change.made("balance_transaction", "txn", on=on, **line)


def part(kind: str, amount: int, currency: str) -> Object:
    descriptions = {"application_fee": "PeepoPay application fee", "stripe_fee": "Stripe processing fees"}
    return {
        "amount": amount,
        "application": APPLICATION if kind == "application_fee" else None,
        "currency": currency,
        "description": descriptions[kind],
        "type": kind,
    }


def _two_days_on(now: int) -> int:
    """Midnight, as at Stripe."""
    day = 86_400
    return (now // day + 3) * day


def _rounded(exact: Decimal) -> int:
    return int(exact.to_integral_value(ROUND_HALF_UP))
