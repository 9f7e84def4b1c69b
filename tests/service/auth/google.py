"""A Google for tests: takes codes, signs identities with keys of its own, and can be told to lie."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.kernel.secrets import urlsafe
from stack.ports import free_port

CLIENT = "client-of-a-test"
SECRET = "google-secret-of-a-test"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class GoogleInTests:
    """Whoever asks for a token gets the claims that stand here."""

    url: str
    claims: dict[str, Any] = field(default_factory=dict)
    challenge: str = ""
    redirect_uri: str = ""
    algorithm: str = "RS256"
    signs_with_another_key: bool = False
    is_down: bool = False
    key: rsa.RSAPrivateKey = field(default_factory=_key)
    other_key: rsa.RSAPrivateKey = field(default_factory=_key)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if self.is_down:
            return 503, {"error": "unavailable"}
        if (method, path) == ("GET", "/oauth2/v3/certs"):
            numbers = self.key.public_key().public_numbers()
            public = {
                "kty": "RSA",
                "alg": "RS256",
                "use": "sig",
                "kid": "one",
                "n": _number(numbers.n),
                "e": _number(numbers.e),
            }
            return 200, {"keys": [public]}
        if (method, path) == ("POST", "/token"):
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            challenge = urlsafe(hashlib.sha256(form["code_verifier"].encode()).digest())
            expected = {
                "client_id": CLIENT,
                "client_secret": SECRET,
                "code": "the-code",
                "redirect_uri": self.redirect_uri,
            }
            if challenge != self.challenge or any(form.get(name) != value for name, value in expected.items()):
                return 400, {"error": "invalid_grant"}
            return 200, {"id_token": self._token(), "access_token": "x", "token_type": "Bearer"}
        return 404, {}

    def _token(self) -> str:
        header = {"alg": self.algorithm, "kid": "one", "typ": "JWT"}
        signed = f"{urlsafe(msgspec.json.encode(header))}.{urlsafe(msgspec.json.encode(self.claims))}"
        if self.algorithm == "none":
            return f"{signed}."
        key = self.other_key if self.signs_with_another_key else self.key
        return f"{signed}.{urlsafe(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


@asynccontextmanager
async def google() -> AsyncIterator[GoogleInTests]:
    port = free_port()
    stand_in = GoogleInTests(f"http://127.0.0.1:{port}")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, OSError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            method, path, _ = head[0].split(" ")
            length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
            status, said = stand_in.answer(method, path, await reader.readexactly(length))
            body = msgspec.json.encode(said)
            answer = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            writer.write(answer.encode() + body)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port):
        yield stand_in
