"""What the platform takes of a payment, and gives back of it."""

from decimal import ROUND_HALF_UP, Decimal

from services.kernel.money import WHOLE, Money, step
from services.payments.domain.money import Payment


def fee_of(amount: Money, basis_points: int) -> Money:
    """So many hundredths of a per cent, half a step up; never more than the amount.

    A step is the smallest unit, but where the company counts in coarser ones.
    """
    return min(_stepped(Decimal(amount.amount) * basis_points / WHOLE, amount.currency), amount)


def fee_going_back(fee: Money, amount: Money, *, refunded: Money, returned: Money) -> Money:
    """What of the fee goes back with a refund after which `refunded` of the amount is back, `returned` of it before.

    Each refund rounds the sum and not its own part, so that with the last of the amount the last of the fee is back.
    """
    due = fee if refunded == amount else _stepped(Decimal(fee.amount) * refunded.amount / amount.amount, fee.currency)
    back = min(due, fee) - returned
    return Money(max(0, back.amount), fee.currency)


def part_of(payment: Payment, *, refunded: int, returned: int) -> int:
    """What of the payment's fee goes back with a refund after which so much of it is back."""
    return fee_going_back(
        Money(payment.fee, payment.currency),
        payment.money,
        refunded=Money(refunded, payment.currency),
        returned=Money(returned, payment.currency),
    ).amount


def expected(payment: Payment, amount: int) -> int:
    """The platform's part of so much of the payment, if that is refunded next and all before it is made."""
    before = part_of(payment, refunded=payment.refunded, returned=0)
    return part_of(payment, refunded=payment.refunded + amount, returned=before)


def _stepped(exact: Decimal, currency: str) -> Money:
    unit = step(currency)
    return Money(int((exact / unit).to_integral_value(ROUND_HALF_UP)) * unit, currency)
