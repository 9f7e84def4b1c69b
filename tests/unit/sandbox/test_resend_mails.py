"""Which mails Resend's stand-in takes, and what it says of the others."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.domain.addresses import bare_address
from services.sandbox.domain.errors import ResendRefusal
from services.sandbox.domain.mails import checked_batch, checked_key, checked_mail


def body(**changes: Any) -> dict[str, Any]:
    given_body = {"from": "Joe <joe@example.com>", "to": "sam@example.com", "subject": "Hello", "text": "Hi", **changes}
    return {name: value for name, value in given_body.items() if value is not None}


def refusal(given_body: Any) -> ResendRefusal:
    with pytest.raises(ResendRefusal) as caught:
        checked_mail(given_body)
    return caught.value


def test_a_mail_is_read_with_all_its_parts() -> None:
    mail = checked_mail(
        body(
            to=["Sam <Sam@Example.com>", "ann@example.com"],
            cc="cc@example.com",
            bcc=["bcc@example.com"],
            reply_to="reply@example.com",
            headers={"X-Kind": "test"},
            tags=[{"name": "kind", "value": "test"}],
            attachments=[
                {"filename": "a.ics", "content": base64.b64encode(b"12345").decode(), "content_type": "text/calendar"},
                {"path": "https://files.example.com/b.pdf"},
            ],
        )
    )
    assert mail.to == ("Sam@Example.com", "ann@example.com")
    assert (mail.cc, mail.bcc, mail.reply_to) == (("cc@example.com",), ("bcc@example.com",), ("reply@example.com",))
    assert (mail.headers, mail.tags) == ({"X-Kind": "test"}, {"kind": "test"})
    assert [(file.filename, file.size) for file in mail.attachments] == [("a.ics", 5), ("b.pdf", None)]


@pytest.mark.parametrize(
    ("field", "words"), [("from", "`from`"), ("to", "`to`"), ("subject", "`subject`"), ("text", "`html` or `text`")]
)
def test_a_missing_field_is_named(field: str, words: str) -> None:
    said = refusal(body(**{field: None}))
    assert (said.status, said.name, said.message) == (422, "missing_required_field", f"Missing {words} field.")


@pytest.mark.parametrize(
    "changes",
    [
        {"from": "Joe"},
        {"from": 7},
        {"to": "sam"},
        {"to": "sam@localhost"},
        {"to": ["sam@example.com", "broken@"]},
        {"to": [7]},
        {"to": [f"p{number}@example.com" for number in range(51)]},
        {"cc": "nobody"},
        {"reply_to": "a b@example.com"},
        {"subject": ["Hello"]},
        {"html": 7},
        {"text": "a\0b"},
        {"headers": ["X"]},
        {"headers": {"X": 1}},
        {"tags": {"kind": "x"}},
        {"tags": [{"name": "kind"}]},
        {"tags": [{"name": "kind", "value": "not allowed"}]},
        {"attachments": "file"},
        {"attachments": [{}]},
        {"attachments": [{"content": "AAAA"}]},
        {"attachments": [{"filename": "a", "content": "no base64!"}]},
        {"attachments": [{"filename": "a", "content": [256]}]},
    ],
)
def test_a_wrong_field_is_a_validation_error(changes: dict[str, Any]) -> None:
    said = refusal(body(**changes))
    assert (said.status, said.name) == (422, "validation_error")


def test_fifty_recipients_are_not_too_many() -> None:
    assert len(checked_mail(body(to=[f"p{number}@example.com" for number in range(50)])).to) == 50


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["from", "to", "cc", "bcc", "reply_to", "subject", "html", "text", "headers", "tags", "attachments"]
)


@given(changes=st.dictionaries(NAMES, JSON, max_size=4))
def test_whatever_is_sent_is_taken_or_refused_in_words(changes: dict[str, Any]) -> None:
    status = 200
    try:
        checked_mail({**body(), **changes})
    except ResendRefusal as said:
        status = said.status
    assert status in {200, 422}


@given(given_body=JSON)
def test_any_json_is_answered(given_body: Any) -> None:
    assert refusal(given_body).status == 422


def test_one_bad_mail_refuses_a_batch() -> None:
    with pytest.raises(ResendRefusal):
        checked_batch([body(), body(to="broken")])


@pytest.mark.parametrize("batch", [[], {}, None, [body()] * 101, [body(attachments=[{"path": "x"}])], ["mail"]])
def test_what_is_no_batch_is_refused(batch: Any) -> None:
    with pytest.raises(ResendRefusal) as caught:
        checked_batch(batch)
    assert caught.value.status == 422


@pytest.mark.parametrize("key", ["", "k" * 257])
def test_a_key_of_the_wrong_length_is_refused(key: str) -> None:
    with pytest.raises(ResendRefusal) as caught:
        checked_key(key)
    assert (caught.value.status, caught.value.name) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sam+x@mail.example.com", "sam+x@mail.example.com"),
        ("Sam <sam@example.com>", "sam@example.com"),
        ("<sam@example.com>", "sam@example.com"),
        ("zoë@münchen.example", "zoë@münchen.example"),
        ("sam@example.com, ann@example.com", None),
        ("sam@example..com", None),
        ("sam@-example.com", None),
        ("sam@@example.com", None),
        (f"{'a' * 400}@example.com", None),
    ],
)
def test_an_address_is_told_from_what_is_none(text: str, address: str | None) -> None:
    assert bare_address(text) == address
