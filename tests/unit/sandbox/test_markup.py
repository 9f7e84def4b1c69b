"""The sandbox's pages show what anybody wrote, and run none of it."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.api.markup import page, tag


class _Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@given(words=st.text())
def test_words_never_become_elements_or_attributes(words: str) -> None:
    html = tag("p", words, tag("b", words), title=words)
    seen = _Seen(html).tags
    assert [name for name, _ in seen] == ["p", "b"]
    assert list(seen[0][1]) == ["title"]
    assert list(seen[1][1]) == []


def test_a_mail_in_a_frame_stays_one_attribute() -> None:
    mail = "\"><script>alert('x')</script>"
    ((name, attributes),) = _Seen(tag("iframe", sandbox="", srcdoc=mail)).tags
    assert name == "iframe"
    assert attributes == {"sandbox": "", "srcdoc": mail}


def test_every_page_says_that_it_is_simulated_and_runs_no_script() -> None:
    shown = page("Mails", tag("h1", "Mails"))
    assert "SIMULATED" in shown.content
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "script-src" not in shown.headers["Content-Security-Policy"]
