"""Forms as Stripe's clients send them: typed by the description, and refused in Stripe's words."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.domain.stripe.browser import parted, widened
from services.sandbox.domain.stripe.description import description
from services.sandbox.domain.stripe.description.requests import read_form
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import StripeRefusal


def params(method: str, path: str, form: str) -> dict[str, Any]:
    found = description().operation(method, path)
    assert found is not None
    return description().params(found[0], read_form(form.encode()))


def refusal(method: str, path: str, form: str) -> dict[str, Any]:
    with pytest.raises(StripeRefusal) as caught:
        params(method, path, form)
    assert caught.value.status == 400
    assert description().problems_of("error", caught.value.body) == []
    return caught.value.error


def test_texts_become_what_the_description_says_they_are() -> None:
    assert params(
        "POST",
        "/v1/payment_intents",
        "amount=5000&currency=nzd&automatic_payment_methods[enabled]=true&metadata[booking_id]=book_1&metadata[n]=7"
        "&expand[]=latest_charge&expand[]=customer&description=For+two",
    ) == {
        "amount": 5000,
        "currency": "nzd",
        "automatic_payment_methods": {"enabled": True},
        "metadata": {"booking_id": "book_1", "n": "7"},
        "expand": ["latest_charge", "customer"],
        "description": "For two",
    }


def test_lists_may_be_numbered_as_the_python_package_does() -> None:
    lines = "".join(f"&line_items[{n}][quantity]={n}&line_items[{n}][price]=price_{n}" for n in range(11))
    made = params("POST", "/v1/checkout/sessions", f"mode=payment{lines}")
    assert [line["quantity"] for line in made["line_items"]] == list(range(11))


def test_of_several_meanings_the_one_that_fits_is_taken() -> None:
    assert params("GET", "/v1/events", "created=5")["created"] == 5
    assert params("GET", "/v1/events", "created[gte]=5")["created"] == {"gte": 5}
    once = params("POST", "/v1/payment_intents", "amount=1&currency=usd&off_session=true")
    assert once["off_session"] is True
    assert params("POST", "/v1/payment_intents/pi_1", "metadata=")["metadata"] == ""
    assert params("POST", "/v1/payment_intents/pi_1", "metadata[a]=")["metadata"] == {"a": ""}


@pytest.mark.parametrize(
    ("form", "code", "param", "message"),
    [
        ("currency=usd", "parameter_missing", "amount", "Missing required param: amount."),
        ("amount=1", "parameter_missing", "currency", "Missing required param: currency."),
        ("amount=1&currency=usd&foo=1", "parameter_unknown", "foo", "Received unknown parameter: foo"),
        ("foo=1&bar=2", "parameter_unknown", "foo", "Received unknown parameters: foo, bar"),
        (
            "amount=1&currency=usd&automatic_payment_methods[x]=1",
            "parameter_unknown",
            "automatic_payment_methods[x]",
            "Received unknown parameter: automatic_payment_methods[x]",
        ),
        ("amount=1.5&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: 1.5"),
        ("amount=ten&currency=usd", "parameter_invalid_integer", "amount", "Invalid integer: ten"),
        ("amount=9999999999999999999999&currency=usd", "parameter_invalid_integer", "amount", None),
        ("amount=&currency=usd", "parameter_invalid_empty", "amount", None),
        ("amount=1&currency=", "parameter_invalid_empty", "currency", None),
        ("amount[x]=1&currency=usd", None, "amount", None),
        ("amount=1&currency=usd&metadata=x", None, "metadata", "Invalid object"),
        ("amount=1&currency=usd&expand=x", None, "expand", "Invalid array"),
        ("amount=1&currency=usd&confirm=yes", None, "confirm", "Invalid boolean: yes"),
        (
            "amount=1&currency=usd&capture_method=later",
            None,
            "capture_method",
            "Invalid capture_method: must be one of automatic, automatic_async, or manual",
        ),
        (
            "amount=1&currency=usd&payment_method_types[]=card",
            "payment_method_types_no_longer_supported",
            "payment_method_types",
            None,
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_stripes_words(
    form: str, code: str | None, param: str, message: str | None
) -> None:
    error = refusal("POST", "/v1/payment_intents", form)
    assert error["type"] == "invalid_request_error"
    assert error.get("code") == code
    assert error["param"] == param
    if message is not None:
        assert error["message"] == message


@pytest.mark.parametrize(
    "form",
    [
        "a[b=1",
        "[a]=1",
        "a[b]c=1",
        "a=1&a[b]=2",
        "a[b]=2&a=1",
        "%ff=1",
        "a=%00",
        "a" + "[b]" * 50 + "=1",
        "a[]=1&a[]=2&a=3",
    ],
)
def test_a_form_that_cannot_be_read_is_refused(form: str) -> None:
    refusal("POST", "/v1/customers", form)


@pytest.mark.parametrize(
    ("path", "name", "longest"),
    [
        ("/v1/customers", "phone", 20),
        ("/v1/customers/cus_1", "name", 256),
        ("/v1/payment_intents/pi_1", "statement_descriptor_suffix", 22),
        ("/v1/payment_intents/pi_1", "description", 1000),
        ("/v1/checkout/sessions/cs_1", "metadata[a]", 5000),
    ],
)
def test_a_text_may_be_as_long_as_stripe_takes_it_and_no_longer(path: str, name: str, longest: int) -> None:
    params("POST", path, f"{name}={'x' * longest}")
    error = refusal("POST", path, f"{name}={'x' * (longest + 1)}")
    assert error["message"] == f"Invalid string: xxxxxxxx...xxxxxxxx; must be at most {longest} characters"
    assert error["param"] == name


_NAMES = st.sampled_from(
    ["amount", "metadata", "automatic_payment_methods", "enabled", "expand", "0", "1", "", "off_session"]
)
_KEYS = st.builds(
    lambda first, rest: first + "".join(f"[{each}]" for each in rest), _NAMES, st.lists(_NAMES, max_size=4)
)
_VALUES = st.one_of(st.sampled_from(["", "1", "-1", "true", "usd", "recurring"]), st.text(max_size=6))


@given(st.lists(st.tuples(_KEYS, _VALUES), max_size=6))
def test_whatever_is_sent_is_typed_or_refused(fields: list[tuple[str, str]]) -> None:
    with suppress(StripeRefusal):
        typed = params("POST", "/v1/payment_intents", urlencode(fields))
        assert isinstance(typed["amount"], int)
        assert all(isinstance(path, str) for path in typed.get("expand", []))


@given(st.binary(max_size=40))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    with suppress(StripeRefusal):
        assert isinstance(read_form(body), dict)


def test_a_word_in_a_path_goes_before_a_place_for_one() -> None:
    found = description().operation("GET", "/v1/payment_intents/search")
    assert found is not None
    assert found[0].name == "GET /v1/payment_intents/search"
    named = description().operation("GET", "/v1/payment_intents/pi_%2F1")
    assert named is not None
    assert named[1] == {"intent": "pi_/1"}
    assert description().operation("PUT", "/v1/payment_intents/pi_1") is None
    assert description().operation("GET", "/v1/nothing") is None


BROWSER = (
    "payment_method_data[type]=card&payment_method_data[card][number]=4242424242424242"
    "&payment_method_data[card][exp_month]=12&payment_method_data[card][exp_year]=34&payment_method_data[card][cvc]="
    "&payment_method_data[guid]=x&client_secret=pi_1_secret_2&use_stripe_sdk=true"
)


def test_a_browser_may_send_a_card_and_a_server_may_not() -> None:
    error = refusal("POST", "/v1/payment_intents/pi_1/confirm", BROWSER)
    assert error["param"].startswith(("payment_method_data", "client_secret"))
    found = description().operation("POST", "/v1/payment_intents/pi_1/confirm")
    assert found is not None
    form, account = parted(read_form(f"{BROWSER}&key=pk_test_1&_stripe_account=acct_1&_stripe_version=x".encode()))
    assert account == "acct_1"
    typed = description().params(found[0], form, schema=widened(found[0].params))
    assert typed["payment_method_data"]["card"] == {
        "number": "4242424242424242",
        "exp_month": 12,
        "exp_year": 34,
        "cvc": "",
    }
    assert typed["client_secret"] == "pi_1_secret_2"
    assert "key" not in typed


def test_metadata_is_merged_and_unset() -> None:
    held = {"a": "1", "b": "2"}
    assert merged(held, {"b": "", "c": "3"}) == {"a": "1", "c": "3"}
    assert merged(held, "") == {}
    assert merged(held, None) == held


@pytest.mark.parametrize(
    "given", [{"k" * 41: "x"}, {"k": "x" * 501}, {f"k{n}": "x" for n in range(51)}], ids=["key", "value", "count"]
)
def test_metadata_has_its_limits(given: dict[str, str]) -> None:
    with pytest.raises(StripeRefusal):
        merged({}, given)


@pytest.mark.parametrize("name", ["Zoë Müller", "毛利 蘭", "😀", "a+b & c=d%"])
def test_a_name_in_any_script_arrives_as_it_was_sent(name: str) -> None:
    assert read_form(urlencode({"name": name, "metadata[who]": name}).encode()) == {
        "name": name,
        "metadata": {"who": name},
    }
    # As some clients write it, without escapes.
    assert read_form(f"name={name.replace('&', '').replace('%', '').replace('+', '')}".encode())["name"]
