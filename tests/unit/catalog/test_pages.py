"""Catalog's own pages."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import colors, pages
from services.catalog.domain.pages import MARKER, Offer, Shopfront, lasting

colours = st.from_regex(re.compile(r"#[0-9A-F]{6}"), fullmatch=True)


def shop(**facts: Any) -> Shopfront:
    usual = Shopfront("Bob's Boilers", None, "#2563EB", None, None, [])
    return usual._replace(**facts)


def test_a_name_is_shown_as_typed_and_never_run() -> None:
    evil = "<script>alert(1)</script> & Söhne \" onload='x'"
    offer = Offer(name=evil, description=evil, minutes=60, price="$1.00", deposit="$0.50")
    page = pages.opening_soon(shop(name=evil, notice=evil, phone=evil, logo_url='https://x/"><script>', offers=[offer]))
    assert "<script" not in page
    assert "onload='" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne") == 6


def test_what_is_not_there_is_not_shown() -> None:
    page = pages.opening_soon(shop())
    assert "<img" not in page
    assert "Services" not in page
    assert "tel:" not in page
    open_price = Offer(name="Look", description="", minutes=15, price=None, deposit=None)
    assert "Price after the job" in pages.opening_soon(shop(offers=[open_price]))


@given(colours, st.sampled_from(["#FFFFFF", "#18201D", "#F7F7F4"]))
def test_every_color_can_be_read_on_and_beside(color: str, ground: str) -> None:
    assert colors.contrast(colors.ink_on(color), color) >= 4.5
    assert colors.contrast(colors.readable_on(ground, color), ground) >= 4.5


def test_a_color_that_can_be_read_stays_as_it_is() -> None:
    assert colors.readable_on("#FFFFFF", "#2563EB") == "#2563EB"
    assert colors.contrast("#000000", "#FFFFFF") == pytest.approx(21)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nothing_in_a_configuration_breaks_out_of_its_page(facts: object) -> None:
    config = json.dumps({"name": "</script><!--", "more": facts, "ends": "\u2028\u2029"}, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    page = pages.with_config(b"<body>" + MARKER + b"</body>", config)
    opening, closing = b'<script type="application/json" id="peepopay-config">', b"</script></body>"
    assert page.startswith(b"<body>" + opening)
    assert page.endswith(closing)
    inside = page.removeprefix(b"<body>" + opening).removesuffix(closing)
    assert b"<" not in inside
    assert not {"\u2028".encode(), "\u2029".encode()} & {inside[at : at + 3] for at in range(len(inside))}
    assert json.loads(inside.decode("utf-8", "surrogatepass")) == json.loads(config.decode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(("minutes", "said"), [(15, "15 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "24 h")])
def test_a_length_is_said_as_people_say_it(minutes: int, said: str) -> None:
    assert lasting(minutes) == said
