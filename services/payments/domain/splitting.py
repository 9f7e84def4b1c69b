"""Which payments a refund is taken from."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.payments.domain.errors import RefundExceedsPayment


@dataclass(frozen=True, slots=True)
class Left:
    """What can still be given back of a payment."""

    payment_id: str
    amount: int


def parts(wanted: int | None, payments: Sequence[Left]) -> list[Left]:
    """Of each as much as it has, the newest first; ids of payments are in the order of their age.

    None wants all there is. Never more than is left: that is refused as a whole.
    """
    open_amount = sum(one.amount for one in payments) if wanted is None else wanted
    taken = []
    for one in sorted(payments, key=lambda one: one.payment_id, reverse=True):
        part = min(one.amount, open_amount)
        if part > 0:
            taken.append(Left(one.payment_id, part))
            open_amount -= part
    if open_amount > 0:
        raise RefundExceedsPayment
    return taken
