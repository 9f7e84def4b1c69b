"""What the tests let be done in a process apart."""

import os
import resource
import socket
import sys
import time


def backwards(payload: bytes) -> bytes:
    sys.stdout.write("a library that prints")
    return payload[::-1]


def surroundings(_: bytes) -> bytes:
    limits = [resource.getrlimit(what)[0] for what in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)]
    return repr((sorted(os.environ), limits)).encode()


def spins(_: bytes) -> bytes:
    while True:
        pass


def sleeps(payload: bytes) -> bytes:
    time.sleep(float(payload))
    return b"slept"


def swells(_: bytes) -> bytes:
    return bytes(10**10)


def talks_without_end(_: bytes) -> bytes:
    return bytes(20_000_000)


def breaks(payload: bytes) -> bytes:
    raise ValueError(payload.decode())


def crashes(_: bytes) -> bytes:
    os.abort()


def ends_before_it_listens(_: bytes) -> bytes:
    os._exit(0)


def inherited(_: bytes) -> bytes:
    """The connections that came along."""
    found = []
    for number in range(3, 64):
        try:
            with socket.socket(fileno=os.dup(number)) as open_one:
                found.append(open_one.family.name)
        except OSError:
            continue
    return repr(found).encode()
