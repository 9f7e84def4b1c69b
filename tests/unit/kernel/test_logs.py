"""A log line is one JSON object, and nothing secret or personal survives in it."""

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.kernel.secrets import new_token
from services.kernel.telemetry.logs import JsonLines, request_id, scrubbed, tenant_id
from tests.support import identities

WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=12)


def line(message: str, *args: object, exc: BaseException | None = None, **extra: Any) -> dict[str, Any]:
    record = logging.getLogger("test").makeRecord(
        "test",
        logging.INFO,
        "file.py",
        1,
        message,
        args,
        (type(exc), exc, exc.__traceback__) if exc else None,
        extra=extra,
    )
    text = JsonLines("probe").format(record)
    assert "\n" not in text
    found: dict[str, Any] = json.loads(text)
    return found


@given(WORDS, st.emails(), WORDS)
@example("to", "jos\u00e9@ex\u00e4mple.nz", "")
@example("", "=@A.AC", "")
@example("to", "sam@localhost", "")
@example("to", "o'brien+tag@xn--bcher-kva.example", "")
def test_no_address_survives(before: str, address: str, after: str) -> None:
    local, _, domain = address.rpartition("@")
    for text in (f"{before} {address} {after}", f"mail to <{address}>", f"Key (email)=({address}) exists"):
        said = scrubbed(text)
        assert address not in said
        assert f"@{domain}" not in said
        if len(local) > 3:
            assert f"{local}@" not in said


@given(WORDS)
def test_no_token_survives(before: str) -> None:
    token = new_token()
    for text in (f"{before} {token}", f"https://x.example/verify?token={token}&a=1", f"({token})", f"'{token}'"):
        assert token not in scrubbed(text)


@pytest.mark.parametrize(
    "secret",
    [
        identities.person("usr_1", tenant_id="ten_1")["X-Identity"],
        "sk_live_51HxAbCdEfGh",
        "rk_test_51HxAbCdEfGh",
        "whsec_abcdefghijklmn",
        "re_AbCdEfGh_12345678",
        "pi_3Abc_secret_Def123456",
        "+64 21 123 4567",
        "+6421000000",
    ],
)
def test_no_secret_survives(secret: str) -> None:
    said = json.dumps(
        [line(f"it was {secret}!"), line("it was %s", secret), line("x", fact=secret, facts=[{"a": secret}])]
    )
    assert secret not in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://peepopay_auth:hush-hush@127.0.0.1:5432/peepopay",
        "redis://:hush-hush@127.0.0.1:6379/0",
        "amqp://user:hush-hush/with/slashes@host/vhost",
        "amqp://user:hush-hush@host:5672/vhost",
    ],
)
def test_no_servers_password_survives(url: str) -> None:
    said = scrubbed(f"could not connect to {url}: refused")
    assert "hush" not in said
    assert "could not connect" in said


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "new_password",
        "email",
        "customer_email",
        "phone",
        "token",
        "Authorization",
        "cookie",
        "api_key",
        "code",
        "address",
        "signature",
        "totp",
    ],
)
def test_what_is_named_like_a_secret_is_hidden_whatever_it_holds(name: str) -> None:
    fields: dict[str, Any] = {name: "hush", "facts": {name: "hush", "list": [{name: 5550123}]}}
    said = json.dumps(line("x", **fields))
    assert "hush" not in said
    assert "5550123" not in said


def caught(error: Exception) -> Exception:
    """With a traceback, as an exception has that was raised."""
    with pytest.raises(type(error)) as info:
        raise error
    return info.value


def test_an_exception_is_told_without_the_row_that_postgresql_repeats() -> None:
    # As asyncpg has it; the traceback shows the line that raises, so the text stands in another one.
    told = "refused for sam@example.com\nDETAIL:  Failing row contains (usr_1, Sam Ngata, 021)."
    error = caught(ValueError(told))
    said = line("x", exc=error)["exception"]
    assert "Sam Ngata" not in said
    assert "sam@" not in said
    assert "raise error" in said


def test_what_an_operator_needs_survives() -> None:
    request_id.set("0198c0de-0000-7000-8000-000000000000")
    tenant_id.set("ten_06a0000000000000000000000x")
    said = line(
        "answered", route="/api/notes/{note_id}", status=201, milliseconds=1.5, event="0198c0de", queue="notify.auth"
    )
    request_id.set("")
    tenant_id.set("")
    assert said["requestId"] == "0198c0de-0000-7000-8000-000000000000"
    assert said["tenantId"] == "ten_06a0000000000000000000000x"
    assert (said["context"], said["level"], said["message"]) == ("probe", "info", "answered")
    assert (said["route"], said["status"], said["milliseconds"]) == ("/api/notes/{note_id}", 201, 1.5)
    assert said["queue"] == "notify.auth"


@given(
    st.recursive(
        st.text() | st.integers() | st.none() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_logged_becomes_a_line(fact: Any) -> None:
    assert line("x", fact=fact)["message"] == "x"


def test_a_long_text_takes_no_long_time() -> None:
    for text in (
        "a" * 200_000,
        "@" * 200_000,
        "a@" * 50_000,
        "://" + "a:" * 50_000,
        "A1a-" * 50_000,
        "token=" * 30_000,
    ):
        assert sys.getsizeof(scrubbed(text))
