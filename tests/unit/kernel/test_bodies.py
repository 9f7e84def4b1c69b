"""Bodies are decoded strictly, and every bad field is named, whatever is sent."""

import json
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from services.kernel import errors
from services.kernel.http import bodies

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


class Leg(bodies.Wire, frozen=True, kw_only=True):
    """A part of a journey."""

    CHECKS: ClassVar = {"town": lambda town: "is nowhere" if town == "Atlantis" else None}

    town: Annotated[str, Meta(min_length=1, max_length=20)]
    miles: Annotated[int, Meta(ge=0)] | None = None


class Journey(bodies.Wire, frozen=True, kw_only=True):
    """Everything that a body can hold."""

    CHECKS: ClassVar = {"party_size": lambda size: "must be odd" if size % 2 == 0 else None}

    party_size: Annotated[int, Meta(ge=1, le=9)]
    is_return: bool
    first_leg: Leg
    legs: Annotated[list[Leg], Meta(max_length=3)] = msgspec.field(default_factory=list)
    tags: list[str] = msgspec.field(default_factory=list)
    speed: float = 1.0
    notes: str | None = None


LEG = st.fixed_dictionaries(
    {"town": st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)},
    optional={"miles": st.none() | st.integers(0, 10**9)},
).filter(lambda leg: leg["town"] != "Atlantis")
GOOD = st.fixed_dictionaries(
    {"partySize": st.sampled_from([1, 3, 5, 7, 9]), "isReturn": st.booleans(), "firstLeg": LEG},
    optional={
        "legs": st.lists(LEG, max_size=3),
        "tags": st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))),
        "speed": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1),
        "notes": st.none(),
    },
)
# What is wrong wherever it stands, with the path at which it is to be named.
WRONG: dict[str, Any] = {
    "partySize": ["3", 4, 0, 11, 3.5, True, None, [], {}],
    "isReturn": [0, 1, "true", None],
    "firstLeg": [None, [], "Napier"],
    "tags": [None, "tag", {}],
    "speed": ["fast", None, True],
    "notes": [5, [], False],
    "unknown": [None, 1],
}


def problems(body: bytes, kind: Any = Journey) -> dict[str, str]:
    with pytest.raises(errors.Invalid) as caught:
        bodies.decode(kind, body)
    assert caught.value.details
    return caught.value.details


@given(GOOD)
def test_what_is_right_is_decoded_as_msgspec_does(raw: dict[str, Any]) -> None:
    body = json.dumps(raw).encode()
    assert bodies.decode(Journey, body) == msgspec.json.decode(body, type=Journey)


@given(JSON)
def test_whatever_is_sent_is_decoded_or_refused_with_a_reason(raw: Any) -> None:
    body = json.dumps(raw).encode("utf-8", "surrogatepass")
    refused: dict[str, str] = {}
    value = None
    try:
        value = bodies.decode(Journey, body)
    except errors.Invalid as refusal:
        refused = refusal.details
    assert isinstance(value, Journey) != bool(refused)
    assert all(sentence and "`" not in sentence and "$" not in sentence for sentence in refused.values())


@given(st.binary())
def test_whatever_bytes_are_sent_they_are_refused_with_a_reason(body: bytes) -> None:
    assert problems(body)


@given(GOOD, st.sets(st.sampled_from(sorted(WRONG)), min_size=1), st.data())
def test_every_bad_field_is_named_and_no_other(raw: dict[str, Any], names: set[str], data: st.DataObject) -> None:
    wrong = {name: data.draw(st.sampled_from(WRONG[name])) for name in sorted(names)}
    assert set(problems(json.dumps({**raw, **wrong}).encode())) == names


@given(GOOD, st.sets(st.sampled_from(["partySize", "isReturn", "firstLeg"]), min_size=1))
def test_every_missing_field_is_named(raw: dict[str, Any], names: set[str]) -> None:
    left = {name: value for name, value in raw.items() if name not in names}
    assert problems(json.dumps(left).encode()) == dict.fromkeys(names, "is required")


def test_nested_fields_are_named_by_their_path() -> None:
    raw = {
        "partySize": 4,
        "isReturn": True,
        "firstLeg": {"town": "Atlantis", "miles": -1, "by": "boat"},
        "legs": [{"town": "Napier"}, {"town": ""}, {"miles": "many"}],
        "tags": ["a", 2, "c", None],
    }
    assert problems(json.dumps(raw).encode()) == {
        "partySize": "must be odd",
        "firstLeg.town": "is nowhere",
        "firstLeg.miles": "must be at least 0",
        "firstLeg.by": "is not known here",
        "legs.1.town": "must not be empty",
        "legs.2.town": "is required",
        "legs.2.miles": "must be a whole number or null",
        "tags.1": "must be a text",
        "tags.3": "must be a text",
    }


def test_a_check_is_made_though_everything_else_is_right() -> None:
    raw = {"partySize": 3, "isReturn": True, "firstLeg": {"town": "Napier"}, "legs": [{"town": "Atlantis"}]}
    assert problems(json.dumps(raw).encode()) == {"legs.0.town": "is nowhere"}


