"""What is sent to Stripe, to the letter: the rules that no answer of a stand-in would tell us about."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest

from services.kernel.money import Money
from services.payments.domain.errors import PaymentRefused
from services.payments.domain.gateway import Order, Payer
from services.payments.gateways.stripe import Stripe
from services.payments.settings import PaymentsSettings
from tests.support.clock import FrozenClock
from tests.support.environ import environ_of
from tests.support.servers import Servers
from tests.unit.payments.canned import Canned, Said, error

NOWHERE = Servers(
    postgres="postgresql://postgres:pw@127.0.0.1:5/x", rabbitmq="amqp://u:p@127.0.0.1:5/x", valkey="redis://127.0.0.1:5"
)
CUSTOMER: Said = (200, {"id": "cus_1", "object": "customer"})
INTENT: Said = (
    200,
    {
        "id": "pi_1",
        "object": "payment_intent",
        "status": "requires_payment_method",
        "amount": 5000,
        "amount_received": 0,
        "currency": "nzd",
        "metadata": {},
    },
)
SESSION: Said = (
    200,
    {"id": "cs_1", "object": "checkout.session", "status": "open", "url": "https://pay", "expires_at": 1_800_000_000},
)
ACCOUNT: Said = (200, {"id": "acct_1", "object": "account"})
ADDRESS_REFUSED = error(400, code="email_invalid", param="email")


class Asked:
    """The adapter over answers that are given beforehand."""

    def __init__(self, *answers: Said, **environ: str) -> None:
        self.wire = Canned(*answers)
        settings = PaymentsSettings.read(environ_of(NOWHERE, "payments", **environ))
        self.gateway = Stripe(settings, FrozenClock(), wire=self.wire)

    @property
    def sent(self) -> list[tuple[str, dict[str, str]]]:
        """Path and parameters of each request."""
        return [(url.partition("/sandbox/stripe")[2], dict(parse_qsl(body))) for _, url, _, body in self.wire.sent]

    @property
    def keys(self) -> list[str]:
        return [headers["Idempotency-Key"] for method, _, headers, _ in self.wire.sent if method == "post"]


def order(**facts: Any) -> Order:
    given: dict[str, Any] = {
        "account_id": "acct_1",
        "amount": Money(5000, "NZD"),
        "fee": Money(125, "NZD"),
        "description": "Deposit",
        "metadata": {"tenant_id": "ten_1", "booking_id": "book_1", "payment_id": "pay_1", "kind": "deposit"},
        "payer": Payer("Jo", "jo@example.com", "+6421"),
    }
    return Order(**given | facts)


async def test_a_deposit_is_asked_for_on_the_businesss_account_with_our_own_keys() -> None:
    asked = Asked(CUSTOMER, INTENT)
    await asked.gateway.ask(order(), key="pay_1", save_card=True)
    assert [path for path, _ in asked.sent] == ["/v1/customers", "/v1/payment_intents"]
    assert asked.keys == ["pay_1:customer", "pay_1"]
    assert {headers["Stripe-Account"] for _, _, headers, _ in asked.wire.sent} == {"acct_1"}
    _, intent = asked.sent[1]
    excluded = {value for name, value in intent.items() if name.startswith("excluded_payment_method_types")}
    assert {"us_bank_account", "sepa_debit", "au_becs_debit"} < excluded
    assert "card" not in excluded
    assert {name: value for name, value in intent.items() if not name.startswith("excluded")} == {
        "amount": "5000",
        "currency": "nzd",
        "application_fee_amount": "125",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "customer": "cus_1",
        "setup_future_usage": "off_session",
        "description": "Deposit",
        "metadata[tenant_id]": "ten_1",
        "metadata[booking_id]": "book_1",
        "metadata[payment_id]": "pay_1",
        "metadata[kind]": "deposit",
    }


async def test_a_card_that_shall_not_be_kept_leaves_no_customer_behind() -> None:
    asked = Asked(INTENT)
    await asked.gateway.ask(order(), key="pay_1", save_card=False)
    [(path, sent)] = asked.sent
    assert path == "/v1/payment_intents"
    assert "customer" not in sent
    assert "setup_future_usage" not in sent
    assert "jo@example.com" not in str(sent)


async def test_no_fee_is_left_out_and_none_asked_back() -> None:
    asked = Asked(INTENT)
    await asked.gateway.ask(order(fee=Money(0, "NZD")), key="pay_1", save_card=False)
    assert "application_fee_amount" not in asked.sent[0][1]
    refund = (200, {"id": "re_1", "object": "refund", "status": "succeeded", "amount": 5000, "currency": "nzd"})
    asked = Asked(refund)
    for with_fee in (True, False):
        await asked.gateway.refund(
            "acct_1", charge_id="ch_1", amount=Money(5000, "NZD"), key="r", metadata={}, with_fee=with_fee
        )
    assert [sent.get("refund_application_fee") for _, sent in asked.sent] == ["true", None]


async def test_words_longer_than_stripe_takes_are_cut() -> None:
    asked = Asked(CUSTOMER, INTENT)
    long = order(description="d" * 2000, payer=Payer("n" * 300, "jo@example.com", "+" + "1" * 40))
    await asked.gateway.ask(long, key="pay_1", save_card=True)
    (_, customer), (_, intent) = asked.sent
    assert len(customer["name"]) == 256
    assert len(customer["phone"]) == 20
    assert len(intent["description"]) == 500


async def test_who_has_no_phone_sends_none() -> None:
    asked = Asked(CUSTOMER, INTENT)
    await asked.gateway.ask(order(payer=Payer("Jo", "jo@example.com", "")), key="pay_1", save_card=True)
    assert "phone" not in asked.sent[0][1]


@pytest.mark.parametrize("save_card", [True, False])
async def test_an_address_that_stripe_refuses_keeps_nobody_from_paying(save_card: bool) -> None:
    asked = Asked(ADDRESS_REFUSED, CUSTOMER, SESSION) if save_card else Asked(ADDRESS_REFUSED, SESSION)
    link = await asked.gateway.open_link(
        order(),
        key="pay_1",
        return_url="https://back",
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        save_card=save_card,
    )
    assert link.id == "cs_1"
    first, second = (sent for _, sent in asked.sent[:2])
    assert "jo@example.com" in first.values()
    assert "jo@example.com" not in second.values()
    # Under the first key Stripe would say no again.
    assert len(set(asked.keys)) == len(asked.keys)


async def test_another_refusal_is_handed_on() -> None:
    asked = Asked(error(400, code="amount_too_small", param="amount"))
    with pytest.raises(PaymentRefused):
        await asked.gateway.ask(order(), key="pay_1", save_card=True)
    assert len(asked.sent) == 1


async def test_a_page_to_pay_on_asks_for_exactly_what_is_due() -> None:
    asked = Asked(SESSION)
    await asked.gateway.open_link(
        order(amount=Money(5_000, "ISK"), fee=Money(125, "ISK")),
        key="pay_1",
        return_url="https://back",
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
        save_card=False,
    )
    [(_, sent)] = asked.sent
    assert sent["line_items[0][price_data][unit_amount]"] == "500000"
    assert sent["payment_intent_data[application_fee_amount]"] == "12500"
    assert sent["payment_intent_data[metadata][payment_id]"] == "pay_1"
    assert sent["adaptive_pricing[enabled]"] == "false"
    assert sent["expires_at"] == str(int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()))


@pytest.mark.parametrize("dashboard", ["express", "full"])
async def test_an_account_of_the_first_kind(dashboard: str) -> None:
    asked = Asked(ACCOUNT, STRIPE_DASHBOARD=dashboard)
    await asked.gateway.open_account(
        key="acc_1", country="NZ", email="jo@example.com", name="Joe", metadata={"tenant_id": "ten_1"}
    )
    assert asked.keys == ["acc_1"]
    assert asked.sent == [
        (
            "/v1/accounts",
            {
                "country": "NZ",
                "email": "jo@example.com",
                "controller[fees][payer]": "account",
                "controller[losses][payments]": "stripe",
                "controller[requirement_collection]": "stripe",
                "controller[stripe_dashboard][type]": dashboard,
                "capabilities[card_payments][requested]": "true",
                "capabilities[transfers][requested]": "true",
                "business_profile[name]": "Joe",
                "metadata[tenant_id]": "ten_1",
            },
        )
    ]


async def test_an_account_of_the_second_kind_is_the_same_account() -> None:
    asked = Asked((200, {"id": "acct_1", "object": "v2.core.account"}), ACCOUNT, STRIPE_ACCOUNTS_API="v2")
    found = await asked.gateway.open_account(
        key="acc_1", country="NZ", email="jo@example.com", name="Joe", metadata={"tenant_id": "ten_1"}
    )
    assert found.id == "acct_1"
    assert [url.partition("/sandbox/stripe")[2] for _, url, _, _ in asked.wire.sent] == [
        "/v2/core/accounts",
        "/v1/accounts/acct_1",
    ]
    assert asked.keys[0] == "acc_1"
    assert '"country":"NZ"' in asked.wire.sent[0][3].replace(" ", "")


async def test_a_business_with_the_full_dashboard_signs_in_at_stripes_own_address() -> None:
    asked = Asked((200, {"id": "acct_1", "object": "account", "controller": {"stripe_dashboard": {"type": "full"}}}))
    assert await asked.gateway.dashboard_url("acct_1") == "https://dashboard.stripe.com"
    assert len(asked.sent) == 1


async def test_every_page_of_a_list_is_read() -> None:
    def page(ids: list[str], *, has_more: bool) -> Said:
        lines = [
            {"id": one, "object": "refund", "status": "succeeded", "amount": 100, "currency": "nzd"} for one in ids
        ]
        return 200, {"object": "list", "data": lines, "has_more": has_more, "url": "/v1/refunds"}

    asked = Asked(page(["re_1", "re_2"], has_more=True), page(["re_3"], has_more=False))
    found = await asked.gateway.repayments("acct_1", charge_id="ch_1")
    assert [one.id for one in found] == ["re_1", "re_2", "re_3"]
    assert "starting_after=re_2" in asked.wire.sent[1][1]
    assert "limit=100" in asked.wire.sent[0][1]


async def test_the_real_stripe_is_asked_where_no_other_address_is_given() -> None:
    asked = Asked(INTENT, STRIPE_BASE_URL="")
    await asked.gateway.intent("acct_1", "pi_1")
    assert asked.wire.sent[0][1].startswith("https://api.stripe.com/v1/payment_intents/pi_1")


async def test_an_event_of_the_other_mode_is_not_ours() -> None:
    body = b'{"id":"evt_1","type":"account.updated","created":1,"livemode":%s,"data":{"object":{"id":"acct_1"}}}'
    test = Asked(INTENT).gateway
    live = Asked(INTENT, STRIPE_SECRET_KEY="sk_live_1", STRIPE_PUBLISHABLE_KEY="pk_live_1").gateway
    assert (test.told(body % b"false").is_ours, test.told(body % b"true").is_ours) == (True, False)
    assert (live.told(body % b"false").is_ours, live.told(body % b"true").is_ours) == (False, True)
