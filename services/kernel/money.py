"""Money: whole numbers of a currency's smallest unit, and shares of it without a float anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Self

# A hundredth of a per cent: percentages have at most two decimals.
WHOLE: Final = 10_000


def _table() -> Mapping[str, int]:
    listed = {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
        2: """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC
            CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR
            JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD
            NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
            SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
        """,
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "UYW",
    }
    return {code: decimals for decimals, codes in listed.items() for code in codes.split()}


# ISO 4217, the currencies in use: funds, metals, test codes and those withdrawn are left out.
DECIMALS: Final = _table()


def is_currency(text: str) -> bool:
    return text in DECIMALS


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in its smallest unit."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        # A bool is an int to Python, and a float would lose cents.
        if type(self.amount) is not int:
            raise TypeError("an amount is a whole number of the smallest unit")
        if not is_currency(self.currency):
            raise ValueError(f"{self.currency!r} is no currency of ISO 4217")

    @classmethod
    def of(cls, text: str, currency: str) -> Self:
        """From a person's spelling in whole units, such as "12.50"."""
        exact = Decimal(text).scaleb(DECIMALS[currency])
        if exact != exact.to_integral_value():
            raise ValueError(f"{currency} has {DECIMALS[currency]} decimals")
        return cls(int(exact), currency)

    @property
    def decimal(self) -> Decimal:
        """In whole units, with the currency's own decimals."""
        return Decimal(self.amount).scaleb(-DECIMALS[self.currency])

    def share(self, basis_points: int) -> "Money":
        """So many hundredths of a per cent of it; half a smallest unit rounds up."""
        exact = Decimal(self.amount) * basis_points / WHOLE
        return Money(int(exact.to_integral_value(ROUND_HALF_UP)), self.currency)

    def chargeable(self) -> "Money":
        """The nearest amount that a card can be charged or given back, half a step up."""
        unit = step(self.currency)
        return Money((self.amount + unit // 2) // unit * unit, self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._alike(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._alike(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._alike(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._alike(other)

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    def _alike(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be reckoned with each other")
        return other.amount


def step(currency: str) -> int:
    """Cards take a last digit of 0 where there are three decimals, and the ariary in whole units."""
    if currency == "MGA":
        return 100
    return int(10 ** max(0, DECIMALS[currency] - 2))


def basis_points(percent: float | str) -> int:
    """A percentage with at most two decimals as a whole number. A float counts as it is written."""
    exact = Decimal(str(percent)).scaleb(2)
    if exact != exact.to_integral_value():
        raise ValueError("a percentage has at most two decimals")
    return int(exact)
