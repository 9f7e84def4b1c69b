"""The open internet: addresses that strangers gave are fetched without ever reaching what is inside.

A name is looked up once, by us; every address it has must be public; the connection goes to an address that was
checked, so that another answer of the name server a moment later changes nothing. Redirects are walked by the same rule.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import urljoin

import httpcore
import httpx

from services.kernel import errors

Method: TypeAlias = Literal["GET", "HEAD", "POST", "PUT"]
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
_Address: TypeAlias = IPv4Address | IPv6Address
_Network: TypeAlias = IPv4Network | IPv6Network

LARGEST: Final = 5_000_000
LONGEST: Final = 10.0
LONGEST_ADDRESS: Final = 2000
_REDIRECTS: Final = 3
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_CONNECT_SECONDS: Final = 4.0
_SCHEMES: Final = {"http": 80, "https": 443, "webcal": 443, "webcals": 443}
# Where the web is, and where anybody may put a server; what lies below belongs to mail and other things that are no web.
_WELL_KNOWN: Final = frozenset({80, 443})
_FIRST_FREE: Final = 1024
_LAST: Final = 65_535
_CHUNK: Final = 65_536
_LOOKERS: Final = 8
_AGENT: Final = "PeepoPay/1.0"

# The special-purpose registries of the IANA, and what stands for an inside address in another spelling.
_INSIDE_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_6: Final = IPv6Network("2000::/3")
_INSIDE_6: Final = tuple(
    IPv6Network(network)
    for network in (
        # Teredo, ORCHID, benchmarks.
        "2001::/23",
        "2001:db8::/32",
        # Any IPv4 address, by a relay.
        "2002::/16",
        "3fff::/20",
    )
)
# What an IPv6-only network's name server answers for a host that has IPv4 alone: its last 32 bits are that address.
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


class BadAddress(errors.Invalid):
    """The address is none that could be fetched."""

    code = "ADDRESS_INVALID"
    message = "This is not an address that can be fetched."


class InsideAddress(BadAddress):
    """The address leads to a machine that is not on the open internet."""

    code = "ADDRESS_INSIDE"
    message = "This address does not lead to the open internet."


class NotFetched(errors.Unavailable):
    """It could not be fetched, this time."""

    code = "OUTSIDE_UNREACHABLE"
    message = "The server at this address can't be reached."


class UnknownHost(NotFetched):
    """No name server knows the name."""

    code = "OUTSIDE_UNKNOWN_HOST"
    message = "There is no server by this name."


class BadCertificate(NotFetched):
    """The server could not show that it is the one asked for."""

    code = "OUTSIDE_BAD_CERTIFICATE"
    message = "The server at this address has no valid certificate."


class TooSlow(NotFetched):
    """The whole of it took longer than we wait."""

    code = "OUTSIDE_TOO_SLOW"
    message = "The server at this address takes too long."


class TooLarge(NotFetched):
    """There is more of it than we read."""

    code = "OUTSIDE_TOO_LARGE"
    message = "What lies at this address is too large."


class TooManyRedirects(NotFetched):
    """Sent on and on."""

    code = "OUTSIDE_TOO_MANY_REDIRECTS"
    message = "This address sends on to another one too many times."


class Garbled(NotFetched):
    """The answer breaks the rules of HTTP."""

    code = "OUTSIDE_GARBLED"
    message = "The server at this address gives an answer that can't be read."


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart, once: what is checked is what is connected to."""

    scheme: str
    # As it goes into DNS, TLS and the Host header: ASCII, lower case, no dot at its end.
    host: str
    port: int
    path: str

    @classmethod
    def read(cls, text: str) -> "Target":
        """The parts of an address, or a refusal that says what is wrong with it."""
        if len(text) > LONGEST_ADDRESS or not text.isprintable() or any(sign in text for sign in ' \\"<>'):
            raise BadAddress
        scheme, mark, rest = text.partition("://")
        scheme = scheme.lower()
        if not mark or scheme not in _SCHEMES:
            raise BadAddress("must begin with https://, http:// or webcal://")
        # Calendars' own scheme stands for the web's.
        scheme = "http" if scheme == "http" else "https"
        try:
            url = httpx.URL(f"{scheme}://{rest}")
            host = url.raw_host.decode("ascii").lower().rstrip(".")
            port = _SCHEMES[scheme] if url.port is None else url.port
        except (httpx.InvalidURL, ValueError) as error:
            raise BadAddress from error
        if url.userinfo:
            raise BadAddress("must not hold a name or password")
        # A zone names a network card of this machine.
        if not host or "%" in host or len(host) > 253:  # noqa: PLR2004 - the longest name that DNS has
            raise BadAddress
        if port not in _WELL_KNOWN and not _FIRST_FREE <= port <= _LAST:
            raise BadAddress("must have the port 80, 443, or one from 1024 on")
        return cls(scheme, host.strip("[]"), port, url.raw_path.decode("ascii"))

    def joined(self, location: str) -> "Target":
        """Where a redirect leads."""
        try:
            address = urljoin(self.text, location.partition("#")[0])
        except ValueError as error:
            raise Garbled from error
        return Target.read(address)

    @property
    def text(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _SCHEMES[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def is_public(address: _Address) -> bool:
    """Whether a machine on the open internet has this address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INSIDE_4)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _TRANSLATED:
        return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
    return address in _GLOBAL_6 and not any(address in network for network in _INSIDE_6)


@dataclass(frozen=True, slots=True)
class Exceptions:
    """What an operator allows although it lies inside: networks, and servers by name and port."""

    networks: tuple[_Network, ...] = ()
    servers: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def read(cls, entries: Iterable[str]) -> "Exceptions":
        """From `10.1.0.0/16`, `calendar.intra:8443`, `[fd00::5]:443`; anything else is a ValueError."""
        networks, servers = [], set()
        for entry in entries:
            host, mark, port = entry.rpartition(":")
            if mark and port.isascii() and port.isdigit() and (":" not in host or host.startswith("[")):
                if not host or not 0 < int(port) <= _LAST:
                    raise ValueError(f"{entry!r} is no server such as calendar.intra:443")
                servers.add((host.strip("[]").lower().rstrip("."), int(port)))
            else:
                networks.append(ip_network(entry))
        return cls(tuple(networks), frozenset(servers))

    def allow(self, target: Target, address: _Address) -> bool:
        return (target.host, target.port) in self.servers or any(address in network for network in self.networks)


@lru_cache(maxsize=1)
def _authorities() -> ssl.SSLContext:
    """Read when it is first needed: that takes a while."""
    return httpx.create_ssl_context(trust_env=False)


@lru_cache(maxsize=1)
def _lookers() -> ThreadPoolExecutor:
    """Threads for this alone: each waits as long as a dead name server makes it, and nothing else shall wait with it."""
    return ThreadPoolExecutor(_LOOKERS, thread_name_prefix="names")


async def _resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as the machine's own resolver tells."""
    look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(_lookers(), look)
    except (OSError, UnicodeError) as error:
        raise UnknownHost from error
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


@dataclass(frozen=True)
class Outside:
    """Asks servers that strangers named. `allowed` are the operator's exceptions (`OUTSIDE_ALLOWED`)."""

    allowed: Exceptions = field(default_factory=Exceptions)
    # Whose certificates are believed; the web's authorities where nobody is named.
    tls: ssl.SSLContext | None = None
    resolve: Resolve = _resolve

    async def check(self, address: str, *, within: float = 2.0) -> Target:
        """Refuses what can be told to be wrong or inside already; a name that nobody knows just now may yet be known."""
        target = Target.read(address)
        with suppress(NotFetched, TimeoutError):
            async with asyncio.timeout(within):
                await self._addresses(target)
        return target

    async def fetch(
        self,
        address: str,
        *,
        method: Method = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        largest: int = LARGEST,
        within: float = LONGEST,
    ) -> Answer:
        """The answer, whatever its status, with the body as it was meant: not more of it than `largest`.

        Only what merely reads is sent on by redirects; else the answer is the redirect itself.
        """
        target = Target.read(address)
        try:
            async with asyncio.timeout(within):
                for _ in range(_REDIRECTS + 1):
                    answer = await self._ask(target, method, headers or {}, content, largest)
                    location = answer.headers.get("location")
                    if answer.status not in _REDIRECTING or not location or method not in ("GET", "HEAD"):
                        return answer
                    target = target.joined(location)
                raise TooManyRedirects
        except TimeoutError as error:
            raise TooSlow from error

    async def _ask(
        self, target: Target, method: Method, headers: Mapping[str, str], content: bytes | None, largest: int
    ) -> Answer:
        addresses = await self._addresses(target)
        url = httpcore.URL(
            scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
        )
        sent = {
            "host": target.authority,
            "user-agent": _AGENT,
            "accept": "*/*",
            "accept-encoding": "gzip",
            "connection": "close",
            **({} if content is None else {"content-length": str(len(content))}),
            **{name.lower(): value for name, value in headers.items()},
        }
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in sent.items()]
        async with httpcore.AsyncConnectionPool(
            ssl_context=self.tls or _authorities(), network_backend=_Pinned(target, addresses), max_connections=1
        ) as pool:
            try:
                async with pool.stream(method, url, headers=raw, content=content) as response:
                    told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
                    redirects = response.status in _REDIRECTING
                    body = b"" if redirects else await _body(response.aiter_stream(), told, largest)
                    return Answer(response.status, told, body)
            except (httpcore.ProtocolError, zlib.error) as error:
                raise Garbled from error
            except (httpcore.NetworkError, httpcore.TimeoutException, OSError) as error:
                raise _told(error) from error

    async def _addresses(self, target: Target) -> Sequence[str]:
        """Where the connection may go. One inside address among them is enough to refuse them all."""
        found = await self.resolve(target.host, target.port)
        if not found:
            raise UnknownHost
        for text in found:
            try:
                address = ip_address(text)
            except ValueError as error:
                raise InsideAddress from error
            if not is_public(address) and not self.allowed.allow(target, address):
                raise InsideAddress
        return found


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, whatever name it is asked for; TLS still asks for the name."""

    def __init__(self, target: Target, addresses: Sequence[str]) -> None:
        self._target = target
        self._addresses = addresses
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - as the library calls it; ours holds for each address
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if (host.strip("[]"), port) != (self._target.host, self._target.port):
            raise AssertionError("asked to connect to what was not checked")
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(address, port, _CONNECT_SECONDS, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


async def _body(chunks: AsyncIterator[bytes], headers: Mapping[str, str], largest: int) -> bytes:
    """All of it, unpacked no further than allowed: a small packet may hold gigabytes."""
    packing = headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise Garbled
    if headers.get("content-length", "").isdigit() and int(headers["content-length"]) > largest:
        raise TooLarge
    unpacked = bytearray()
    unpacking = _Unpacking() if "gzip" in packing else None
    arrived = 0
    async for chunk in chunks:
        arrived += len(chunk)
        for piece in (chunk,) if unpacking is None else unpacking.pieces(chunk):
            unpacked += piece
            if len(unpacked) > largest:
                raise TooLarge
        if arrived > largest:
            raise TooLarge
    if unpacking is not None and arrived and not unpacking.is_whole:
        raise Garbled
    return bytes(unpacked)


class _Unpacking:
    """gzip, some kilobytes at a time; several packets may follow one another."""

    def __init__(self) -> None:
        self._packet = zlib.decompressobj(wbits=31)

    @property
    def is_whole(self) -> bool:
        return self._packet.eof

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        rest = chunk
        while True:
            if self._packet.eof and rest:
                self._packet = zlib.decompressobj(wbits=31)
            piece = self._packet.decompress(rest, _CHUNK)
            yield piece
            rest = self._packet.unconsumed_tail or self._packet.unused_data
            if not rest and len(piece) < _CHUNK:
                return


def _told(error: Exception) -> NotFetched:
    """A failed connection, by its cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return BadCertificate()
        cause = cause.__cause__ or cause.__context__
    return NotFetched()
