"""The arithmetic of the benches, and what becomes of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from bench import __main__ as program
from bench.figures import Figure, as_json, middle, table
from stack.errors import Trouble
from stack.home import ROOT


def figure(value: float, *, bar: float = 1.5, must_be: Literal["at least", "at most"] = "at most") -> Figure:
    return Figure("a day", 2.0, value, "ms", bar, must_be)


@pytest.mark.parametrize(
    ("value", "must_be", "bar", "is_met"),
    [
        (3.0, "at most", 1.5, True),
        (3.01, "at most", 1.5, False),
        (1.5, "at least", 0.75, True),
        (1.49, "at least", 0.75, False),
    ],
)
def test_a_bar_is_met_up_to_itself(
    value: float, must_be: Literal["at least", "at most"], bar: float, *, is_met: bool
) -> None:
    assert figure(value, bar=bar, must_be=must_be).is_met is is_met


def test_the_middle_minds_no_peaks() -> None:
    assert middle([1.0, 900.0, 2.0, 3.0, 2.5]) == 2.5
    with pytest.raises(ValueError, match="nothing was measured"):
        middle([])


def test_the_table_says_what_was_missed() -> None:
    said = table([figure(2.4), figure(4.0)])
    heads, _, met, missed = said.splitlines()
    assert heads.split() == ["what", "floor", "value", "ratio", "bar"]
    assert met.split() == ["a", "day", "2", "ms", "2.4", "ms", "1.20", "≤", "1.5", "ok"]
    assert missed.endswith("MISSED")
    assert "2.00" in missed


def test_a_program_reads_the_same_with_nothing_rounded() -> None:
    (said,) = json.loads(as_json([figure(2.5)]))["figures"]
    assert (said["what"], said["floor"], said["value"], said["ratio"], said["ok"]) == ("a day", 2.0, 2.5, 1.25, True)


@pytest.mark.parametrize(("value", "status"), [(2.0, 0), (9.0, 1)])
def test_a_missed_bar_is_told_by_the_status(
    value: float,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(program, "BENCHES", {"slots": lambda: [figure(value)]})
    file = tmp_path / "figures.json"
    assert program.main(["slots", "--json", str(file)]) == status
    assert "a day" in capsys.readouterr().out
    assert json.loads(file.read_text())["figures"][0]["value"] == value


def test_trouble_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> list[Figure]:
        raise Trouble("The machine is on fire.")

    monkeypatch.setattr(program, "BENCHES", {"slots": fail})
    assert program.main([]) == 1
    assert capsys.readouterr().err == "The machine is on fire.\n"


def test_the_command_knows_its_benches() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stack", "bench", "nonsense"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "slots" in done.stderr
