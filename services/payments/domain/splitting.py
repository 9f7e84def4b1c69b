"""Which payments a refund is taken from, and which refunds give way."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.payments.domain.errors import RefundExceedsPayment


@dataclass(frozen=True, slots=True)
class Left:
    """What can still be taken of a payment or a refund."""

    id: str
    amount: int


def parts(wanted: int | None, known: Sequence[Left]) -> list[Left]:
    """Of each as much as it has, the newest first; ids are in the order of their age.

    None wants all there is. Never more than is left: that is refused as a whole.
    """
    open_amount = sum(one.amount for one in known) if wanted is None else wanted
    taken = []
    for one in sorted(known, key=lambda one: one.id, reverse=True):
        part = min(one.amount, open_amount)
        if part > 0:
            taken.append(Left(one.id, part))
            open_amount -= part
    if open_amount > 0:
        raise RefundExceedsPayment
    return taken
