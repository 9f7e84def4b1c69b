"""The links that a message is searched for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.domain.links import links_in


def test_the_htmls_links_stand_in_its_order_and_come_first() -> None:
    html = "<a href=\"https://b.example/2?x=1&amp;y=2\">two</a><p><a class=z href='https://a.example/1'>one</a>"
    assert links_in(html, "https://c.example/3") == [
        "https://b.example/2?x=1&y=2",
        "https://a.example/1",
        "https://c.example/3",
    ]


def test_a_link_that_stands_twice_is_told_once() -> None:
    assert links_in('<a href="https://a.example/">a</a>' * 2, "https://a.example/") == ["https://a.example/"]


@pytest.mark.parametrize("href", ["mailto:sam@example.com", "tel:+64211234567", "#top", "javascript:alert(1)", ""])
def test_only_web_addresses_are_links(href: str) -> None:
    assert links_in(f'<a href="{href}">x</a>', "") == []


def test_an_address_in_a_comment_or_script_is_no_link() -> None:
    html = '<!-- <a href="https://a.example/">a</a> --><script>"<a href=https://b.example/>"</script>'
    assert links_in(html, "") == []


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Go to https://a.example/x.", "https://a.example/x"),
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x_(y)", "https://a.example/x_(y)"),
        ("<https://a.example/x?y=1>", "https://a.example/x?y=1"),
        ("HTTPS://a.example/x, or not", "HTTPS://a.example/x"),
    ],
)
def test_a_sentence_around_a_link_is_not_part_of_it(text: str, link: str) -> None:
    assert links_in("", text) == [link]


@given(html=st.text(), text=st.text())
def test_any_message_can_be_searched(html: str, text: str) -> None:
    found = links_in(html, text)
    assert len(set(found)) == len(found)
    assert all(link.lower().startswith(("http://", "https://")) for link in found)
