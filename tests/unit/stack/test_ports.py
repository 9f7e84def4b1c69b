"""Which ports a home gets."""

import socket
from collections.abc import Iterator

import pytest

from stack.ports import OUR_PORTS, chosen_ports, free_port, is_free


@pytest.fixture
def somebody() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_with_a_listener_is_not_free(somebody: int) -> None:
    assert not is_free(somebody)


def test_a_free_port_lies_where_no_outgoing_connection_takes_it() -> None:
    assert free_port() in OUR_PORTS


def test_a_home_keeps_the_ports_it_had() -> None:
    first = chosen_ports(["a", "b", "c"], {})
    assert chosen_ports(["a", "b", "c"], first) == first


def test_a_port_that_somebody_took_meanwhile_is_picked_again(somebody: int) -> None:
    kept = free_port()
    chosen = chosen_ports(["a", "b"], {"a": somebody, "b": kept})
    assert chosen["a"] != somebody
    assert chosen["b"] == kept


def test_no_two_names_share_a_port_and_nobody_gets_a_reserved_one() -> None:
    once = free_port()
    chosen = chosen_ports(["a", "b", "c"], {"a": once, "b": once, "c": once}, reserved=frozenset({once}))
    assert once not in chosen.values()
    assert len(set(chosen.values())) == len(chosen)
