"""The stand-in of Stripe.js: what it makes of a card's digits, and how it is handed out."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.testing import AsyncTestClient

from services.sandbox.api.stripe import script
from stack.browser import machine_node, wheel_node

_CARD = Path(script.__file__).parents[2] / "browser" / "card.js"


def _told(*calls: str) -> list[Any]:
    """What the expressions come to, over the functions of card.js."""
    node = machine_node() or wheel_node()
    assert node is not None, "the product's pages are built with Node, so there is one"
    program = f"import * as card from {json.dumps(_CARD.as_uri())}; console.log(JSON.stringify([{','.join(calls)}]));"
    done = subprocess.run(
        [node.binary, "--input-type=module", "--eval", program], capture_output=True, text=True, check=True, timeout=20
    )
    told: list[Any] = json.loads(done.stdout)
    return told


def test_a_number_is_grouped_as_its_brand_prints_it() -> None:
    numbers = ("4242424242424242", "378282246310005", "30569309025904", "42424", "")
    assert _told(*(f"card.groupedNumber('{number}')" for number in numbers)) == [
        "4242 4242 4242 4242",
        "3782 822463 10005",
        "3056 930902 5904",
        "4242 4",
        "",
    ]


def test_the_brand_is_known_by_the_first_digits() -> None:
    starts = ("4", "51", "2221", "2720", "2721", "34", "37", "6011", "3528", "62", "36", "9")
    assert _told(*(f"card.brandOf('{start}').name" for start in starts)) == [
        "visa",
        "mastercard",
        "mastercard",
        "mastercard",
        "unknown",
        "amex",
        "amex",
        "discover",
        "jcb",
        "unionpay",
        "diners",
        "unknown",
    ]


def test_a_number_is_short_or_wrong_or_good() -> None:
    numbers = ("4242", "4242424242424242", "4242424242424241", "378282246310005", "5555555555554444", "")
    assert _told(*(f"card.numberProblem('{number}')" for number in numbers)) == [
        "incomplete_number",
        None,
        "invalid_number",
        None,
        None,
        "incomplete_number",
    ]


def test_an_expiry_date_may_be_written_in_many_ways() -> None:
    typed = ("5", "05", "0534", "5/34", "05-2034", "1", "1/", "12", "1234", "12 / 34", "13", "12/20")
    assert _told(*(f"card.groupedExpiry('{text}')" for text in typed)) == [
        "05 / ",
        "05 / ",
        "05 / 34",
        "05 / 34",
        "05 / 34",
        "1",
        "01 / ",
        "12 / ",
        "12 / 34",
        "12 / 34",
        "01 / 3",
        "12 / 20",
    ]
    assert _told("card.groupedExpiry('12 /', true)") == ["12"]


def test_a_card_is_good_until_the_end_of_its_month() -> None:
    cases = {
        "12 / 2": "incomplete_expiry",
        "00 / 30": "invalid_expiry_month",
        "12 / 25": "invalid_expiry_year_past",
        "05 / 26": "invalid_expiry_month_past",
        "06 / 26": None,
        "01 / 27": None,
        "01 / 99": "invalid_expiry_year",
    }
    last_of_june = "new Date(2026, 5, 30)"
    told = _told(*(f"card.expiryProblem('{text}', {last_of_june})" for text in cases))
    assert told == list(cases.values())


def test_the_code_has_four_digits_on_american_express_only() -> None:
    asked = (("123", "4242"), ("1234", "4242"), ("123", "3782"), ("1234", "3782"))
    assert _told(*(f"card.cvcProblem('{cvc}', '{number}')" for cvc, number in asked)) == [
        None,
        "incomplete_cvc",
        "incomplete_cvc",
        None,
    ]


def test_the_parts_become_one_script_that_says_what_it_is() -> None:
    assert script.SCRIPT.startswith("/* SIMULATED")
    assert not re.search(r"^(import|export)\b", script.SCRIPT, re.MULTILINE)
    assert "window.Stripe ??= Stripe" in script.SCRIPT


async def test_it_is_sent_once_and_then_only_when_it_has_changed() -> None:
    async with AsyncTestClient(Litestar(script.ROUTES)) as client:
        first = await client.get("/sandbox/stripe.js")
        assert (first.status_code, first.text) == (200, script.SCRIPT)
        assert first.headers["content-type"] == "text/javascript; charset=utf-8"
        assert first.headers["access-control-allow-origin"] == "*"
        again = await client.get("/sandbox/stripe.js", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
