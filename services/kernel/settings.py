"""Settings: a Struct read from the environment once, which names every problem at once."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Self, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

import msgspec


class Secret:
    """A text that never shows itself in a log, a traceback or a repr."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def bytes(self) -> bytes:
        """The secret's raw bytes, where its text is base64."""
        return base64.b64decode(self._text, validate=True)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)


class SettingsProblem(Exception):  # noqa: N818 - it carries several problems
    """Every variable that is missing or wrong, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What every context needs to know of the world around it."""

    database_url: Secret
    redis_url: Secret
    rabbitmq_url: Secret
    public_url: str
    secret_key: Secret
    identity_private_key: Secret
    identity_public_keys: dict[str, str]
    trusted_origins: tuple[str, ...] = ()
    log_level: str = "INFO"
    otel_exporter_otlp_endpoint: str = ""
    peepopay_unlimited: bool = False

    auth_url: str
    catalog_url: str
    availability_url: str
    booking_url: str
    payments_url: str
    notify_url: str

    def address_of(self, context: str) -> str:
        """The base address of another context inside the network."""
        address: str = getattr(self, f"{context}_url")
        return address.split(",", 1)[0].rstrip("/")

    def problems(self) -> list[str]:
        """What is wrong beyond a single variable's type. A context adds its own."""
        found = []
        if not _is_address(self.public_url):
            found.append("PUBLIC_URL must be an address such as https://book.example.com")
        for name, secret in (("SECRET_KEY", self.secret_key), ("IDENTITY_PRIVATE_KEY", self.identity_private_key)):
            try:
                size = len(secret.bytes())
            except (binascii.Error, ValueError):
                size = 0
            if size != 32:  # noqa: PLR2004 - the size of an Ed25519 seed and of an AES-256 key
                found.append(f"{name} must be 32 bytes in base64")
        found.extend(
            f"TRUSTED_ORIGINS: {origin!r} is not an origin such as https://example.com"
            for origin in self.trusted_origins
            if not _is_address(origin) or urlsplit(origin).path not in {"", "/"}
        )
        return found

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        return read(cls, environ)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


S = TypeVar("S", bound=Settings)


def read(kind: type[S], environ: Mapping[str, str]) -> S:
    """The settings of that kind, or every problem at once."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        variable = field.name.upper()
        text = environ.get(variable, "").strip()
        if not text:
            if field.required:
                problems.append(f"{variable} is missing")
            continue
        try:
            values[field.name] = _value(field.type, text)
        except ValueError as error:
            problems.append(f"{variable}: {error}")
    if problems:
        raise SettingsProblem(problems)
    settings = kind(**values)
    if found := settings.problems():
        raise SettingsProblem(found)
    return settings


def _value(kind: Any, text: str) -> Any:
    if kind is Secret:
        return Secret(text)
    if kind is bool:
        if text.lower() not in {"1", "true", "yes", "0", "false", "no"}:
            raise ValueError("must be 1 or 0")
        return text.lower() in {"1", "true", "yes"}
    if get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if get_origin(kind) is dict:
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        if any(not mark for _, mark, _ in pairs):
            raise ValueError("must be NAME=VALUE pairs with commas between")
        return {name.strip(): value.strip() for name, _, value in pairs}
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        expected = " or ".join(str(part) for part in get_args(kind)) or getattr(kind, "__name__", str(kind))
        raise ValueError(f"must be {expected}") from error
