"""How a receipt looks: the business's name and color, what was booked, what was paid, and what it comes to."""

import io
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from services.kernel.money import Money
from services.kernel.written import display
from services.payments.api.receipts.texts import BOLD, REGULAR, Style, runs, tidied, width, wrapped
from services.payments.schemas.receipts import LineRequest, ReceiptRequest

_WIDTH, _HEIGHT = A4
_MARGIN: Final = 56.0
_RIGHT: Final = _WIDTH - _MARGIN
_ROOM: Final = _RIGHT - _MARGIN
_BOTTOM: Final = 84.0

_INK: Final = "#16202C"
_QUIET: Final = "#5B6776"
_RULE: Final = "#DDE2E8"

_NAME: Final = Style(BOLD, 21)
_TITLE: Final = Style(BOLD, 15)
_LABEL: Final = Style(BOLD, 8)
_BODY: Final = Style(REGULAR, 10.5)
_STRONG: Final = Style(BOLD, 10.5)
_SMALL: Final = Style(REGULAR, 8.5)
_TOTAL: Final = Style(BOLD, 14)

_WORDS: Final = {"deposit": "Deposit", "balance": "Balance", "refund": "Refund"}

# The fonts' tables are shared by all pages of a process and know nothing of threads.
_one_at_a_time: Final = Lock()


@dataclass(slots=True)
class _Pen:
    """Where the next line begins, from the top of the page down."""

    canvas: Any
    y: float

    def text(self, text: str, style: Style, *, at: float = _MARGIN, color: str = _INK, to_right: bool = False) -> None:
        """On this line; `at` is its left end, or its right one."""
        x = at - width(text, style) if to_right else at
        self.canvas.setFillColor(HexColor(color))
        for run in runs(text, style.font):
            self.canvas.setFont(run.font, style.size)
            self.canvas.drawString(x, self.y, run.text)
            x += width(run.text, Style(style.font, style.size))

    def paragraph(
        self, text: str, style: Style, *, lines: int, room: float = _ROOM, at: float = _MARGIN, color: str = _INK
    ) -> None:
        for line in wrapped(text, style, room, lines=lines):
            self.text(line, style, at=at, color=color)
            self.y -= round(style.size * 1.4, 1)

    def rule(self, color: str = _RULE, thickness: float = 0.75) -> None:
        self.canvas.setStrokeColor(HexColor(color))
        self.canvas.setLineWidth(thickness)
        self.canvas.line(_MARGIN, self.y, _RIGHT, self.y)


def drawn(receipt: ReceiptRequest) -> bytes:
    """The page, or pages where there is much to list."""
    with _one_at_a_time:
        return _drawn(receipt)


def _drawn(receipt: ReceiptRequest) -> bytes:
    file = io.BytesIO()
    # No date of making and no chance in it: the same receipt is the same file.
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1, lang=receipt.locale)
    canvas.setTitle(f"Receipt {tidied(receipt.reference)}")
    canvas.setAuthor(tidied(receipt.business_name))
    canvas.setCreator("PeepoPay")
    pen = _Pen(canvas, _HEIGHT)
    _begin_page(pen, receipt)
    _heading(pen, receipt)
    _booked(pen, receipt)
    _money(pen, receipt)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def _begin_page(pen: _Pen, receipt: ReceiptRequest) -> None:
    pen.canvas.setFillColor(HexColor(receipt.brand_color))
    pen.canvas.rect(0, _HEIGHT - 10, _WIDTH, 10, stroke=0, fill=1)
    pen.y = 48
    issued = f"Issued {_day(receipt.issued_at, receipt)}"
    pen.text(issued, _SMALL, color=_QUIET)
    pen.text(str(pen.canvas.getPageNumber()), _SMALL, at=_RIGHT, color=_QUIET, to_right=True)
    pen.y = _HEIGHT - 74


def _heading(pen: _Pen, receipt: ReceiptRequest) -> None:
    top = pen.y
    pen.text("Receipt", _TITLE, at=_RIGHT, color=_QUIET, to_right=True)
    pen.y -= 19
    pen.text(_cut(receipt.reference, _STRONG, 150), _STRONG, at=_RIGHT, to_right=True)
    pen.y = top
    left = _ROOM - 170
    pen.paragraph(receipt.business_name, _NAME, lines=4, room=left)
    for fact in (receipt.address, receipt.phone, receipt.email):
        if fact:
            pen.paragraph(fact, _BODY, lines=8, room=left, color=_QUIET)
    pen.y = min(pen.y, top - 40) - 16


