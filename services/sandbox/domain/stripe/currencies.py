"""How Stripe counts money: the smallest units of its currencies, what is the least of each, how messages spell them."""

from decimal import Decimal
from typing import Final

from services.sandbox.domain.stripe.refusals import StripeRefusal


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_WITHOUT_DECIMALS: Final = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
_THREE_DECIMALS: Final = _codes("bhd jod kwd omr tnd")
# They have no decimals any more, and Stripe still counts them in hundredths, of which only whole hundreds are taken.
_HUNDREDS: Final = _codes("isk ugx")
_TWO_DECIMALS: Final = _codes(
    """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve
    czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak
    lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar
    ron rsd rub sar sbd scr sek sgd shp sle sos srd std svc szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd xcg
    yer zar zmw
    """
)
CURRENCIES: Final = _WITHOUT_DECIMALS | _THREE_DECIMALS | _HUNDREDS | _TWO_DECIMALS

# What Stripe's page on supported currencies lists; of every other it takes what comes to half a dollar.
_LEAST: Final = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30,
    "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "pln": 200,
    "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
_LARGEST: Final = 99_999_999
_LARGER: Final = {"idr": 999_999_999_999, "inr": 999_999_999, "cop": 9_999_999_999, "huf": 9_999_999_999}
_SIGNS: Final = {
    "usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "cad": "$", "aud": "$", "nzd": "$", "sgd": "$",
    "hkd": "$", "mxn": "$", "brl": "R$", "krw": "₩", "ils": "₪", "php": "₱", "vnd": "₫",
}  # fmt: skip


def decimals(currency: str) -> int:
    if currency in _WITHOUT_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def step(currency: str) -> int:
    """Amounts are multiples of this."""
    if currency in _HUNDREDS:
        return 100
    return 10 if currency in _THREE_DECIMALS else 1


def spelled(amount: int, currency: str) -> str:
    """As Stripe's messages write an amount: $0.50."""
    places = decimals(currency)
    return f"{_SIGNS.get(currency, '')}{Decimal(amount).scaleb(-places):,.{places}f}"


def known_currency(text: str) -> str:
    """Stripe writes currencies in small letters and takes them in any."""
    currency = text.lower()
    if currency not in CURRENCIES:
        raise StripeRefusal(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {', '.join(sorted(CURRENCIES))}",
            param="currency",
        )
    return currency


def countable(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuses what can't be paid or given back in that currency."""
    unit = step(currency)
    if amount % unit:
        raise StripeRefusal(
            f"Invalid amount: amounts in {currency} must be divisible by {unit}. {amount} is not.",
            code="parameter_invalid_integer",
            param=param,
        )


def chargeable(amount: int, currency: str, *, param: str = "amount") -> None:
    """Refuses what no card can be charged."""
    if amount < 1:
        raise StripeRefusal(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param
        )
    least = _LEAST.get(currency, step(currency))
    if amount < least:
        raise StripeRefusal(
            f"Amount must be at least {spelled(least, currency)} {currency}", code="amount_too_small", param=param
        )
    largest = _LARGER.get(currency, _LARGEST)
    if amount > largest:
        raise StripeRefusal(
            f"Amount must be no more than {spelled(largest, currency)} {currency}", code="amount_too_large", param=param
        )
    countable(amount, currency, param=param)
