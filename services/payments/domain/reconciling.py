"""Our ledger beside the company's own books: every difference between the two, and none that is not there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["missing_here", "missing_there", "amount", "fee", "cost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A movement of money on a business's account, written down here or there.

    Seen from the account: what a customer pays is above zero. `fee` is what the platform has of it, `cost` the company.
    """

    account_id: str
    # The company's id of its charge, refund or dispute.
    about: str
    currency: str
    amount: int
    fee: int
    cost: int
    at: datetime
    # Our payment, refund or dispute; unknown to the company.
    ours: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is written down about one thing here and there; nothing where it is missing."""

    kind: Kind
    account_id: str
    about: str
    ours: str | None
    currency: str
    here: int | None
    there: int | None
    at: datetime

    def __str__(self) -> str:
        said = {
            "missing_here": "is missing here",
            "missing_there": "is missing there",
            "amount": "has another amount",
            "fee": "has another fee of the platform's",
            "cost": "has another cost",
        }[self.kind]
        here = "nothing" if self.here is None else f"{self.here}"
        there = "nothing" if self.there is None else f"{self.there}"
        name = self.about if self.ours is None else f"{self.about} ({self.ours})"
        return f"{self.account_id} {name} {said}: {here} here, {there} there, {self.currency}"


_Key: TypeAlias = tuple[str, str]


def differences(ours: Iterable[Line], theirs: Iterable[Line]) -> list[Difference]:
    """In the order of accounts and of what they are about. Several lines about the same are one sum."""
    here, there = _sums(ours), _sums(theirs)
    found: list[Difference] = []
    for key in sorted(here.keys() | there.keys()):
        found += _compared(here.get(key), there.get(key))
    return found


def _compared(here: Line | None, there: Line | None) -> list[Difference]:
    if here is None or there is None:
        line = here or there
        # What came and went again entirely may as well never have been.
        if line is None or (line.amount, line.fee, line.cost) == (0, 0, 0):
            return []
        return [_difference("missing_here" if here is None else "missing_there", line, here, there)]
    if here.currency != there.currency:
        # The account is kept in another currency than the customer paid in: only the company knows its rate.
        return []
    kinds: tuple[Kind, ...] = ("amount", "fee", "cost")
    return [
        Difference(
            kind=kind,
            account_id=here.account_id,
            about=here.about,
            ours=here.ours,
            currency=here.currency,
            here=getattr(here, kind),
            there=getattr(there, kind),
            at=there.at,
        )
        for kind in kinds
        if getattr(here, kind) != getattr(there, kind)
    ]


def _difference(kind: Kind, line: Line, here: Line | None, there: Line | None) -> Difference:
    return Difference(
        kind=kind,
        account_id=line.account_id,
        about=line.about,
        ours=line.ours,
        currency=line.currency,
        here=None if here is None else here.amount,
        there=None if there is None else there.amount,
        at=line.at,
    )


def _sums(lines: Iterable[Line]) -> Mapping[_Key, Line]:
    found: dict[_Key, Line] = {}
    for line in lines:
        key = (line.account_id, line.about)
        known = found.get(key)
        found[key] = line if known is None else _sum(known, line)
    return found


def _sum(one: Line, other: Line) -> Line:
    return Line(
        account_id=one.account_id,
        about=one.about,
        currency=one.currency,
        amount=one.amount + other.amount,
        fee=one.fee + other.fee,
        cost=one.cost + other.cost,
        at=max(one.at, other.at),
        ours=one.ours or other.ours,
    )
