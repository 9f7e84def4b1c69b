import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.auth.domain import origins

OURS = frozenset({"https://book.example.com", "https://partner.example:8443"})


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/dashboard",
        "/dashboard?next=%2Fteam#top",
        "https://book.example.com/dashboard",
        "https://BOOK.example.com:443/x",
        "https://partner.example:8443/back",
    ],
)
def test_our_own_pages_and_trusted_origins_may_be_returned_to(target: str) -> None:
    assert origins.may_return_to(target, origins=OURS)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "dashboard",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "/\n/evil.example",
        " //evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://evil.example",
        "http://book.example.com",
        "https://book.example.com.evil.example",
        "https://book.example.com@evil.example",
        "https://evil.example\\@book.example.com",
        "https://user@book.example.com/",
        "https://book.example.com:444/",
        "https://book.example.com:x/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://[::1",
        "/x\r\nSet-Cookie: a=b",
        "/" + "x" * 2000,
        "/käse",
    ],
)
def test_no_trick_sends_a_browser_elsewhere(target: str) -> None:
    assert not origins.may_return_to(target, origins=OURS)


@given(st.text("/\\:@.hptse \t\n#?evil", min_size=1, max_size=12))
def test_what_is_let_through_without_an_origin_is_a_path(target: str) -> None:
    if origins.may_return_to(target, origins=frozenset()):
        assert target.startswith("/")
        assert target[1:2] not in {"/", "\\"}
        assert "\\" not in target


@pytest.mark.parametrize(
    ("asked", "public", "own"),
    [
        ("http://localhost:8080", "http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://localhost:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:9999", "http://localhost:8080", "http://localhost:8080"),
        ("http://evil.example", "https://book.example.com", "https://book.example.com"),
        ("http://localhost", "https://book.example.com", "https://book.example.com"),
        ("nonsense", "https://book.example.com", "https://book.example.com"),
    ],
)
def test_a_laptop_answers_under_both_its_names_and_nothing_else_does(asked: str, public: str, own: str) -> None:
    assert origins.own_origin(asked, public) == own
