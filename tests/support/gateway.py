"""Hides how the real gateway is started in front of small upstreams that tell what reached them."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import random
import shutil
import socket
import string
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

GATEWAY = Path(__file__).parents[2] / "gateway"
TRAEFIK = Path(sys.executable).parent / "traefik"
UPSTREAMS = ("auth", "catalog", "availability", "booking", "payments", "notify", "pages", "sandbox")

SESSION = {"Cookie": "pp_session=good; theme=dark"}
IDENTITY = "identity-signed-by-auth"


@dataclass
class Answer:
    """What an upstream says at one path instead of telling what reached it."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    delay: float = 0
    hangs_up: bool = False
    pieces: tuple[bytes, ...] = ()


@dataclass
class Asked:
    """One request as an upstream saw it."""

    method: str
    path: str
    headers: dict[str, str]
    size: int


class Upstream:
    """A server that echoes requests, can be killed and can come back on the same port."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self._connections: set[socket.socket] = set()
        self._server: _Server | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def kill(self) -> None:
        """Go away as a killed process does: the port and every open connection close at once."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server = None
        for connection in list(self._connections):
            # The other side may have been faster.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def last(self, path: str) -> Asked:
        return next(asked for asked in reversed(self.asked) if urlsplit(asked.path).path == path)

    def times_asked(self, path: str) -> int:
        return sum(1 for asked in self.asked if urlsplit(asked.path).path == urlsplit(path).path)

    def opened(self, connection: socket.socket) -> None:
        self._connections.add(connection)

    def closed(self, connection: socket.socket) -> None:
        self._connections.discard(connection)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, upstream: Upstream) -> None:
        super().__init__(("127.0.0.1", upstream.port), _Handler)
        self.upstream = upstream


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes; without this the second waits for an acknowledgement.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.upstream.opened(self.connection)

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def finish(self) -> None:
        self.server.upstream.closed(self.connection)
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def version_string(self) -> str:
        return "an upstream that tells its name"

    def do_any(self) -> None:
        upstream = self.server.upstream
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, len(self._body()))
        path = urlsplit(self.path).path
        if path == "/health":
            self._send(Answer())
            return
        upstream.asked.append(asked)
        if path in upstream.answers:
            self._send(upstream.answers[path])
        elif path == "/gateway/identify":
            self._send(_identity_for(asked))
        else:
            body = json.dumps({"success": True, "data": {"by": upstream.name, **asdict(asked)}}).encode()
            self._send(Answer(body=body, headers={"Content-Type": "application/json", "X-Identity": "leaked"}))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_any  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, answer: Answer) -> None:
        time.sleep(answer.delay)
        if answer.hangs_up:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.pieces:
            self._send_pieces(answer.pieces)
            return
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _send_pieces(self, pieces: tuple[bytes, ...]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(0.25)
        self.wfile.write(b"0\r\n\r\n")


def _identity_for(asked: Asked) -> Answer:
    if "pp_session=good" in asked.headers.get("cookie", ""):
        return Answer(headers={"Content-Type": "application/json", "X-Identity": IDENTITY})
    refusal = {"success": False, "statusCode": 401, "error": {"code": "UNAUTHENTICATED", "message": "said by auth"}}
    return Answer(status=401, body=json.dumps(refusal).encode())


@dataclass
class Door:
    """The running gateway, and who stands behind it."""

    url: str
    ops_url: str
    upstreams: dict[str, list[Upstream]]
    log: Path
    client: httpx.Client
    process: subprocess.Popen[bytes]
    plain_url: str

    def __getattr__(self, name: str) -> Upstream:
        try:
            return self.upstreams[name][0]
        except KeyError:
            raise AttributeError(name) from None

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.client.request(method, path, **options)

    def told(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Ask an echoing upstream, and return what it was asked."""
        answer = self.ask(method, path, **options)
        assert answer.status_code == 200, (answer.status_code, answer.text)
        told: dict[str, Any] = answer.json()["data"]
        return told

    def raw(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send bytes that no client library would."""
        address = urlsplit(self.url)
        with socket.create_connection((str(address.hostname), address.port or 80), timeout=5) as connection:
            connection.sendall(request)
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)


@contextmanager
def open_door(
    *,
    static: str = "traefik.yml",
    without: tuple[str, ...] = (),
    replicas: Mapping[str, int] | None = None,
    unlimited: bool = False,
) -> Iterator[Door]:
    """Run Traefik with the repository's configuration in front of fresh upstreams."""
    upstreams = {
        name: [Upstream(name) for _ in range((replicas or {}).get(name, 1))]
        for name in UPSTREAMS
        if name not in without
    }
    for upstream in (replica for each in upstreams.values() for replica in each):
        upstream.start()
    folder = Path(tempfile.mkdtemp(prefix="peepopay-gateway-"))
    places = {name: f"127.0.0.1:{free_port()}" for name in ("WEB", "WEBSECURE", "OPS", "METRICS")}
    blanks = {f"{name}_ADDRESS": place for name, place in places.items()} | {
        "PUBLIC_HOST": "peepopay.example",
        "TRUSTED_PROXIES": "203.0.113.7/32",
        "ACME_EMAIL": "operator@peepopay.example",
        "ACME_STORAGE": str(folder / "acme.json"),
        "ACME_SERVER": f"http://127.0.0.1:{free_port()}/directory",
    }
    template = (GATEWAY / static).read_text()
    rendered = folder / "traefik.yml"
    rendered.write_text(string.Template(template).substitute(blanks))
    ops, plain_url = f"http://{places['OPS']}", f"http://{places['WEB']}"
    url = f"https://{places['WEBSECURE']}" if "${WEBSECURE_ADDRESS}" in template else plain_url
    addresses = {f"{name.upper()}_URL": ",".join(each.url for each in group) for name, group in upstreams.items()}
    lifted = {"PEEPOPAY_UNLIMITED": "1"} if unlimited else {}
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [TRAEFIK, "--configfile", str(rendered)],
            cwd=GATEWAY,
            env={"PATH": os.environ["PATH"], "OPS_ADDRESS": places["OPS"], **addresses, **lifted},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        # The certificate of a test is the gateway's own.
        with httpx.Client(base_url=url, timeout=10, trust_env=False, verify=False) as client:
            _wait_for(process, client, f"{ops}/ping", log)
            yield Door(url, ops, upstreams, log, client, process, plain_url)
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for upstream in (replica for each in upstreams.values() for replica in each):
            upstream.kill()
        shutil.rmtree(folder)


def _wait_for(process: subprocess.Popen[bytes], client: httpx.Client, ping: str, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        # Ping is there before the routes are.
        with suppress(httpx.TransportError):
            if client.get(ping).status_code == 200 and "x-request-id" in client.get("/").headers:
                return
        time.sleep(0.05)
    raise RuntimeError(log.read_text())


def free_port() -> int:
    """Return a port that nobody has, below those that the system hands to outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