@given(st.integers(100, 200_000))
def test_deep_nesting_is_refused_however_deep(depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        nested = opening * depth + closing * depth
        problems(nested.encode())
        problems(f'{{"unknown": {nested}}}'.encode())


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_a_nul_is_refused_wherever_it_stands(before: str, after: str) -> None:
    raw = {
        "partySize": 1,
        "isReturn": True,
        "firstLeg": {"town": "Napier"},
        "tags": ["fine", f"{before}\0{after}"],
        "notes": "\0",
    }
    assert problems(json.dumps(raw).encode()) == dict.fromkeys(("tags.1", "notes"), "must not hold a NUL character")


def test_an_escaped_backslash_is_no_nul() -> None:
    raw = {"partySize": 1, "isReturn": True, "firstLeg": {"town": "Napier"}, "notes": "\\u0000"}
    assert bodies.decode(Journey, json.dumps(raw).encode()).notes == "\\u0000"


@given(st.integers(min_value=2**53) | st.integers(max_value=-(2**53)))
def test_a_whole_number_that_other_programs_can_not_hold_is_refused(number: int) -> None:
    raw = {"partySize": 1, "isReturn": True, "firstLeg": {"town": "Napier", "miles": number}}
    assert list(problems(json.dumps(raw).encode())) == ["firstLeg.miles"]


def test_a_long_unknown_name_is_not_repeated_in_full() -> None:
    (name,) = problems(json.dumps({"x" * 10_000: 1}).encode(), kind=type("Empty", (bodies.Wire,), {}, frozen=True))
    assert len(name) <= 100


@pytest.mark.parametrize(
    ("kind", "raw", "sentence"),
    [
        (Annotated[str, Meta(min_length=8)], "short", "must have at least 8 characters"),
        (Annotated[str, Meta(max_length=2)], "long", "must have at most 2 characters"),
        (Annotated[str, Meta(pattern="^[a-z]+$")], "UPPER", "has not the form that is asked for"),
        (Annotated[list[int], Meta(min_length=1)], [], "must have at least 1 entries"),
        (Annotated[int, Meta(gt=3)], 3, "must be at least 4"),
        (Annotated[int, Meta(lt=3)], 3, "must be at most 2"),
        (Annotated[float, Meta(le=1.5)], 2.5, "must be at most 1.5"),
        (dict[str, int], [], "must be an object"),
    ],
)
def test_words_of_a_person(kind: Any, raw: Any, sentence: str) -> None:
    assert problems(json.dumps(raw).encode(), kind) == {"body": sentence}


class Stay(bodies.Wire, frozen=True, kw_only=True):
    """From a day on, known at an instant."""

    since: date
    told_at: datetime


@pytest.mark.parametrize("since", ["tomorrow", "2026-02-30", "2026-03-01T00:00:00Z", 20260301])
def test_a_day_that_is_none_is_told_how_one_is_written(since: Any) -> None:
    with pytest.raises(errors.Invalid) as refused:
        bodies.decode(Stay, json.dumps({"since": since, "toldAt": "now"}).encode())
    assert refused.value.details == {
        "since": "must be a date such as 2026-03-14",
        "toldAt": "must be an instant such as 2026-03-14T09:30:00+13:00",
    }


class Order(bodies.Partly, frozen=True, kw_only=True):
    """A body that is judged further even where a part of it is bad."""

    CHECKS: ClassVar = {"note": lambda note: "is rude" if note == "Oi" else None}

    count: Annotated[int, Meta(ge=1)] | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    leg: Leg | msgspec.UnsetType = msgspec.UNSET


def test_the_good_fields_of_a_partly_bad_body_are_there_and_the_bad_ones_named() -> None:
    sent = {"count": 0, "note": "Hello", "leg": {"town": "Atlantis"}, "colour": "red"}
    order, wrong = bodies.decode_partly(Order, json.dumps(sent).encode())
    assert order == Order(note="Hello")
    assert wrong.keys() == {"count", "leg.town", "colour"}
    whole, wrong = bodies.decode_partly(Order, b'{"count": 2, "note": "Oi"}')
    assert (whole, wrong) == (Order(count=2), {"note": "is rude"})
    assert bodies.decode_partly(Order, b"{}") == (Order(), {})
    unstorable, wrong = bodies.decode_partly(Order, b'{"note": "\\u0000", "count": 1}')
    assert unstorable == Order(count=1)
    assert wrong.keys() == {"note"}


@given(st.binary() | JSON.map(lambda raw: json.dumps(raw).encode("utf-8", "surrogatepass")))
def test_whatever_is_sent_partly_is_decoded_or_refused_with_a_reason(body: bytes) -> None:
    try:
        order, wrong = bodies.decode_partly(Order, body)
    except errors.Invalid:
        return
    assert isinstance(order, Order)
    assert all(wrong.values())
