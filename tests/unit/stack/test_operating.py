"""An operator's command finds the context that it is for."""

from pathlib import Path

import pytest

from stack.errors import Trouble
from stack.home import Home
from stack.operating import environ_of, home_in


@pytest.mark.parametrize(
    "given", [["--home", "/srv/one", "--since", "2026-03-01"], ["--since", "2026-03-01", "--home=/srv/one"]]
)
def test_the_folder_is_taken_out_and_all_else_is_the_commands(given: list[str]) -> None:
    assert home_in(given) == (Path("/srv/one"), ["--since", "2026-03-01"])


def test_without_a_folder_nothing_is_taken_out() -> None:
    assert home_in(["payments", "--notices", "evt_1"]) == (None, ["payments", "--notices", "evt_1"])


@pytest.mark.parametrize("given", [["--home"], ["--home="]])
def test_a_folder_that_is_not_named_is_said(given: list[str]) -> None:
    with pytest.raises(Trouble, match="--home needs a folder"):
        home_in(given)


def test_where_nothing_runs_one_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="No payments is running in"):
        environ_of("payments", Home(tmp_path))
