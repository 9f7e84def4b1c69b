"""Names are shown as typed; what can't be shown is no name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain import names


@pytest.mark.parametrize(
    "name", ["Joe's Plumbing", "Tūī & Söhne", "田中電気", "🐶", "O", "<script>alert(1)</script>", "👩‍🔧 Mia", "3 Dogs"]
)
def test_a_name_may_be_whatever_people_are_called(name: str) -> None:
    assert names.problem(name) is None


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "\ufeff\u200d", "\u00a0", "\u2060"])
def test_what_can_not_be_seen_is_no_name(name: str) -> None:
    assert names.problem(name) == "must not be empty"


@pytest.mark.parametrize("name", ["Joe\nBcc: x", "a\u202egnp.exe", "\x07bell", "Jo\u2028e"])
def test_a_name_turns_and_breaks_no_lines(name: str) -> None:
    assert names.problem(name) is not None


@pytest.mark.parametrize(
    "name", ["http://evil.example/?token=1", "see HTTPS://evil.example", "www.evil.example", "javascript://x"]
)
def test_a_web_address_is_no_name(name: str) -> None:
    assert names.problem(name) == "must be a name, not a web address"


@given(st.text(max_size=60))
def test_any_text_has_an_answer(name: str) -> None:
    sentence = names.problem(name)
    assert sentence is None or sentence.startswith("must ")
