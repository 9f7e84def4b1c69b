"""Which text messages Twilio's stand-in takes, and how it counts them."""

import pytest

from services.sandbox.domain.errors import TwilioRefusal
from services.sandbox.domain.texts import checked_text, segments

OWN = "+15005550006"


def form(**changes: str) -> dict[str, str]:
    return {"To": "+64 21 123-4567", "From": OWN, "Body": "Your job is tomorrow", **changes}


def test_a_text_is_read_and_its_number_made_plain() -> None:
    text = checked_text(form(StatusCallback="https://book.example.com/hook"), own_number=OWN)
    assert (text.to, text.sender) == ("+64211234567", OWN)
    assert text.status_callback == "https://book.example.com/hook"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "0211234567"}, 21211),
        ({"To": "sam@example.com"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550009"}, 21614),
        ({"From": " "}, 21603),
        ({"From": "+64210000000"}, 21606),
        ({"Body": ""}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": "a\0b"}, 20001),
        ({"StatusCallback": "not an address"}, 21609),
        ({"StatusCallback": "https://["}, 21609),
    ],
)
def test_what_is_wrong_has_twilios_number(changes: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRefusal) as caught:
        checked_text(form(**changes), own_number=OWN)
    assert (caught.value.status, caught.value.code) == (400, code)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ō" * 70, 1),
        ("ō" * 71, 2),
        ("🔧" * 35, 1),
        ("🔧" * 36, 2),
    ],
)
def test_a_body_is_counted_as_phone_networks_count(body: str, count: int) -> None:
    assert segments(body) == count
