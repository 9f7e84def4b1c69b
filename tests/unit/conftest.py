"""Unit tests need nothing that runs: whoever reaches for the network in one is told so."""

import socket
from typing import Any, NoReturn

import pytest


@pytest.fixture(autouse=True)
def no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """No unit test opens a connection to anywhere."""

    def refuse(*_: Any) -> NoReturn:
        raise AssertionError("a unit test may not use the network: it belongs in tests/service")

    for act in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, act, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
