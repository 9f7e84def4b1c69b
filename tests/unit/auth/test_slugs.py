# ruff: noqa: RUF001 - people write in many alphabets

import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain import slugs


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Joe's Plumbing", "joes-plumbing"),
        ("Joe’s Plumbing", "joes-plumbing"),
        ("Ōtautahi Māori Tūī Tours", "otautahi-maori-tui-tours"),
        ("Müller & Söhne", "muller-and-sohne"),
        ("Straße 7", "strasse-7"),
        ("Ærø Bådfart", "aero-badfart"),
        ("Łódź Hydraulik", "lodz-hydraulik"),
        ("İstanbul Tesisat", "istanbul-tesisat"),
        ("Ремонт и Щётки", "remont-i-shchyotki"),
        ("Київ Ґанок", "kiyiv-ganok"),
        ("Αθήνα Υδραυλικά", "athina-ydraylika"),
        ("  --A/C   &  Heat!! ", "a-c-and-heat"),
        ("ＦＵＬＬ width", "full-width"),
        ("24/7", "local-business-24-7"),
        ("日本の配管", "local-business"),
        ("👍👍", "local-business"),
        ("X", "x-business"),
    ],
)
def test_a_name_becomes_a_slug_that_can_be_read(name: str, slug: str) -> None:
    assert slugs.from_name(name) == slug


@given(st.text(max_size=150), st.integers(1, 30))
def test_whatever_the_name_every_candidate_is_a_good_slug_and_no_two_are_alike(name: str, count: int) -> None:
    found = list(islice(slugs.candidates(name), count))
    assert all(slugs.problem(slug) is None for slug in found)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) and 3 <= len(slug) <= 48 for slug in found)
    assert len(set(found)) == count


@given(st.text(max_size=150))
def test_every_candidate_begins_with_the_stem_that_known_ones_are_looked_up_by(name: str) -> None:
    stem = slugs.stem_of(name)
    assert all(slug.startswith(stem) for slug in islice(slugs.candidates(name), 120))


@given(st.sampled_from(sorted(slugs.RESERVED)))
def test_a_reserved_word_is_never_a_candidate(word: str) -> None:
    first = next(slugs.candidates(word))
    assert first not in slugs.RESERVED
    assert slugs.problem(word) is not None


def test_taken_ones_are_left_out_and_numbered_from_two() -> None:
    assert list(islice(slugs.candidates("Bob", {"bob", "bob-3"}), 3)) == ["bob-2", "bob-4", "bob-5"]


def test_a_long_name_leaves_room_for_its_number() -> None:
    first, second = islice(slugs.candidates("very long name " * 20), 2)
    assert len(first) <= 48
    assert second.endswith("-2")
    assert len(second) <= 48


@pytest.mark.parametrize(
    "slug", ["ab", "a" * 49, "Joe", "joe--x", "-joe", "joe-", "jo e", "joé", "123", "admin", "joe_x", ""]
)
def test_a_slug_that_somebody_chose_badly_is_refused(slug: str) -> None:
    assert slugs.problem(slug) is not None
