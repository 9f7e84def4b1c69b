"""Amazon's Signature Version 4, as storages that speak S3 want every request signed."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "s3"


def signed(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    region: str,
    key_id: str,
    secret: str,
    at: datetime,
) -> dict[str, str]:
    """The headers to send: those given, and the ones that prove who sends them. The URL has no query."""
    parts = urlsplit(url)
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    body_hash = hashlib.sha256(body).hexdigest()
    sent = {
        **{name.lower(): " ".join(value.split()) for name, value in headers.items()},
        "host": parts.netloc,
        "x-amz-content-sha256": body_hash,
        "x-amz-date": stamp,
    }
    names = sorted(sent)
    signed_names = ";".join(names)
    lines = [f"{name}:{sent[name]}" for name in names]
    canonical = "\n".join([method, encoded_path(parts.path), "", *lines, "", signed_names, body_hash])
    scope = f"{stamp[:8]}/{region}/{_SERVICE}/aws4_request"
    to_sign = "\n".join([_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (stamp[:8], region, _SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    proof = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"{key_id}/{scope}"
    return {
        **sent,
        "authorization": f"{_ALGORITHM} Credential={credential}, SignedHeaders={signed_names}, Signature={proof}",
    }


def encoded_path(path: str) -> str:
    """As it is sent and signed: everything but unreserved characters and slashes escaped, once."""
    return quote(path or "/", safe="/-_.~%")
