"""HTML from Python, in which every text is escaped unless it is HTML already."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from litestar import MediaType, Response

_VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta"})
_STYLE: Final = Path(__file__).with_name("sandbox.css").read_text(encoding="utf-8")
_BANNER: Final = (
    "SIMULATED. Nothing here leaves this machine: no payment, no mail, no text message and no account is real."
)

# No script runs here, none of a mail's either. There is no form-action: browsers hold it against every redirect
# that follows a form, and after a sign-in those lead on to wherever the product sends its people.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Only a page on which somebody pays runs scripts, the sandbox's own.
_SCRIPTED: Final = "script-src 'self'; connect-src 'self'"


class Html(str):
    """A text that is HTML and safe to show."""

    __slots__ = ()


Content = str | Html | Iterable["Content"] | None


def inner(content: Content) -> Html:
    """What stands inside an element."""
    if content is None:
        return Html()
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(escape(content))
    return Html("".join(inner(part) for part in content))


def tag(name: str, /, *content: Content, **attributes: str | bool | None) -> Html:
    """An element. `class_` and `for_` are written so because Python has those words; `_` stands for `-`."""
    written = [f"<{name}"]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if value is True:
            written.append(f" {attribute}")
        elif value is not None and value is not False:
            written.append(f' {attribute}="{escape(value)}"')
    written.append(">")
    if name not in _VOID:
        written.append(f"{inner(content)}</{name}>")
    return Html("".join(written))


def page(
    title: str,
    *content: Content,
    status: int = 200,
    refresh: int | None = None,
    scripts: Sequence[str] = (),
    layout: str | None = None,
) -> Response[str]:
    """A whole page, which says that it is simulated."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="robots", content="noindex"),
        tag("meta", http_equiv="refresh", content=str(refresh)) if refresh else None,
        tag("title", f"{title} (SIMULATED)"),
        tag("style", Html(_STYLE)),
        [tag("script", src=script, defer=True) for script in scripts],
    )
    body = tag(
        "body", tag("header", tag("p", _BANNER, class_="banner", role="note")), tag("main", *content, class_=layout)
    )
    return Response(
        f"<!doctype html>{tag('html', head, body, lang='en')}",
        media_type=MediaType.HTML,
        status_code=status,
        headers={
            "Content-Security-Policy": f"{_POLICY}; {_SCRIPTED}" if scripts else _POLICY,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )
