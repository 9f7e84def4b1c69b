"""What somebody has typed, as the pieces to look for."""

import pytest

from services.booking.domain.search import pieces_of


@pytest.mark.parametrize(
    ("typed", "pieces"),
    [
        ("  ", []),
        ("Müller", [["muller"]]),
        ("Ana  MÜLLER", [["ana"], ["muller"]]),
        ("K7M-2QXP", [["k7m-2qxp"]]),
        ("ana@example.com", [["ana@example.com"]]),
        # A house's number is no phone.
        ("12 Queen", [["12"], ["queen"]]),
        ("12", [["12"]]),
        ("021 555 0123", [["215550123"]]),
        ("+64 21 555 0123", [["64215550123", "4215550123", "215550123", "15550123"]]),
        ("0064 21 555 0123", [["64215550123", "4215550123", "215550123", "15550123"]]),
        ("a b c d e f g h i j", [[letter] for letter in "abcdefgh"]),
    ],
)
def test_pieces(typed: str, pieces: list[list[str]]) -> None:
    assert pieces_of(typed) == pieces
