"""The committed description of Stripe is the installed package's, and holds all that the product could ask for."""

import gzip

import pytest
import stripe

from services.sandbox.domain.stripe.description import description
from services.sandbox.domain.stripe.description.derive import FILE, derived, written

NEEDED = {
    "GET /v1/account",
    "GET /v1/accounts",
    "POST /v1/accounts",
    "GET /v1/accounts/{account}",
    "POST /v1/accounts/{account}",
    "DELETE /v1/accounts/{account}",
    "POST /v1/accounts/{account}/login_links",
    "POST /v1/account_links",
    "GET /v1/application_fees",
    "GET /v1/application_fees/{id}",
    "POST /v1/application_fees/{id}/refunds",
    "GET /v1/balance",
    "GET /v1/balance_transactions",
    "GET /v1/balance_transactions/{id}",
    "GET /v1/charges",
    "GET /v1/charges/{charge}",
    "GET /v1/checkout/sessions",
    "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions/{session}",
    "POST /v1/checkout/sessions/{session}/expire",
    "POST /v1/customers",
    "GET /v1/customers/{customer}",
    "POST /v1/customers/{customer}",
    "GET /v1/customers/{customer}/payment_methods",
    "GET /v1/disputes",
    "GET /v1/disputes/{dispute}",
    "POST /v1/disputes/{dispute}",
    "POST /v1/disputes/{dispute}/close",
    "GET /v1/events",
    "GET /v1/events/{id}",
    "GET /v1/payment_intents",
    "POST /v1/payment_intents",
    "GET /v1/payment_intents/{intent}",
    "POST /v1/payment_intents/{intent}",
    "POST /v1/payment_intents/{intent}/cancel",
    "POST /v1/payment_intents/{intent}/capture",
    "POST /v1/payment_intents/{intent}/confirm",
    "POST /v1/payment_methods",
    "GET /v1/payment_methods/{payment_method}",
    "POST /v1/payment_methods/{payment_method}/attach",
    "POST /v1/payment_methods/{payment_method}/detach",
    "POST /v1/payment_method_domains",
    "GET /v1/payouts",
    "GET /v1/payouts/{payout}",
    "GET /v1/refunds",
    "POST /v1/refunds",
    "GET /v1/refunds/{refund}",
    "POST /v1/refunds/{refund}",
    "POST /v1/refunds/{refund}/cancel",
    "POST /v1/setup_intents",
    "GET /v1/setup_intents/{intent}",
    "POST /v1/setup_intents/{intent}/confirm",
    "POST /v1/setup_intents/{intent}/cancel",
    "POST /v2/core/accounts",
    "POST /v2/core/account_links",
}
SHOWN = (
    *("account", "account_link", "application", "application_fee", "balance", "balance_transaction", "charge"),
    *("checkout.session", "customer", "dispute", "event", "fee_refund", "login_link", "payment_intent"),
    *("payment_method", "payout", "refund", "setup_intent"),
)


def test_deriving_it_again_gives_exactly_the_committed_file() -> None:
    # How the same text is packed may differ from one zlib to the next; what is in it may not.
    assert written(derived()) == gzip.decompress(FILE.read_bytes()), (
        "run: python -m services.sandbox.domain.stripe.description.derive"
    )


def test_it_is_the_version_that_the_package_sends() -> None:
    assert description().version == stripe.api_version


def test_every_operation_that_could_be_needed_is_in_it() -> None:
    assert NEEDED - description().operations == set()


def test_it_stays_small() -> None:
    assert FILE.stat().st_size < 150_000


@pytest.mark.parametrize("kind", SHOWN)
def test_a_blank_object_is_one_that_stripe_could_show(kind: str) -> None:
    blank = description().blank(kind)
    assert description().problems_of(kind, blank) == []
    assert blank["object"] == kind


def test_a_blank_object_lets_what_stripe_leaves_out_be_absent() -> None:
    card = description().blank("payment_method", id="pm_1", type="card")
    assert "sepa_debit" not in card
    assert "card" not in card
    assert "charges" not in description().blank("payment_intent")
    assert "account" not in description().blank("event")
    assert description().blank("payment_intent.next_action", type="use_stripe_sdk") == {"type": "use_stripe_sdk"}


def test_a_blank_object_knows_only_fields_of_its_kind() -> None:
    with pytest.raises(KeyError, match="payment_intent has no charges"):
        description().blank("payment_intent", charges=[])
    with pytest.raises(KeyError, match="there is no nonsense"):
        description().blank("nonsense")


def test_two_blanks_share_nothing() -> None:
    first, second = description().blank("charge"), description().blank("charge")
    first["billing_details"]["email"] = "somebody@example.com"
    assert second["billing_details"]["email"] is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"amount": "5000"}, "amount is '5000' and no integer"),
        ({"amount": True}, "amount is True and no integer"),
        ({"amount": None}, "amount is null, which it never is"),
        ({"status": "paid"}, "status is 'paid', which is no word for it"),
        ({"charges": {}}, "charges is not known"),
        ({"metadata": {"a": 1}}, "metadata.a is 1 and no string"),
        ({"next_action": {}}, "next_action.type is missing"),
        ({"payment_method_types": "card"}, "payment_method_types is no list"),
        ({"latest_charge": {"object": "charge", "id": "ch_1"}}, "latest_charge.amount is missing"),
    ],
)
def test_what_stripe_would_never_show_is_told(change: dict[str, object], sentence: str) -> None:
    shown = {**description().blank("payment_intent"), **change}
    assert sentence in description().problems_of("payment_intent", shown)


def test_an_object_without_a_key_that_is_always_there_is_told() -> None:
    shown = description().blank("refund")
    del shown["amount"]
    assert description().problems_of("refund", shown) == ["amount is missing"]


def test_an_event_is_checked_with_what_it_carries() -> None:
    about = {**description().blank("payment_intent"), "status": "paid"}
    event = description().blank("event", type="payment_intent.succeeded", data={"object": about})
    assert description().problems_of_event(event) == ["data.object.status is 'paid', which is no word for it"]
    event["type"] = "payment_intent.paid"
    assert "type is 'payment_intent.paid', which is no word for it" in description().problems_of_event(event)


def test_an_update_that_does_not_say_what_changed_is_told() -> None:
    event = description().blank("event", type="account.updated", data={"object": description().blank("account")})
    assert description().problems_of_event(event) == [
        "data.previous_attributes is missing: something was updated",
    ]
