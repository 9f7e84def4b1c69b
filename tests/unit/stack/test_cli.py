"""The command line's refusals: one sentence each, and never half a start."""

import pytest

from stack.cli import main


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["up", "--port", "http"],
        ["up", "--port", "0"],
        ["up", "--port", "65536"],
        ["up", "--port", "-1"],
        ["up", "--seed", "everything"],
        ["up", "--colour"],
        ["down", "now"],
    ],
)
def test_wrong_use_is_told_in_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    said = capsys.readouterr()
    assert left.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "./peepopay --help" in said.err


def test_serving_needs_a_context(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "bakery"]) == 1
    assert "auth, catalog, availability" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["help"], 0)])
def test_who_asks_for_nothing_is_shown_what_there_is(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert "doctor" in capsys.readouterr().out
