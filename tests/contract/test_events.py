"""The wire form of every published event, frozen: other people's programs decode it."""

import importlib
import json
import pkgutil
from pathlib import Path

import msgspec
import pytest

from services import contracts
from services.kernel.events import Event

GOLDEN = Path(__file__).parent / "golden"
PUBLISHED: list[type[Event]] = [
    kind
    for module in pkgutil.iter_modules(contracts.__path__)
    for kind in importlib.import_module(f"services.contracts.{module.name}").PUBLISHED
]
_PERSONAL = {"email", "phone", "address", "password", "token", "card", "customername", "username"}


@pytest.mark.parametrize("kind", PUBLISHED, ids=lambda kind: kind.TYPE)
def test_an_event_keeps_its_wire_form(kind: type[Event]) -> None:
    golden = (GOLDEN / f"{kind.TYPE}.json").read_bytes()
    spoken = json.loads(msgspec.json.encode(msgspec.json.decode(golden, type=kind)))
    # A field that came later is there besides, with its default.
    assert {name: spoken.get(name) for name in json.loads(golden)} == json.loads(golden)


@pytest.mark.parametrize("kind", PUBLISHED, ids=lambda kind: kind.TYPE)
def test_a_field_that_was_published_stays(kind: type[Event]) -> None:
    fields = {field.encode_name for field in msgspec.structs.fields(kind)}
    assert set(json.loads((GOLDEN / f"{kind.TYPE}.json").read_bytes())) <= fields


@pytest.mark.parametrize("kind", PUBLISHED, ids=lambda kind: kind.TYPE)
def test_an_event_holds_nothing_personal(kind: type[Event]) -> None:
    fields = {field.name.replace("_", "") for field in msgspec.structs.fields(kind)}
    assert fields & _PERSONAL == set()


def test_no_golden_file_is_without_its_event() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {kind.TYPE for kind in PUBLISHED}


def test_a_type_names_its_producer_and_version() -> None:
    for kind in PUBLISHED:
        context, _, rest = kind.TYPE.partition(".")
        assert kind.__module__ == f"services.contracts.{context}"
        assert rest.rpartition(".")[2].startswith("v")
