"""Deposits: what a customer pays to book, and which ones no card can be charged."""

from typing import Final, Literal

from services.kernel.money import DECIMALS, WHOLE, Money, step

DepositType = Literal["none", "fixed", "percentage", "full"]

# Stripe takes at most eight digits, and counts these two in hundredths that they do not have.
LARGEST: Final = 99_999_999
_COUNTED_IN_HUNDREDTHS: Final = frozenset({"ISK", "UGX"})

# The least that Stripe charges, in smallest units, as its page on supported currencies lists it.
_PUBLISHED: Final = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400,
    "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200,
    "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip

# Of every other currency Stripe takes what its own exchange rate makes half a US dollar. So these are floors, not
# limits: hundredths of a unit to the dollar, rounded from the rates of 2025. Nearer to them than a day's change of the
# rate nobody sets a deposit; and the worst that happens is that Stripe refuses what we let pass.
_TO_THE_DOLLAR: Final = {
    "AFN": 7000, "ALL": 8500, "AMD": 38500, "AOA": 91500, "ARS": 130000, "AWG": 180, "AZN": 170, "BAM": 170, "BBD": 200,
    "BDT": 12000, "BHD": 38, "BIF": 295000, "BMD": 100, "BND": 130, "BOB": 690, "BSD": 100, "BTN": 8600, "BWP": 1350,
    "BYN": 300, "BZD": 200, "CDF": 250000, "CLP": 94000, "CNY": 710, "COP": 400000, "CRC": 50500, "CUP": 2400,
    "CVE": 9600, "DJF": 17800, "DOP": 6000, "DZD": 13000, "EGP": 4900, "ERN": 1500, "ETB": 13500, "FJD": 225,
    "FKP": 75, "GEL": 270, "GHS": 1100, "GIP": 75, "GMD": 7100, "GNF": 860000, "GTQ": 770, "GYD": 20900, "HNL": 2600,
    "HTG": 13100, "IDR": 1630000, "ILS": 340, "IQD": 131000, "IRR": 4200000, "ISK": 12300, "JMD": 16000, "JOD": 71,
    "KES": 12900, "KGS": 8740, "KHR": 400000, "KMF": 42500, "KPW": 90000, "KRW": 138000, "KWD": 31, "KYD": 83,
    "KZT": 53000, "LAK": 2160000, "LBP": 8950000, "LKR": 30000, "LRD": 19000, "LSL": 1770, "LYD": 540, "MAD": 900,
    "MDL": 1700, "MGA": 440000, "MKD": 5300, "MMK": 210000, "MNT": 358000, "MOP": 805, "MRU": 3980, "MUR": 4550,
    "MVR": 1540, "MWK": 173000, "MZN": 6380, "NAD": 1770, "NGN": 153000, "NIO": 3670, "NPR": 13800, "OMR": 38,
    "PAB": 100, "PEN": 355, "PGK": 410, "PHP": 5700, "PKR": 28200, "PYG": 730000, "QAR": 364, "RSD": 10050,
    "RUB": 8000, "RWF": 144000, "SAR": 375, "SBD": 830, "SCR": 1420, "SDG": 60000, "SHP": 75, "SLE": 2270, "SOS": 57000,
    "SRD": 3700, "SSP": 460000, "STN": 2100, "SVC": 875, "SYP": 1300000, "SZL": 1770, "TJS": 960, "TMT": 350,
    "TND": 290, "TOP": 235, "TRY": 4000, "TTD": 677, "TWD": 3000, "TZS": 250000, "UAH": 4150, "UGX": 356000,
    "UYU": 4000, "UYW": 2500, "UZS": 1250000, "VED": 12000, "VES": 12000, "VND": 2620000, "VUV": 11900, "WST": 275,
    "XAF": 56000, "XCD": 270, "XCG": 180, "XOF": 56000, "XPF": 10200, "YER": 24000, "ZAR": 1770, "ZMW": 2350,
    "ZWG": 2680,
}  # fmt: skip


def largest(currency: str) -> int:
    """The greatest deposit that can be charged."""
    return LARGEST // 100 if currency in _COUNTED_IN_HUNDREDTHS else LARGEST


def least(currency: str) -> int:
    """The smallest deposit that can be charged."""
    published = _PUBLISHED.get(currency)
    if published is not None:
        return published
    # Half a dollar, in smallest units, up to the next one that can be charged.
    half = -(-_TO_THE_DOLLAR[currency] * 10 ** DECIMALS[currency] // 200)
    return int(-(-half // step(currency)) * step(currency))


def due(kind: DepositType, *, price: Money | None, amount: Money | None, points: int | None) -> Money | None:
    """What the customer pays to book; nothing where no deposit is asked for, or what it depends on is missing."""
    if kind == "fixed":
        return amount
    if kind == "full":
        return price
    if kind == "percentage" and price is not None and points is not None:
        return price.share(points).chargeable()
    return None


def problems(
    kind: DepositType, *, price: Money | None, amount: Money | None, points: int | None, currency: str
) -> dict[str, str]:
    """What is wrong with a deposit, by the field that would have to change. What its type makes pointless is ignored."""
    field = {"fixed": "deposit_amount", "percentage": "deposit_percent", "full": "deposit_type"}.get(kind, "")
    if kind in {"percentage", "full"} and price is None:
        found = {"price": "is required for a deposit that depends on it"}
        if kind == "percentage":
            found |= _share_problem(points)
        return found
    if kind == "percentage" and (found := _share_problem(points)):
        return found
    if kind == "fixed" and amount is None:
        return {field: "is required for a deposit of a fixed amount"}
    deposit = due(kind, price=price, amount=amount, points=points)
    if deposit is None:
        return {}
    sentence = _amount_problem(deposit, price=price, currency=currency)
    return {field: sentence} if sentence else {}


def _share_problem(points: int | None) -> dict[str, str]:
    if points is None:
        return {"deposit_percent": "is required for a deposit in per cent"}
    if not 0 < points <= WHOLE:
        return {"deposit_percent": "must be more than 0 and at most 100"}
    return {}


def _amount_problem(deposit: Money, *, price: Money | None, currency: str) -> str | None:
    if deposit.amount <= 0:
        return "must be more than 0"
    if price is not None and price < deposit:
        return f"must not be more than the price, {price}"
    lowest = Money(least(currency), currency)
    if deposit < lowest:
        return f"comes to {deposit}, and cards can't be charged less than {lowest}"
    if deposit.amount > largest(currency):
        return f"comes to {deposit}, and cards can't be charged more than {Money(largest(currency), currency)}"
    if deposit.amount % step(currency):
        return f"comes to {deposit}, and cards are charged in steps of {Money(step(currency), currency)}"
    return None
