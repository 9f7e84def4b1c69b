"""Fetching from servers that strangers named: what is checked is what is connected to, and nothing takes for ever."""

import asyncio
import gzip
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.kernel.outside import (
    BadCertificate,
    Exceptions,
    Garbled,
    InsideAddress,
    NotFetched,
    Outside,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    UnknownHost,
)

LOOPBACK = Exceptions.read(["127.0.0.1"])
Say = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A server of a test on this machine, and the requests it was sent."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    def at(self, path: str = "/", scheme: str = "http", host: str = "calendar.example") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(say: Say, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            server.requests.append(head)
            await say(head, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            # Whoever asked has gone.
            pass
        finally:
            writer.close()

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: server.names.append(name)
    listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def saying(head: str, body: bytes = b"") -> Say:
    async def say(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    return say


class Names:
    """A name server that answers otherwise each time it is asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def outside(*answers: Sequence[str], tls: ssl.SSLContext | None = None) -> Outside:
    return Outside(LOOPBACK, tls=tls, resolve=Names(*(answers or (["127.0.0.1"],))))


async def test_the_answer_comes_with_its_status_headers_and_body() -> None:
    async with serving(saying('HTTP/1.1 200 OK\nETag: "1"\nContent-Length: 5', b"hello")) as server:
        answer = await outside().fetch(server.at("/a?b=c"), headers={"If-None-Match": '"0"'})
    assert (answer.status, answer.headers["etag"], answer.body) == (200, '"1"', b"hello")
    request = server.requests[0].decode().lower()
    assert request.startswith("get /a?b=c http/1.1\r\n")
    assert f"host: calendar.example:{server.port}\r\n" in request
    assert 'if-none-match: "0"\r\n' in request


async def test_what_is_to_be_sent_is_sent_and_not_sent_on() -> None:
    async with serving(saying("HTTP/1.1 307 Temporary Redirect\nLocation: /elsewhere\nContent-Length: 0")) as server:
        answer = await outside().fetch(server.at("/hook"), method="POST", content=b"{}")
    assert answer.status == 307
    assert len(server.requests) == 1
    assert b"content-length: 2" in server.requests[0].lower()


async def test_the_name_is_looked_up_once_so_that_another_answer_later_changes_nothing() -> None:
    """A name server that says a public address to whoever checks and an inside one to whoever connects."""
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    async with serving(saying("HTTP/1.1 200 OK\nContent-Length: 2", b"ok")) as server:
        answer = await Outside(LOOPBACK, resolve=names).fetch(server.at())
    assert answer.body == b"ok"
    assert names.asked == ["calendar.example"]


async def test_without_an_exception_nothing_inside_hears_of_us() -> None:
    async with serving(saying("HTTP/1.1 200 OK\nContent-Length: 2", b"no")) as server:
        plain = Outside()
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "127.0.0.1."):
            with pytest.raises(InsideAddress):
                await plain.fetch(server.at(host=host))
    assert server.requests == []


async def test_a_redirect_is_followed_under_the_same_rules() -> None:
    async with serving(saying("HTTP/1.1 200 OK\nContent-Length: 5", b"moved")) as there:
        async with serving(saying(f"HTTP/1.1 301 Moved\nLocation: {there.at('/new')}\nContent-Length: 0")) as here:
            assert (await outside().fetch(here.at())).body == b"moved"
        inside = Names(["127.0.0.1"], ["10.0.0.1"])
        async with serving(saying(f"HTTP/1.1 302 Found\nLocation: {there.at('/x')}\nContent-Length: 0")) as here:
            with pytest.raises(InsideAddress):
                await Outside(LOOPBACK, resolve=inside).fetch(here.at())
    assert len(there.requests) == 1


@pytest.mark.parametrize("location", ["http://[bad", "//[::1", "http://[::ffff:127.0.0.1"])
async def test_a_redirect_to_what_is_no_address_is_refused(location: str) -> None:
    async with serving(saying(f"HTTP/1.1 302 Found\nLocation: {location}\nContent-Length: 0")) as server:
        with pytest.raises(Garbled):
            await outside().fetch(server.at())


async def test_who_sends_us_round_in_circles_is_left() -> None:
    async with serving(saying("HTTP/1.1 302 Found\nLocation: /again\nContent-Length: 0")) as server:
        with pytest.raises(TooManyRedirects):
            await outside().fetch(server.at())
    assert len(server.requests) == 4


async def test_a_body_is_unpacked_but_no_further_than_allowed() -> None:
    packed = gzip.compress(b"BEGIN:VCALENDAR\r\n" * 1000, mtime=0) + gzip.compress(b"END:VCALENDAR")
    async with serving(
        saying(f"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {len(packed)}", packed)
    ) as server:
        body = (await outside().fetch(server.at())).body
    assert body == b"BEGIN:VCALENDAR\r\n" * 1000 + b"END:VCALENDAR"
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 60_000
    async with serving(saying(f"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {len(bomb)}", bomb)) as server:
        with pytest.raises(TooLarge):
            await outside().fetch(server.at(), largest=100_000)


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 200 OK\nContent-Length: 200000",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked",
        "HTTP/1.1 200 OK\nConnection: close",
    ],
)
async def test_a_body_that_never_ends_is_left_whether_its_size_is_told_or_not(head: str) -> None:
    sent = 0

    async def say(_: bytes, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        while True:
            writer.write(b"2000\r\n" + bytes(8192) + b"\r\n" if "chunked" in head else bytes(8192))
            await writer.drain()
            sent += 8192

    async with serving(say) as server:
        with pytest.raises(TooLarge):
            await outside().fetch(server.at(), largest=100_000)
    assert sent < 20_000_000


async def test_who_takes_too_long_is_left_however_it_dawdles() -> None:
    async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def silence(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.6)

    for say in (drip, silence):
        async with serving(say) as server:
            began = asyncio.get_running_loop().time()
            with pytest.raises(TooSlow):
                await outside().fetch(server.at(), within=0.3)
            assert asyncio.get_running_loop().time() - began < 2
            # The server's own end is not cut off.
            await asyncio.sleep(0.4)

    async def slow_names(_: str, __: int) -> Sequence[str]:
        await asyncio.sleep(5)
        return []

    with pytest.raises(TooSlow):
        await Outside(resolve=slow_names).fetch("https://calendar.example/", within=0.1)


async def test_endless_headers_are_left() -> None:
    async def say(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: " + b"x" * 8000 + b"\r\n")
            await writer.drain()

    async with serving(say) as server:
        with pytest.raises(Garbled):
            await outside().fetch(server.at(), within=5)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("SSH-2.0-OpenSSH_9.2", b""),
        ("HTTP/1.1 200 OK\nContent-Length: 10", b"short"),
        ("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 5", b"plain"),
        ("HTTP/1.1 200 OK\nContent-Encoding: gzip", gzip.compress(b"cut off" * 99, mtime=0)[:-9]),
        ("HTTP/1.1 200 OK\nContent-Encoding: br\nContent-Length: 1", b"x"),
        ("HTTP/1.1 200 OK\nContent-Length: -1", b""),
    ],
)
async def test_an_answer_that_breaks_the_rules_is_none(head: str, body: bytes) -> None:
    async with serving(saying(head, body)) as server:
        with pytest.raises(Garbled):
            await outside().fetch(server.at())


async def test_of_several_addresses_the_first_that_answers_is_asked() -> None:
    both = Exceptions.read(["127.0.0.0/8"])
    async with serving(saying("HTTP/1.1 200 OK\nContent-Length: 2", b"ok")) as server:
        answer = await Outside(both, resolve=Names(["127.0.0.3", "127.0.0.1"])).fetch(server.at())
        assert answer.body == b"ok"
        with pytest.raises(NotFetched):
            await Outside(both, resolve=Names(["127.0.0.3"])).fetch(server.at())


async def test_a_name_that_nobody_knows_is_told_from_a_server_that_is_away() -> None:
    with pytest.raises(UnknownHost):
        await Outside().fetch("http://no-such-name.invalid/")


async def test_a_dead_name_server_holds_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def waits(*_: object, **__: object) -> list[object]:
        answers.wait(20)
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", waits)
    asked = [asyncio.create_task(Outside().check("http://slow.example/", within=5)) for _ in range(40)]
    try:
        await asyncio.sleep(0.05)
        async with asyncio.timeout(1):
            assert await asyncio.to_thread(sum, [1, 2]) == 3
        assert not any(one.done() for one in asked)
    finally:
        answers.set()
        await asyncio.gather(*asked)


@dataclass(frozen=True)
class Authority:
    """Who vouches for the servers of a test."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def opened(cls, folder: Path) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test")])
        certificate = _certificate(name, name, key, key, x509.BasicConstraints(ca=True, path_length=None))
        return cls(folder, key, certificate)

    def server(self, *names: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        told: list[x509.GeneralName] = [
            x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
        ]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A server of a test")])
        certificate = _certificate(subject, self.certificate.subject, key, self.key, x509.SubjectAlternativeName(told))
        path = self.folder / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context

    def believed(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.certificate.public_bytes(serialization.Encoding.PEM).decode())


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signed_by: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(extension, critical=False)
        .sign(signed_by, hashes.SHA256())
    )


async def test_a_server_must_show_that_it_is_the_one_that_was_named(tmp_path: Path) -> None:
    authority = Authority.opened(tmp_path)
    ok = saying("HTTP/1.1 200 OK\nContent-Length: 2", b"ok")
    async with serving(ok, authority.server("calendar.example")) as server:
        trusting = outside(tls=authority.believed())
        assert (await trusting.fetch(server.at(scheme="https", host="Calendar.Example."))).body == b"ok"
        # The name is asked for, not the address that was connected to.
        assert server.names == ["calendar.example"]
        with pytest.raises(BadCertificate):
            await trusting.fetch(server.at(scheme="https", host="other.example"))
        with pytest.raises(BadCertificate):
            await outside().fetch(server.at(scheme="https"))
        with pytest.raises(BadCertificate):
            await trusting.fetch(server.at(scheme="https", host="127.0.0.1"))
    async with serving(ok, authority.server("127.0.0.1")) as server:
        assert (await trusting.fetch(server.at(scheme="webcal", host="127.0.0.1"))).body == b"ok"
