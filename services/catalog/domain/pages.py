"""The pages that catalog answers itself, while there is no widget to be built into them."""

from html import escape
from typing import Final

_STYLE: Final = """
:root{color-scheme:light dark;--ground:#f7f7f4;--card:#fff;--text:#14201b;--soft:#5c665f;--line:#e3e3dc}
@media(prefers-color-scheme:dark){:root{--ground:#101614;--card:#18201d;--text:#eef2ef;--soft:#a3aea7;--line:#2b3531}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--text);
font:1rem/1.5 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{box-sizing:border-box;width:min(28rem,calc(100% - 2rem));padding:2rem;background:var(--card);
border:1px solid var(--line);border-radius:1rem;overflow-wrap:anywhere}
h1{margin:0 0 .5rem;font-size:1.5rem;line-height:1.25}p{margin:0;color:var(--soft)}
"""


def opening_soon(business: str) -> str:
    """A business that is here, and can't be booked yet."""
    return _page(business, "Online booking opens here soon. Until then, please get in touch directly.")


def nobody_here() -> str:
    return _page("Nobody takes bookings here", "This address belongs to no business. Please check the link.")


def away() -> str:
    return _page("One moment, please", "This page can't be shown just now. Please try again in a moment.")


def _page(title: str, text: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body></html>"
    )
