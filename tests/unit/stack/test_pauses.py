"""How long a program that died waits before it is started again."""

from stack.pauses import LONGEST, WELL_AFTER, Pauses


def test_each_death_in_a_row_doubles_the_pause_up_to_half_a_minute() -> None:
    pauses = Pauses()
    assert [pauses.after(1.0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_thousand_deaths_are_no_overflow() -> None:
    pauses = Pauses()
    assert {pauses.after(0.0) for _ in range(1000)} <= {0.5, 1, 2, 4, 8, 16, LONGEST}


def test_whoever_lived_a_minute_begins_anew() -> None:
    pauses = Pauses()
    for _ in range(5):
        pauses.after(0.1)
    assert pauses.after(WELL_AFTER) == 0.5
    assert pauses.after(0.1) == 1.0
