"""Structured logs: one JSON object a line, with the request and trace it belongs to, and nothing secret or personal."""

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from services.kernel.telemetry import tracing

request_id: ContextVar[str] = ContextVar("request_id", default="")
tenant_id: ContextVar[str] = ContextVar("tenant_id", default="")

_HIDDEN: Final = "[hidden]"
_SECRET_NAMES: Final = re.compile(
    r"(?i)(password|secret|token|authorization|cookie|api_?key|totp|code$|signature|e?mail|phone|address|name$)"
)
_PATTERNS: Final = (
    re.compile(r"\b(?:sk|rk|pk|whsec|re)_[A-Za-z0-9_]{8,}"),
    # An intent's name opens nothing, and an operator looks for it; with its secret behind it, it does.
    re.compile(r"\b(?:pi|seti)_[A-Za-z0-9]+_secret_[A-Za-z0-9_]+"),
    re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
    re.compile(r"(?i)(?<=token=)[^&\s\"']+"),
    # The credentials in a server's address come before what else stands around an @.
    re.compile(r"(?<=://)[^/\s@:]*:[^\s@]+(?=@)"),
    # Wider than any rule for addresses: some are written in other alphabets, some are quoted.
    re.compile(r"(?<![^\s@<>\"(),:;\[\]])[^\s@<>\"(),:;\[\]]+@[^\s@<>\"(),:;\[\]]+"),
    re.compile(r"\+\d[\d ()-]{7,}\d"),
    # A random token. Names in a traceback are as long, but not in both cases.
    re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[A-Za-z0-9_-]{40,}"),
    # PostgreSQL repeats the row that it refuses.
    re.compile(r"(?<=DETAIL:  ).*"),
)
# Shorter than a token, and without a sign that any of the patterns needs.
_HARMLESS: Final = re.compile(r"(?!.*DETAIL)[A-Za-z /{}:]{0,39}")
_OWN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode


def scrubbed(text: str) -> str:
    """The text without what looks like a secret, an address or a number of a person."""
    if _HARMLESS.fullmatch(text) is not None:
        return text
    for pattern in _PATTERNS:
        text = pattern.sub(_HIDDEN, text)
    return text


@lru_cache(maxsize=512)
def _is_secret(name: str) -> bool:
    return _SECRET_NAMES.search(name) is not None and not name.endswith(("_id", "Id"))


def _safe(name: str, value: Any) -> Any:
    if _is_secret(name):
        return _HIDDEN
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {str(key): _safe(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(name, inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return scrubbed(str(value))


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, context: str) -> None:
        super().__init__()
        self._context = context

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "context": self._context,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        whose = {"requestId": request_id.get(), "tenantId": tenant_id.get(), "traceId": tracing.trace_id()}
        line |= {name: value for name, value in whose.items() if value}
        line |= {name: _safe(name, value) for name, value in record.__dict__.items() if name not in _OWN}
        if record.exc_info:
            line["exception"] = scrubbed(self.formatException(record.exc_info))
        return _encode(line).decode()


def configure(context: str, level: str) -> None:
    """Everything that is logged in this process goes out in this form."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(context))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aio_pika", "aiormq", "httpx", "httpcore", "_granian", "granian", "faststream", "alembic"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
