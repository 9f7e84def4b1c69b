"""`./peepopay bench`: which benches there are, and what becomes of their figures."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import book, slots, webhook
from bench.figures import Figure, as_json, table
from stack.errors import Trouble

BENCHES: Final[Mapping[str, Callable[[], list[Figure]]]] = {
    "slots": slots.measured,
    "book": book.measured,
    "webhook": webhook.measured,
}


def main(arguments: Sequence[str]) -> int:
    """0 where every bar is met, 1 where one is not, 2 where it was used wrongly."""
    parser = argparse.ArgumentParser(
        prog="./peepopay bench",
        description="Measures ratios: what the product does against a floor, both in the same run on this machine.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", choices=BENCHES, help=f"one of {', '.join(BENCHES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file besides")
    chosen = parser.parse_args(arguments)
    try:
        figures = measured(chosen.name)
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    sys.stdout.write(table(figures))
    if chosen.json is not None:
        chosen.json.write_text(as_json(figures), encoding="utf-8")
    return 0 if all(figure.is_met for figure in figures) else 1


def measured(wanted: str | None) -> list[Figure]:
    return [figure for name, measure in BENCHES.items() if wanted in {None, name} for figure in measure()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
