"""The pages that catalog answers itself, and the widget's page with a business's configuration put into it."""

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from services.catalog.domain import colors

MARKER: Final = b"<!-- peepopay:config -->"

_LIGHT_CARD: Final = "#FFFFFF"
_DARK_CARD: Final = "#18201D"
_STYLE: Final = """
:root{color-scheme:light dark;--ground:#f7f7f4;--card:#fff;--text:#14201b;--soft:#5c665f;--line:#e3e3dc}
@media(prefers-color-scheme:dark){:root{--ground:#101614;--card:#18201d;--text:#eef2ef;--soft:#a3aea7;--line:#2b3531}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--ground);color:var(--text);
font:1rem/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:min(34rem,calc(100% - 2rem));margin:clamp(1rem,8vh,6rem) auto;background:var(--card);
border:1px solid var(--line);border-radius:1rem;overflow:hidden;overflow-wrap:anywhere}
main>*{padding:1.5rem 1.75rem}
h1{margin:0;font-size:1.5rem;line-height:1.25}h2{margin:0 0 .75rem;font-size:1rem}p{margin:0;color:var(--soft)}
"""
_OF_A_BUSINESS: Final = """
header{display:flex;gap:1rem;align-items:center;background:var(--brand);color:var(--on-brand)}
header img{width:3.5rem;height:3.5rem;object-fit:contain;border-radius:.75rem;background:#fff;flex:none}
ul{list-style:none;margin:0;padding:0}
li{display:grid;grid-template-columns:1fr auto;gap:.125rem 1rem;padding:.875rem 0;border-top:1px solid var(--line)}
li:first-child{border-top:0;padding-top:0}li p{grid-column:1/-1;white-space:pre-line;font-size:.9375rem}
strong{font-weight:600}.price{color:var(--accent);font-weight:600;text-align:right}.facts{font-size:.9375rem}
footer{border-top:1px solid var(--line)}footer a{color:var(--accent)}
"""


class Offer(NamedTuple):
    """A service as the page lists it."""

    name: str
    description: str
    minutes: int
    price: str | None
    deposit: str | None


class Shopfront(NamedTuple):
    """A business as the page shows it."""

    name: str
    logo_url: str | None
    color: str
    phone: str | None
    notice: str | None
    offers: Sequence[Offer]


def opening_soon(shop: Shopfront) -> str:
    """A business that is here, and can't be booked through this page yet."""
    brand = (
        f":root{{--brand:{shop.color};--on-brand:{colors.ink_on(shop.color)};"
        f"--accent:{colors.readable_on(_LIGHT_CARD, shop.color)}}}"
        f"@media(prefers-color-scheme:dark){{:root{{--accent:{colors.readable_on(_DARK_CARD, shop.color)}}}}}"
    )
    logo = f'<img src="{escape(shop.logo_url)}" alt="" width="56" height="56">' if shop.logo_url else ""
    soon = "Online booking opens here soon."
    if shop.phone:
        number = "".join(character for character in shop.phone if character.isdigit() or character == "+")
        soon += f' Until then, please call <a href="tel:{escape(number)}">{escape(shop.phone)}</a>.'
    else:
        soon += " Until then, please get in touch directly."
    notice = f"<section><p>{escape(shop.notice)}</p></section>" if shop.notice else ""
    return _page(
        shop.name,
        f"<header>{logo}<h1>{escape(shop.name)}</h1></header>{notice}{_offers(shop.offers)}<footer><p>{soon}</p></footer>",
        style=f"{_STYLE}{brand}{_OF_A_BUSINESS}",
    )


def nobody_here() -> str:
    return _notice("Nobody takes bookings here", "This address belongs to no business. Please check the link.")


def away() -> str:
    return _notice("One moment, please", "This page can't be shown just now. Please try again in a moment.")


def with_config(template: bytes, config: bytes) -> bytes:
    """The widget's page, with its configuration as data that nothing in it can break out of."""
    safe = config.replace(b"<", b"\\u003c")
    # Ends of lines to older browsers' scripts.
    for end, name in (("\u2028", b"\\u2028"), ("\u2029", b"\\u2029")):
        safe = safe.replace(end.encode(), name)
    data = b'<script type="application/json" id="peepopay-config">' + safe + b"</script>"
    return template.replace(MARKER, data, 1)


def lasting(minutes: int) -> str:
    """A length as people say it: 1 h 30 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if part)


def _offers(offers: Sequence[Offer]) -> str:
    if not offers:
        return ""
    return f"<section><h2>Services</h2><ul>{''.join(_offer(offer) for offer in offers)}</ul></section>"


def _offer(offer: Offer) -> str:
    price = escape(offer.price) if offer.price else "Price after the job"
    facts = lasting(offer.minutes) + (f" · {escape(offer.deposit)} deposit" if offer.deposit else "")
    about = f"<p>{escape(offer.description)}</p>" if offer.description else ""
    return (
        f'<li><strong>{escape(offer.name)}</strong><span class="price">{price}</span>'
        f'<p class="facts">{facts}</p>{about}</li>'
    )


def _notice(title: str, text: str) -> str:
    return _page(title, f"<section><h1>{escape(title)}</h1><p>{escape(text)}</p></section>", style=_STYLE)


def _page(title: str, body: str, *, style: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>{body}</main></body></html>"
    )
