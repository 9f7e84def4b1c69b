"""Settings: a Struct read from the environment once, which names every problem at once."""

import base64
import binascii
import logging
from collections.abc import Mapping
from typing import Any, Final, Self, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

import msgspec

from services.kernel.outside import Exceptions


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


_ASKED: Final = ("auth", "catalog", "availability", "booking", "payments", "notify")


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
    # Servers and networks that may be asked on a stranger's word although they lie inside.
    outside_allowed: tuple[str, ...] = ()

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
        found = [
            f"{name} must be an address such as {example}"
            for name, address, example in (
                ("PUBLIC_URL", self.public_url, "https://book.example.com"),
                *((f"{context.upper()}_URL", self.address_of(context), "http://10.0.0.5:8000") for context in _ASKED),
            )
            if not _is_address(address)
        ]
        found.extend(
            f"{name} must begin with {schemes[0]}://"
            for name, secret, schemes in (
                ("DATABASE_URL", self.database_url, ("postgresql", "postgres")),
                ("REDIS_URL", self.redis_url, ("redis", "rediss")),
                ("RABBITMQ_URL", self.rabbitmq_url, ("amqp", "amqps")),
            )
            if not _is_address(secret.reveal(), schemes)
        )
        for name, secret in (("SECRET_KEY", self.secret_key), ("IDENTITY_PRIVATE_KEY", self.identity_private_key)):
            if not _is_key(secret.reveal()):
                found.append(f"{name} must be 32 bytes in base64")
        found.extend(
            f"IDENTITY_PUBLIC_KEYS: the key of {context} must be 32 bytes in base64"
            for context, key in self.identity_public_keys.items()
            if not _is_key(key)
        )
        if self.log_level.upper() not in logging.getLevelNamesMapping():
            found.append("LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
        found.extend(
            f"TRUSTED_ORIGINS: {origin!r} is not an origin such as https://example.com"
            for origin in self.trusted_origins
            if not _is_address(origin) or urlsplit(origin).path not in {"", "/"}
        )
        try:
            Exceptions.read(self.outside_allowed)
        except ValueError as error:
            found.append(
                f"OUTSIDE_ALLOWED must hold servers such as calendar.intra:443 or networks such as 10.1.0.0/16: {error}"
            )
        return found

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        return read(cls, environ)


def _is_address(text: str, schemes: tuple[str, ...] = ("http", "https")) -> bool:
    try:
        parts = urlsplit(text)
        # Reading the port is what checks it.
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


def _is_key(text: str) -> bool:
    """The size of an Ed25519 seed or key, and of an AES-256 key."""
    try:
        return len(base64.b64decode(text, validate=True)) == 32  # noqa: PLR2004 - said above
    except (binascii.Error, ValueError):
        return False


S = TypeVar("S", bound=Settings)


def read(kind: type[S], environ: Mapping[str, str]) -> S:
    """The settings of that kind, or every problem at once."""
    problems: list[str] = []
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        variable = field.name.upper()
        text = environ.get(variable, "").strip()
        if field.required:
            values[field.name] = _blank(field.type)
        try:
            if text:
                values[field.name] = _value(field.type, text)
            elif field.required:
                problems.append(f"{variable} is missing")
        except ValueError as error:
            problems.append(f"{variable}: {error}")
    settings = kind(**values)
    # What was named already is blank here, and would only be named again.
    named = tuple(sentence.partition(" ")[0].rstrip(":") for sentence in problems)
    problems += [sentence for sentence in settings.problems() if not sentence.startswith(named)]
    if problems:
        raise SettingsProblem(problems)
    return settings


def _blank(kind: Any) -> Any:
    """Stands in for what is missing or wrong, so that the rest can be looked at."""
    return Secret("") if kind is Secret else (get_origin(kind) or kind)()


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
