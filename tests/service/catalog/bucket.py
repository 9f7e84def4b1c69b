"""A storage that speaks S3, as far as logos need it: it checks every signature with Amazon's own code."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import msgspec
from botocore.auth import S3SigV4Auth  # type: ignore[import-untyped] # it ships no types
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped] # it ships no types
from botocore.credentials import Credentials  # type: ignore[import-untyped] # it ships no types
from litestar.types import Receive, Scope, Send

KEY_ID = "AKIA-OF-A-TEST"
SECRET = "secret/of+a test"
REGION = "ap-southeast-2"
BUCKET = "logos of peepopay"


class StoredObject(msgspec.Struct):
    """A file with the headers that it is shown with."""

    body: bytes
    media_type: str
    cache_control: str


@dataclass
class BucketStandIn:
    """Objects by their path, and faults on demand."""

    objects: dict[str, StoredObject] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    # How many requests fail before one works.
    failing: int = 0
    asked: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "http":
            await receive()
            return
        body, is_more = b"", True
        while is_more:
            message: Any = await receive()
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
        status = self._answer(scope, body)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _answer(self, scope: Any, body: bytes) -> int:
        if scope["path"] == "/health":
            return 200
        self.asked += 1
        if self.failing:
            self.failing -= 1
            return 503
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["raw_path"].decode()
        if not is_signed(scope["method"], f"http://{headers['host']}{path}", headers, body, SECRET):
            self.refused.append(path)
            return 403
        if scope["method"] == "PUT":
            self.objects[scope["path"]] = StoredObject(body, headers["content-type"], headers["cache-control"])
            return 200
        self.objects.pop(scope["path"], None)
        return 204


def is_signed(method: str, url: str, headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Whether the Authorization header is the one that Amazon's code makes of the same request."""
    fields = dict(part.split("=", 1) for part in headers["authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(", "))
    names = fields["SignedHeaders"].split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
        return False
    if headers["x-amz-content-sha256"] != hashlib.sha256(body).hexdigest():
        return False
    key_id, _, scope = fields["Credential"].partition("/")
    _, region, service, _ = scope.split("/")
    reference = S3SigV4Auth(Credentials(key_id, secret), service, region)
    request = AWSRequest(method=method, url=url, data=body, headers={name: headers[name] for name in names})
    request.context["timestamp"] = headers["x-amz-date"]
    canonical = reference.canonical_request(request)
    expected = reference.signature(reference.string_to_sign(request, canonical), request)
    return hmac.compare_digest(str(expected), fields["Signature"])
