"""Ids: unique, in the order in which they were made, and told apart from anything else."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel import ids


def test_ids_are_unique_and_sort_by_age_within_a_thread_and_across_threads() -> None:
    def make(_: int) -> list[str]:
        return [ids.new_id("book") for _ in range(2_000)]

    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(make, range(8)))
    for batch in batches:
        assert batch == sorted(batch)
    assert len({one for batch in batches for one in batch}) == 16_000


def test_ids_do_not_go_back_where_the_clock_does(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [ids.new_id("x" * 3)]
    monkeypatch.setattr("services.kernel.ids.time.time_ns", lambda: 0)
    made += [ids.new_id("x" * 3) for _ in range(100)]
    assert made == sorted(set(made))


@given(st.from_regex(r"[a-z]{2,8}", fullmatch=True))
def test_an_id_is_recognised_by_its_kind_and_by_no_other(prefix: str) -> None:
    made = ids.new_id(prefix)
    assert ids.is_id(made)
    assert ids.is_id(made, prefix)
    assert not ids.is_id(made, f"{prefix[:-1]}")
    assert not ids.is_id(made.upper(), prefix)
    assert not ids.is_id(f"{made}\n", prefix)
    assert not ids.is_id(made[:-1], prefix)
    assert not ids.is_id(f"{made}0", prefix)


@given(st.text())
def test_hardly_any_text_is_an_id(text: str) -> None:
    assert not ids.is_id(text) or text.partition("_")[2].isalnum()


def test_an_event_id_is_a_uuid_of_version_7() -> None:
    made = [UUID(ids.new_uuid()) for _ in range(100)]
    assert {one.version for one in made} == {7}
    assert made == sorted(made)