def _booked(pen: _Pen, receipt: ReceiptRequest) -> None:
    """For whom, and what: side by side."""
    pen.rule()
    pen.y -= 24
    top, half = pen.y, _ROOM / 2 - 12
    pen.text("FOR", _LABEL, color=_QUIET)
    pen.y -= 17
    pen.paragraph(receipt.customer_name, _STRONG, lines=6, room=half)
    pen.paragraph(receipt.customer_email, _BODY, lines=3, room=half, color=_QUIET)
    left_end, pen.y = pen.y, top
    column = _MARGIN + _ROOM / 2 + 12
    pen.text("BOOKED", _LABEL, at=column, color=_QUIET)
    pen.y -= 17
    pen.paragraph(receipt.service_name, _STRONG, lines=6, room=half, at=column)
    for line in _when(receipt):
        pen.paragraph(line, _BODY, lines=2, room=half, at=column, color=_QUIET)
    pen.y = min(pen.y, left_end) - 14


def _money(pen: _Pen, receipt: ReceiptRequest) -> None:
    pen.rule()
    if receipt.price is not None:
        pen.y -= 24
        pen.text("Price", _BODY, color=_QUIET)
        _amount(pen, Money(receipt.price, receipt.currency), receipt, _BODY, color=_QUIET)
        pen.y -= 12
        pen.rule()
    for line in receipt.lines:
        _line(pen, line, receipt)
    if pen.y < _BOTTOM + 50:
        _next_page(pen, receipt)
    pen.y -= 14
    pen.rule(receipt.brand_color, 2)
    pen.y -= 28
    pen.text(_outcome(receipt), _TOTAL)
    _amount(pen, total(receipt), receipt, _TOTAL)


def _line(pen: _Pen, line: LineRequest, receipt: ReceiptRequest) -> None:
    if pen.y < _BOTTOM:
        _next_page(pen, receipt)
    pen.y -= 24
    pen.text(_WORDS[line.kind], _BODY)
    pen.text(_day(line.at, receipt), _BODY, at=_MARGIN + 110, color=_QUIET)
    amount = -line.amount if line.kind == "refund" else line.amount
    _amount(pen, Money(amount, receipt.currency), receipt, _BODY)


def _next_page(pen: _Pen, receipt: ReceiptRequest) -> None:
    pen.canvas.showPage()
    _begin_page(pen, receipt)


def _amount(pen: _Pen, money: Money, receipt: ReceiptRequest, style: Style, *, color: str = _INK) -> None:
    pen.text(tidied(display(money, receipt.locale)), style, at=_RIGHT, color=color, to_right=True)


def total(receipt: ReceiptRequest) -> Money:
    """What was paid, less what went back."""
    paid = sum(-line.amount if line.kind == "refund" else line.amount for line in receipt.lines)
    return Money(paid, receipt.currency)


def _outcome(receipt: ReceiptRequest) -> str:
    is_refunded = any(line.kind == "refund" for line in receipt.lines)
    return "Paid, less refunds" if is_refunded else "Paid"


def _when(receipt: ReceiptRequest) -> tuple[str, str]:
    """By the clock on the business's wall."""
    zone = ZoneInfo(receipt.timezone)
    local, spoken = receipt.starts_at.astimezone(zone), Locale.parse(receipt.locale, sep="-")
    clock = format_time(local, "short", tzinfo=zone, locale=spoken)
    name = get_timezone_name(local, width="short", locale=spoken)
    return format_date(local.date(), "full", locale=spoken), f"{clock} {name}"


def _day(at: datetime, receipt: ReceiptRequest) -> str:
    local = at.astimezone(ZoneInfo(receipt.timezone)).date()
    return format_date(local, "long", locale=Locale.parse(receipt.locale, sep="-"))


def _cut(text: str, style: Style, room: float) -> str:
    return (wrapped(text, style, room, lines=1) or [""])[0]
