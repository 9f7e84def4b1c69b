"""A figure: what was measured, against which floor, and whether that is good enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal

import msgspec

# From here on nobody asks for what stands behind the point.
_WHOLE_FROM: Final = 1_000
_HEADS: Final = ("what", "floor", "value", "ratio", "bar", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """The value against its floor, both in the same unit."""

    what: str
    floor: float
    value: float
    unit: str
    bar: float
    # Whether the ratio must be at least the bar, or at most.
    must_be: Literal["at least", "at most"]

    @property
    def ratio(self) -> float:
        return self.value / self.floor

    @property
    def is_met(self) -> bool:
        return self.ratio >= self.bar if self.must_be == "at least" else self.ratio <= self.bar


def middle(samples: Sequence[float]) -> float:
    """The p50."""
    if not samples:
        raise ValueError("nothing was measured")
    return median(samples)


def table(figures: Sequence[Figure]) -> str:
    rows = [_HEADS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]]) + "\n"


def _row(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.must_be == "at least" else "≤"
    return (
        figure.what,
        f"{_rounded(figure.floor)} {figure.unit}",
        f"{_rounded(figure.value)} {figure.unit}",
        f"{figure.ratio:.2f}",
        f"{sign} {figure.bar:g}",
        "ok" if figure.is_met else "MISSED",
    )


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number >= _WHOLE_FROM else f"{number:.3g}"


def as_json(figures: Sequence[Figure]) -> str:
    """For a program: the same, with nothing rounded."""
    said = [{**msgspec.to_builtins(figure), "ratio": figure.ratio, "ok": figure.is_met} for figure in figures]
    return msgspec.json.format(msgspec.json.encode({"figures": said}), indent=2).decode() + "\n"
