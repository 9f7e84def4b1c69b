"""Settings name everything that is wrong with them at once, and show no secret."""

import pytest

from services.kernel.settings import Secret, Settings, SettingsProblem
from tests.support.environ import environ_of
from tests.support.servers import Servers

NOWHERE = Servers(
    postgres="postgresql://postgres:pw@127.0.0.1:5/x", rabbitmq="amqp://u:p@127.0.0.1:5/x", valkey="redis://127.0.0.1:5"
)


class OwnSettings(Settings, frozen=True, kw_only=True):
    """As a context adds its own."""

    colour: str
    places: int = 3

    def problems(self) -> list[str]:
        found = super().problems()
        if self.colour not in {"red", "blue"}:
            found.append("COLOUR must be red or blue")
        return found


def environ(**other: str) -> dict[str, str]:
    return environ_of(NOWHERE, "catalog", **other)


def told(kind: type[Settings], given: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsProblem) as caught:
        kind.read(given)
    assert str(caught.value) == "; ".join(caught.value.problems)
    return caught.value.problems


def test_good_settings_are_read() -> None:
    settings = OwnSettings.read(environ(COLOUR=" red ", PEEPOPAY_UNLIMITED="1", TRUSTED_ORIGINS="https://a.example, "))
    assert settings.colour == "red"
    assert settings.places == 3
    assert settings.peepopay_unlimited is True
    assert settings.trusted_origins == ("https://a.example",)
    assert len(settings.secret_key.bytes()) == 32
    assert set(settings.identity_public_keys) >= {"auth", "catalog"}


def test_the_first_of_several_addresses_is_asked() -> None:
    settings = Settings.read(environ(AUTH_URL="http://one:1/, http://two:2"))
    assert settings.address_of("auth") == "http://one:1"


def test_every_problem_is_named_at_once_and_none_twice() -> None:
    given = environ(
        COLOUR="green",
        PLACES="many",
        PUBLIC_URL="peepopay.example",
        SECRET_KEY="c2hvcnQ=",
        TRUSTED_ORIGINS="https://fine.example,example.com,https://a.example/path,null",
        IDENTITY_PUBLIC_KEYS="auth=c2hvcnQ=",
        LOG_LEVEL="LOUD",
        DATABASE_URL="mysql://x/y",
        RABBITMQ_URL="rabbit",
        REDIS_URL="redis://host:port/0",
        PEEPOPAY_UNLIMITED="perhaps",
        CATALOG_URL="catalog:8000",
    )
    del given["IDENTITY_PRIVATE_KEY"], given["NOTIFY_URL"]
    problems = told(OwnSettings, given)
    assert {sentence.partition(" ")[0].rstrip(":") for sentence in problems} == {
        "COLOUR",
        "PLACES",
        "PUBLIC_URL",
        "SECRET_KEY",
        "TRUSTED_ORIGINS",
        "IDENTITY_PUBLIC_KEYS",
        "LOG_LEVEL",
        "DATABASE_URL",
        "RABBITMQ_URL",
        "REDIS_URL",
        "PEEPOPAY_UNLIMITED",
        "CATALOG_URL",
        "IDENTITY_PRIVATE_KEY",
        "NOTIFY_URL",
    }
    assert len(problems) == len(set(problems)) == 14 + 2  # three of the origins are wrong


def test_an_empty_environment_names_every_variable_that_is_needed() -> None:
    problems = told(OwnSettings, {})
    assert all(sentence.endswith(" is missing") for sentence in problems)
    assert {"DATABASE_URL is missing", "COLOUR is missing", "BOOKING_URL is missing"} <= set(problems)


def test_blank_counts_as_missing() -> None:
    assert told(Settings, environ(SECRET_KEY="   ")) == ["SECRET_KEY is missing"]


def test_keys_must_be_pairs() -> None:
    assert told(Settings, environ(IDENTITY_PUBLIC_KEYS="auth")) == [
        "IDENTITY_PUBLIC_KEYS: must be NAME=VALUE pairs with commas between"
    ]


def test_a_problem_never_repeats_a_secret() -> None:
    secret = "hush-hush"
    given = environ(SECRET_KEY=secret, DATABASE_URL=secret, IDENTITY_PRIVATE_KEY=secret, RABBITMQ_URL=secret)
    assert secret not in "; ".join(told(Settings, given))


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret("hush")
    assert secret.reveal() == "hush"
    for shown in (repr(secret), str(secret), f"{secret}", f"{secret!r}", repr({"a": [secret]})):
        assert "hush" not in shown
    assert not Secret("")
