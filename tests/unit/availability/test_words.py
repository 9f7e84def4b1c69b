"""Names and notes."""

import pytest

from services.availability.domain import words


@pytest.mark.parametrize("name", ["Jo", "Ana Kahu-Müller", "<script>", "🔧", "Zoë", "山田", "👩‍🔧"])
def test_a_name_is_kept_as_typed(name: str) -> None:
    assert words.name_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", " ", "\u200b", "\u3000", "a\nb", "a\x07", "a\u2028b", "\t", "Jo\u202e", "\u2066Jo"]
)
def test_what_can_not_be_shown_on_a_line_is_no_name(name: str) -> None:
    assert words.name_problem(name) is not None


def test_a_note_may_have_lines_but_no_other_controls() -> None:
    assert words.note_problem("By the sea\r\n\twith the children 🏖") is None
    assert words.note_problem("") is None
    assert words.note_problem("\x1b[31m") is not None
    assert words.note_problem("By the \u202eaes") is not None
