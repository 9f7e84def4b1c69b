"""Every difference between our books and the company's is named, and none that is not there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from services.payments.domain.reconciling import Difference, Line, differences

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
# Zero is left out: a line that moves nothing could be missing and nobody would be the poorer.
SOME = st.integers(-10_000, 10_000).filter(bool)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    return Line(
        account_id=draw(st.sampled_from(("acct_1", "acct_2"))),
        about=draw(st.sampled_from(("ch_1", "ch_2", "re_1", "du_1"))),
        currency="NZD",
        amount=draw(SOME),
        fee=draw(SOME),
        cost=draw(SOME),
        at=AT + timedelta(seconds=draw(st.integers(0, 100))),
        ours=draw(st.sampled_from((None, "pay_1"))),
    )


BOOKS = st.lists(lines(), min_size=1, max_size=12)
CHANGED: Sequence[tuple[str, Callable[[Line, int], Line]]] = (
    ("amount", lambda line, by: replace(line, amount=line.amount + by)),
    ("fee", lambda line, by: replace(line, fee=line.fee + by)),
    ("cost", lambda line, by: replace(line, cost=line.cost + by)),
)


def theirs_of(books: list[Line]) -> list[Line]:
    """The same as the company writes it down: later or sooner, and without our names."""
    return [replace(line, ours=None, at=line.at - timedelta(seconds=7)) for line in books]


@given(BOOKS, st.randoms())
def test_books_that_agree_have_no_difference_whatever_their_order(books: list[Line], chance: object) -> None:
    theirs = theirs_of(books)
    chance.shuffle(theirs)  # type: ignore[attr-defined] # Hypothesis' own kind of it
    assert differences(books, theirs) == []


@given(BOOKS, st.integers(0, 11), st.sampled_from(CHANGED), SOME, st.booleans())
def test_any_single_changed_figure_is_named_and_nothing_else(
    books: list[Line], place: int, change: tuple[str, Callable[[Line, int], Line]], by: int, is_here: bool
) -> None:
    assume(place < len(books))
    kind, act = change
    changed = [act(line, by) if number == place else line for number, line in enumerate(books)]
    found = differences(changed, theirs_of(books)) if is_here else differences(books, theirs_of(changed))
    assert [(one.kind, one.account_id, one.about) for one in found] == [
        (kind, books[place].account_id, books[place].about)
    ]
    assert (found[0].here or 0) - (found[0].there or 0) == (by if is_here else -by)


@given(BOOKS, st.integers(0, 11), st.booleans())
def test_any_single_missing_line_is_named_and_nothing_else(books: list[Line], place: int, is_here: bool) -> None:
    assume(place < len(books))
    missing = books[place]
    rest = [line for number, line in enumerate(books) if number != place]
    is_alone = not any((line.account_id, line.about) == (missing.account_id, missing.about) for line in rest)
    found = differences(rest, theirs_of(books)) if is_here else differences(books, theirs_of(rest))
    expected = (["missing_here" if is_here else "missing_there"]) if is_alone else ["amount", "fee", "cost"]
    assert [one.kind for one in found] == expected
    assert {(one.account_id, one.about) for one in found} == {(missing.account_id, missing.about)}


@given(BOOKS, BOOKS)
def test_no_difference_is_invented(ours: list[Line], theirs: list[Line]) -> None:
    """Whatever both say: a named figure is really another one there than here."""

    def total(books: list[Line], one: Difference, figure: str) -> int | None:
        found = [line for line in books if (line.account_id, line.about) == (one.account_id, one.about)]
        return sum(getattr(line, figure) for line in found) if found else None

    for one in differences(ours, theirs):
        figure = "amount" if one.kind.startswith("missing") else one.kind
        assert (one.here, one.there) == (total(ours, one, figure), total(theirs, one, figure))
        assert one.here != one.there


def test_the_same_thing_on_another_account_is_missing_there_and_here() -> None:
    line = Line(account_id="acct_1", about="ch_1", currency="NZD", amount=5000, fee=125, cost=175, at=AT, ours="pay_1")
    found = differences([line], [replace(line, account_id="acct_2", ours=None)])
    assert [(one.kind, one.account_id) for one in found] == [("missing_there", "acct_1"), ("missing_here", "acct_2")]
    assert str(found[0]) == "acct_1 ch_1 (pay_1) is missing there: 5000 here, nothing there, NZD"


def test_an_account_kept_in_another_currency_is_compared_by_what_there_is() -> None:
    """The rate is the company's own, so only that something is missing can be said."""
    line = Line(account_id="acct_1", about="ch_1", currency="NZD", amount=5000, fee=125, cost=175, at=AT)
    assert differences([line], [replace(line, currency="AUD", amount=4600)]) == []
    assert [one.kind for one in differences([], [replace(line, currency="AUD")])] == ["missing_here"]
