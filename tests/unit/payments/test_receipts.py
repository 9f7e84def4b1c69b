"""What a receipt shows, read back by another program than the one that wrote it."""

import io
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from services.kernel.errors import Invalid
from services.kernel.http import bodies
from services.payments.api.receipts.page import drawn, total
from services.payments.api.receipts.texts import BOLD, Style, width, wrapped
from services.payments.schemas.receipts import ReceiptRequest

FACTS: dict[str, Any] = {
    "businessName": "Bays Plumbing & Gas",
    "address": "12 Ponsonby Road\nAuckland 1011",
    "phone": "+64 9 123 4567",
    "email": "hello@bays.example",
    "brandColor": "#0F766E",
    "locale": "en-NZ",
    "timezone": "Pacific/Auckland",
    "currency": "NZD",
    "reference": "PP-7KQ2MX",
    "serviceName": "Hot water cylinder check",
    # The evening before in Auckland's summer is the next morning.
    "startsAt": "2026-12-03T21:00:00Z",
    "customerName": "Aroha Ngata",
    "customerEmail": "aroha@example.com",
    "price": 18000,
    "lines": [
        {"kind": "deposit", "amount": 5000, "at": "2026-11-21T10:00:00Z"},
        {"kind": "balance", "amount": 13000, "at": "2026-12-04T03:00:00Z"},
        {"kind": "refund", "amount": 2050, "at": "2026-12-05T03:00:00Z"},
    ],
    "issuedAt": "2026-12-05T04:00:00Z",
}


def receipt(**facts: Any) -> ReceiptRequest:
    return msgspec.convert({**FACTS, **facts}, ReceiptRequest, strict=False)


def text_of(**facts: Any) -> str:
    """All that stands on the pages, the blanks between words made alike."""
    pages = PdfReader(io.BytesIO(drawn(receipt(**facts)))).pages
    return " ".join("\n".join(page.extract_text() for page in pages).replace("\xa0", " ").split())


def test_it_says_who_was_paid_for_what_and_how_much() -> None:
    text = text_of()
    for said in (
        "Receipt PP-7KQ2MX",
        "Bays Plumbing & Gas",
        "12 Ponsonby Road Auckland 1011 +64 9 123 4567 hello@bays.example",
        "Aroha Ngata",
        "aroha@example.com",
        "Hot water cylinder check",
        "Friday, 4 December 2026",
        "10:00 am NZDT",
        "Price $180.00",
        "Deposit 21 November 2026 $50.00",
        "Balance 4 December 2026 $130.00",
        "Refund 5 December 2026 -$20.50",
        "Paid, less refunds $159.50",
        "Issued 5 December 2026",
    ):
        assert said in text


def test_money_and_days_are_written_as_people_do_there() -> None:
    text = text_of(locale="de-DE", currency="EUR", timezone="Europe/Berlin", price=123456)
    assert "Donnerstag, 3. Dezember 2026" in text
    assert "22:00 MEZ" in text
    assert "1.234,56 €" in text
    assert "-20,50 €" in text


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "JP¥5,000"), ("KWD", "KWD 5.000"), ("NZD", "$50.00")])
def test_a_currency_has_its_own_decimals(currency: str, shown: str) -> None:
    assert f"Deposit 21 November 2026 {shown}" in text_of(currency=currency)


@pytest.mark.parametrize(
    "name",
    [
        "Māhina Tūhoe",
        "Ελένη Παπαδοπούλου",
        "Олександра Коваленко",
        "王小明",
        "田中さくら",
        "김철수",
        "Nguyễn Thị Hồng Ánh",
    ],
)
def test_names_of_many_scripts_are_shown_as_typed(name: str) -> None:
    assert name.replace(" ", "") in text_of(customerName=name, businessName=name).replace(" ", "")


def test_letters_and_marks_that_come_apart_are_put_together() -> None:
    assert "Māori" in text_of(customerName="Ma\u0304ori")


def test_what_no_font_shows_is_seen_to_be_there() -> None:
    text = text_of(customerName="Zoë هند 😀")
    assert "Zoë \N{REPLACEMENT CHARACTER}" in text
    assert text.count("\N{REPLACEMENT CHARACTER}") == 4


def test_markup_is_text() -> None:
    assert "<script>alert(1)</script>" in text_of(customerName="<script>alert(1)</script>")


def test_long_names_and_addresses_stay_within_the_page() -> None:
    style = Style(BOLD, 21)
    for line in wrapped("W" * 300, style, 300, lines=4):
        assert width(line, style) <= 300
    assert wrapped("W" * 300, style, 300, lines=4)[-1].endswith("…")
    text_of(
        customerName="x" * 300, businessName="y " * 150, address="one\ntwo\nthree\nfour\nfive", serviceName="z" * 300
    )


def test_many_lines_go_on_over_the_next_pages() -> None:
    lines = [{"kind": "balance", "amount": 100 + number, "at": "2026-12-04T03:00:00Z"} for number in range(80)]
    pages = PdfReader(io.BytesIO(drawn(receipt(lines=lines)))).pages
    assert len(pages) == 4
    text = text_of(lines=lines)
    assert all(f"${(100 + number) / 100:.2f}" in text for number in range(80))
    assert f"Paid ${sum(100 + number for number in range(80)) / 100:.2f}" in text


def test_a_receipt_without_lines_says_that_nothing_was_paid() -> None:
    assert "Paid $0.00" in text_of(lines=[], price=None, address=None, phone=None, email=None)


def test_the_same_facts_give_the_same_bytes() -> None:
    assert drawn(receipt()) == drawn(receipt())


def test_every_text_is_within_the_file() -> None:
    """No reader has to have a font of its own."""
    reader = PdfReader(io.BytesIO(drawn(receipt(customerName="Aroha 王小明 Ελένη"))))
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index]
    shown = [font for font in fonts if font["/BaseFont"] != "/Helvetica"]
    assert len(shown) >= 3
    assert all("/FontFile2" in font["/FontDescriptor"] for font in shown)


@given(st.lists(st.tuples(st.sampled_from(("deposit", "balance", "refund")), st.integers(0, 10**9)), max_size=20))
def test_the_total_is_what_was_paid_less_what_went_back(moved: list[tuple[str, int]]) -> None:
    lines = [{"kind": kind, "amount": amount, "at": "2026-12-04T03:00:00Z"} for kind, amount in moved]
    expected = sum(amount if kind != "refund" else -amount for kind, amount in moved)
    assert total(receipt(lines=lines)).amount == expected


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=120), st.text(max_size=60))
def test_no_text_breaks_a_receipt(name: str, address: str) -> None:
    assert drawn(receipt(customerName=name, address=address, serviceName=name, reference=address)).startswith(b"%PDF")


def test_every_wrong_fact_is_named_at_once() -> None:
    wrong = {"brandColor": "green", "locale": "xx-Nowhere", "timezone": "Mars/Base", "currency": "ABC"}
    with pytest.raises(Invalid) as refused:
        bodies.decode(ReceiptRequest, msgspec.json.encode({**FACTS, **wrong}))
    assert set(refused.value.details) == set(wrong)
