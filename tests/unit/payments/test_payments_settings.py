"""Payments names everything that is wrong with Stripe's keys and addresses before it starts."""

import pytest

from services.kernel.settings import SettingsProblem
from services.payments.settings import PaymentsSettings
from tests.support.environ import environ_of
from tests.support.servers import Servers

NOWHERE = Servers(
    postgres="postgresql://postgres:pw@127.0.0.1:5/x", rabbitmq="amqp://u:p@127.0.0.1:5/x", valkey="redis://127.0.0.1:5"
)


def settings(**other: str) -> PaymentsSettings:
    return PaymentsSettings.read(environ_of(NOWHERE, "payments", **other))


def problems(**other: str) -> list[str]:
    with pytest.raises(SettingsProblem) as caught:
        settings(**other)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "points"), [("2.5", 250), ("0", 0), ("100", 10_000), ("2.55", 255), ("3", 300), ("2.500", 250)]
)
def test_the_platforms_share_in_basis_points(text: str, points: int) -> None:
    assert settings(STRIPE_PLATFORM_FEE_PERCENTAGE=text).fee_basis_points == points


def test_it_takes_two_and_a_half_per_cent_unless_told_otherwise() -> None:
    assert settings(STRIPE_PLATFORM_FEE_PERCENTAGE="").fee_basis_points == 250


@pytest.mark.parametrize("text", ["-1", "100.01", "1e1", "nan", "inf", "2,5", "2.505", "two", "٣", ".5", "2.5 %"])
def test_a_share_that_is_none_is_named(text: str) -> None:
    assert [problem.split()[0] for problem in problems(STRIPE_PLATFORM_FEE_PERCENTAGE=text)] == [
        "STRIPE_PLATFORM_FEE_PERCENTAGE"
    ]


def test_several_secrets_while_one_is_being_replaced() -> None:
    found = settings(STRIPE_WEBHOOK_SECRET="whsec_new, whsec_old", STRIPE_CONNECT_WEBHOOK_SECRET="whsec_connect")
    assert found.webhook_secrets == ("whsec_new", "whsec_old", "whsec_connect")


def test_everything_that_is_wrong_is_named_at_once_and_no_secret_shown() -> None:
    found = problems(
        STRIPE_SECRET_KEY="pk_test_swapped",
        STRIPE_PUBLISHABLE_KEY="sk_test_swapped",
        STRIPE_WEBHOOK_SECRET="whsec_good,secret",
        STRIPE_CONNECT_WEBHOOK_SECRET="",
        STRIPE_BASE_URL="localhost:8090",
        STRIPE_BROWSER_URL="ftp://x",
        STRIPE_PLATFORM_FEE_PERCENTAGE="many",
        STRIPE_DASHBOARD="none",
        STRIPE_ACCOUNTS_API="v3",
    )
    named = {problem.partition(" ")[0].rstrip(":") for problem in found}
    assert named == {
        "STRIPE_SECRET_KEY",
        "STRIPE_PUBLISHABLE_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "STRIPE_CONNECT_WEBHOOK_SECRET",
        "STRIPE_BASE_URL",
        "STRIPE_BROWSER_URL",
        "STRIPE_PLATFORM_FEE_PERCENTAGE",
        "STRIPE_DASHBOARD",
        "STRIPE_ACCOUNTS_API",
    }
    assert "swapped" not in str(found)
    assert len(found) == len(named)


def test_keys_of_two_modes_do_not_go_together() -> None:
    assert problems(STRIPE_SECRET_KEY="sk_live_1", STRIPE_PUBLISHABLE_KEY="pk_test_1") == [
        "STRIPE_PUBLISHABLE_KEY must be of the same mode, live or test, as STRIPE_SECRET_KEY"
    ]
