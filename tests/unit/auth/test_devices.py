import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain import devices


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Mac"),
        (
            "Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25.0 Chrome/121.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28.1", "A program in Python"),
        ("", "Unknown device"),
        ("<script>alert(1)</script>", "Unknown device"),
    ],
)
def test_a_browser_is_told_in_plain_words(agent: str, device: str) -> None:
    assert devices.device_of(agent) == device


@given(st.text(max_size=600))
def test_nothing_of_what_a_browser_says_of_itself_is_repeated(agent: str) -> None:
    known = {*(name for name, _ in (*devices._BROWSERS, *devices._SYSTEMS)), "Unknown device"}
    assert set(devices.device_of(agent).split(" on ")) <= known


@pytest.mark.parametrize(
    ("ip", "place"),
    [
        ("127.0.0.1", "This computer"),
        ("::1", "This computer"),
        ("::ffff:127.0.0.1", "This computer"),
        ("192.168.1.20", "Private network"),
        ("10.1.2.3", "Private network"),
        ("fe80::1%eth0", "Private network"),
        ("8.8.8.8", "Network 8.8.0.0/16"),
        ("2404:6800:4006:80f::200e", "Network 2404:6800::/32"),
        (None, None),
        ("nonsense", None),
    ],
)
def test_a_place_is_as_much_as_an_address_tells(ip: str | None, place: str | None) -> None:
    assert devices.place_of(ip) == place
