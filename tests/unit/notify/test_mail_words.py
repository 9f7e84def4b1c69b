"""What the mails say, and that nobody's words become markup in them."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.mails import Link, is_sender, mail_with
from services.notify.domain.messages import Kind

ASKED_AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
URL = "https://book.example.com/dashboard/verify-email?token=abc&next=%2F"
KINDS: tuple[Kind, ...] = ("verification", "password_reset", "invitation")


def link(kind: Kind = "verification", *, lasts: timedelta = timedelta(hours=24), **facts: str | None) -> Link:
    given_facts = {"name": "Sam Ngata", "tenant_name": "Joe & Sons", "inviter_name": "Ann", "url": URL, **facts}
    return Link(kind=kind, to="sam@example.com", expires_at=ASKED_AT + lasts, **given_facts)  # type: ignore[arg-type]


class _Page(HTMLParser):
    """The elements and links of a page as a browser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("verification", "Verify your e-mail address"),
        ("password_reset", "Reset your password"),
        ("invitation", "Join Joe & Sons on PeepoPay"),
    ],
)
def test_each_kind_has_its_subject(kind: Kind, subject: str) -> None:
    assert mail_with(link(kind), asked_at=ASKED_AT).subject == subject


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_and_only_link_is_the_action(kind: Kind) -> None:
    mail = mail_with(link(kind), asked_at=ASKED_AT)
    assert _Page(mail.html).links == [URL]
    assert mail.text.count("http") == 1
    assert URL in mail.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_in_a_name_is_shown_and_not_run(kind: Kind) -> None:
    nasty = "<script>alert(1)</script>"
    mail = mail_with(link(kind, name=nasty, tenant_name=nasty, inviter_name=nasty), asked_at=ASKED_AT)
    page = _Page(mail.html)
    assert "script" not in page.tags
    assert f"Hello {nasty}," in page.words


@given(kind=st.sampled_from(KINDS), words=st.text(max_size=300))
def test_nobodys_words_change_a_mails_structure(kind: Kind, words: str) -> None:
    plain = _Page(mail_with(link(kind), asked_at=ASKED_AT).html)
    mail = mail_with(link(kind, name=words, tenant_name=words, inviter_name=words), asked_at=ASKED_AT)
    odd = _Page(mail.html)
    assert (odd.tags, odd.links) == (plain.tags, plain.links)
    assert mail.subject.isprintable()


def test_an_address_with_quotes_stays_inside_its_attribute() -> None:
    url = 'https://book.example.com/?a="><img src=x onerror=alert(1)>'
    page = _Page(mail_with(link(url=url), asked_at=ASKED_AT).html)
    assert page.links == [url]
    assert "img" not in page.tags


def test_a_link_that_is_no_web_address_is_refused() -> None:
    with pytest.raises(ValueError, match="web address"):
        mail_with(link(url="javascript:alert(1)"), asked_at=ASKED_AT)


def test_line_breaks_never_reach_a_subject() -> None:
    mail = mail_with(link("invitation", tenant_name="Joe\r\nBcc: all@example.com"), asked_at=ASKED_AT)
    assert mail.subject == "Join Joe Bcc: all@example.com on PeepoPay"


def test_a_person_without_a_name_is_greeted_all_the_same() -> None:
    assert mail_with(link(name="  "), asked_at=ASKED_AT).text.startswith("Hello,\n")


@pytest.mark.parametrize(
    ("lasts", "words"),
    [
        (timedelta(days=7), "for 7 days."),
        (timedelta(days=2, seconds=-3), "for 2 days."),
        (timedelta(hours=24, seconds=-3), "for 24 hours."),
        (timedelta(hours=1, seconds=-3), "for one hour."),
        (timedelta(minutes=30, seconds=-3), "for 30 minutes."),
        (timedelta(seconds=20), "for one minute."),
        (timedelta(seconds=-20), "for one minute."),
    ],
)
def test_it_says_how_long_the_link_works(lasts: timedelta, words: str) -> None:
    assert f"The link works once, {words}" in mail_with(link(lasts=lasts), asked_at=ASKED_AT).text


@given(kind=st.sampled_from(KINDS), name=st.text(max_size=100))
def test_the_same_facts_make_the_same_mail(kind: Kind, name: str) -> None:
    facts = link(kind, name=name)
    assert mail_with(facts, asked_at=ASKED_AT) == mail_with(facts, asked_at=ASKED_AT)


@pytest.mark.parametrize("text", ["hello@example.com", "PeepoPay <hello@example.com>"])
def test_a_sender_is_an_address_with_or_without_a_name(text: str) -> None:
    assert is_sender(text)


@pytest.mark.parametrize("text", ["", "PeepoPay", "PeepoPay <hello>", "a@b\nBcc: c@d"])
def test_anything_else_is_no_sender(text: str) -> None:
    assert not is_sender(text)
