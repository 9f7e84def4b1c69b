"""Ports on loopback: which are free, and which a home has had before."""

import random
import socket
from collections.abc import Mapping, Sequence

# Below the range from which Linux takes the ports of outgoing connections: one of those could
# otherwise sit on a server's port at the moment the server is started again.
OUR_PORTS = range(20_000, 32_000)


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        # A listener's closed connections linger; they must not make its port look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    while True:
        port = random.choice(OUR_PORTS)  # noqa: S311, a port is no secret
        if is_free(port):
            return port


def chosen_ports(
    names: Sequence[str],
    remembered: Mapping[str, int],
    *,
    reserved: frozenset[int] = frozenset(),
) -> dict[str, int]:
    """A port for each name: the one it had, unless somebody else has it by now."""
    chosen: dict[str, int] = {}
    for name in names:
        port = remembered.get(name)
        while port is None or port in reserved or port in chosen.values() or not is_free(port):
            port = free_port()
        chosen[name] = port
    return chosen
