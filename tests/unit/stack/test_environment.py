"""What the contexts are told about the world."""

import base64
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stack.environment import (
    APPLICATIONS,
    CONTEXTS,
    Facts,
    of_application,
    of_everyone,
    of_migration,
    own_database_url,
)
from stack.home import fresh_key

HOST = {"PATH": "/usr/bin", "HOME": "/home/joe", "AWS_SECRET_ACCESS_KEY": "not for us"}


@pytest.fixture
def facts() -> Facts:
    return Facts(
        public_url="http://localhost:8080",
        database_url="postgresql://postgres:top@127.0.0.1:5432/peepopay",
        redis_url="redis://127.0.0.1:6379/0",
        rabbitmq_url="amqp://127.0.0.1:5672/peepopay",
        ports={name: 20_000 + number for number, name in enumerate(APPLICATIONS)},
        secret_key=fresh_key(),
        identity_keys={name: fresh_key() for name in APPLICATIONS},
        database_passwords={name: f"{name}'s own" for name in APPLICATIONS},
        root="/srv/peepopay",
        logo_folder="/srv/home/logos",
    )


def test_each_context_enters_the_database_as_itself(facts: Facts) -> None:
    roles = {name: urlsplit(of_application(name, facts, HOST)["DATABASE_URL"]) for name in APPLICATIONS}
    for name, url in roles.items():
        assert url.username == f"peepopay_{name}"
        assert unquote(url.password or "") == f"{name}'s own"
        assert (url.hostname, url.port, url.path) == ("127.0.0.1", 5432, "/peepopay")


def test_a_given_database_keeps_its_options() -> None:
    url = own_database_url("postgresql://admin:a%40b@db.example.com/shop?sslmode=require", "auth", "p/w@:")
    assert url == "postgresql://peepopay_auth:p%2Fw%40%3A@db.example.com/shop?sslmode=require"


def test_logos_go_to_a_folder_of_the_stack_or_to_a_bucket_that_only_catalog_knows(facts: Facts) -> None:
    given = {**HOST, "S3_ENDPOINT": "https://s3.example.com", "S3_SECRET_ACCESS_KEY": "a secret"}
    for name in APPLICATIONS:
        plain, bucket = of_application(name, facts, HOST), of_application(name, facts, given)
        assert plain.get("LOGO_FOLDER") == ("/srv/home/logos" if name == "catalog" else None)
        assert ("a secret" in bucket.values()) == (name == "catalog")
    assert "a secret" not in of_everyone(facts, given).values()


def test_the_migration_alone_may_do_everything(facts: Facts) -> None:
    migration = of_migration(facts, HOST)
    assert migration["MIGRATION_DATABASE_URL"] == facts.database_url
    assert {f"{name.upper()}_DATABASE_URL" for name in APPLICATIONS} <= migration.keys()
    for name in APPLICATIONS:
        assert facts.database_url not in of_application(name, facts, HOST).values()


def test_what_one_signs_the_others_can_verify(facts: Facts) -> None:
    booking = of_application("booking", facts, HOST)
    signed = Ed25519PrivateKey.from_private_bytes(base64.b64decode(booking["IDENTITY_PRIVATE_KEY"])).sign(b"me")
    listed = of_application("auth", facts, HOST)["IDENTITY_PUBLIC_KEYS"].split(",")
    known = dict(pair.split("=", 1) for pair in listed)
    assert known.keys() == set(APPLICATIONS)
    Ed25519PublicKey.from_public_bytes(base64.b64decode(known["booking"])).verify(signed, b"me")


def test_nobody_holds_the_private_key_of_another(facts: Facts) -> None:
    for name in APPLICATIONS:
        told = of_application(name, facts, HOST).values()
        assert [other for other, key in facts.identity_keys.items() if key in told] == [name]


def test_every_context_knows_where_the_others_are(facts: Facts) -> None:
    told = of_everyone(facts, HOST)
    assert {told[f"{name.upper()}_URL"] for name in CONTEXTS} == {
        f"http://127.0.0.1:{facts.ports[name]}" for name in CONTEXTS
    }


def test_secrets_of_the_shell_stay_in_the_shell(facts: Facts) -> None:
    assert "AWS_SECRET_ACCESS_KEY" not in of_application("auth", facts, HOST)


def test_without_keys_every_company_is_the_sandbox(facts: Facts) -> None:
    told = of_application("notify", facts, HOST)
    sandbox = f"http://127.0.0.1:{facts.ports['sandbox']}/sandbox"
    assert told["RESEND_BASE_URL"] == f"{sandbox}/resend"
    assert told["TWILIO_BASE_URL"] == f"{sandbox}/twilio"
    assert told["STRIPE_BASE_URL"] == f"{sandbox}/stripe"
    assert told["GOOGLE_SERVER_URL"] == f"{sandbox}/google"
    # This one is opened by a browser, which knows the public address only.
    assert told["GOOGLE_BASE_URL"] == "http://localhost:8080/sandbox/google"


def test_a_given_key_brings_the_real_company_and_leaves_the_others(facts: Facts) -> None:
    told = of_application("payments", facts, {**HOST, "STRIPE_SECRET_KEY": "sk_test_mine"})
    assert told["STRIPE_SECRET_KEY"] == "sk_test_mine"
    assert "STRIPE_BASE_URL" not in told
    assert told["RESEND_BASE_URL"].startswith("http://127.0.0.1:")


def test_the_stack_trusts_itself_under_both_of_its_names(facts: Facts) -> None:
    origins = of_everyone(facts, HOST)["TRUSTED_ORIGINS"].split(",")
    assert set(origins) == {"http://localhost:8080", "http://127.0.0.1:8080"}


@pytest.mark.parametrize(("wished", "told"), [(True, "1"), (False, None)])
def test_limits_are_lifted_only_on_wish(facts: Facts, wished: bool, told: str | None) -> None:
    assert of_everyone(replace(facts, unlimited=wished), HOST).get("PEEPOPAY_UNLIMITED") == told
