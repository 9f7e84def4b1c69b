"""Tables that are opened, and never run."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.booking.domain import sheet


def _read(line: bytes) -> list[str]:
    (row,) = csv.reader(io.StringIO(line.decode(), newline=""))
    return row


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1), min_size=1))
def test_a_line_is_read_back_as_it_was_but_for_what_could_be_run(cells: list[str]) -> None:
    for before, after in zip(cells, _read(sheet.line(cells)), strict=True):
        assert after.removeprefix("'") == before.removeprefix("'")
        assert after.lstrip(" ")[:1] not in set("=+-@\t\r\n")


@pytest.mark.parametrize(
    "cell", ["=1+1", "+64 21 555 0123", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1+1"]
)
def test_what_could_be_a_formula_is_marked_as_a_text(cell: str) -> None:
    assert _read(sheet.line([cell])) == [f"'{cell}"]


def test_numbers_are_numbers_and_nothing_is_nothing() -> None:
    assert sheet.line([-5, 0, None, "plain"]) == b"-5,0,,plain\r\n"
