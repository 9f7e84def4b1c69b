"""The sandbox never runs beside a live key."""

import pytest

from services.kernel.settings import SettingsProblem
from services.sandbox.settings import SandboxSettings
from tests.support.environ import environ_of
from tests.support.servers import Servers

# Read, never asked.
ENVIRON = environ_of(
    Servers(postgres="postgresql://127.0.0.1:1/x", rabbitmq="amqp://127.0.0.1:1/", valkey="redis://127.0.0.1:1"),
    "sandbox",
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STRIPE_SECRET_KEY", "sk_live_51abc"),
        ("STRIPE_SECRET_KEY", "rk_live_51abc"),
        ("SOME_OTHER_VARIABLE", " sk_live_51abc"),
    ],
)
def test_with_a_live_key_around_it_refuses_to_start_and_does_not_repeat_it(name: str, value: str) -> None:
    with pytest.raises(SettingsProblem) as caught:
        SandboxSettings.read({**ENVIRON, name: value})
    assert name in str(caught.value)
    assert value.strip() not in str(caught.value)


def test_with_a_test_key_it_starts() -> None:
    settings = SandboxSettings.read({**ENVIRON, "STRIPE_SECRET_KEY": "sk_test_51abc"})
    assert settings.google_client.redirect_uris == (
        "http://localhost:8080/api/auth/callback/google",
        "http://127.0.0.1:8080/api/auth/callback/google",
    )
    assert settings.google_issuer == "http://localhost:8080/sandbox/google"


def test_stripes_webhooks_go_to_the_product_unless_told_otherwise() -> None:
    own = {name: value for name, value in ENVIRON.items() if name != "STRIPE_WEBHOOK_URL"}
    assert SandboxSettings.read(own).stripe_webhook_address == "http://localhost:8080/api/webhooks/stripe"
    elsewhere = SandboxSettings.read({**ENVIRON, "STRIPE_WEBHOOK_URL": "http://127.0.0.1:9/hook"})
    assert elsewhere.stripe_webhook_address == "http://127.0.0.1:9/hook"
    with pytest.raises(SettingsProblem, match="STRIPE_WEBHOOK_URL"):
        SandboxSettings.read({**ENVIRON, "STRIPE_WEBHOOK_URL": "nowhere"})
