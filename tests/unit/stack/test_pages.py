"""The static pages as a browser gets them."""

import gzip
from pathlib import Path

import pytest

from stack.pages import Pages, taken_encodings


@pytest.fixture
def built(tmp_path: Path) -> Path:
    root = tmp_path / "pages"
    for name, text in {
        "index.html": "<h1>home</h1>",
        "dashboard/index.html": "<h1>dashboard</h1>",
        "docs/index.html": "<h1>docs</h1>",
        "assets/app-1a2b.js": "let a = 1;",
        "manifest.webmanifest": "{}",
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (root / "assets/app-1a2b.js.gz").write_bytes(gzip.compress(b"let a = 1;"))
    (root / "assets/app-1a2b.js.br").write_bytes(b"brotli bytes")
    (tmp_path / "secret.txt").write_text("not a page", encoding="utf-8")
    (root / "leak.txt").symlink_to(tmp_path / "secret.txt")
    return root


def header(pages: Pages, path: str, name: str, **asked: str) -> str | None:
    answer = pages.answer("GET", path, {key.replace("_", "-").encode(): value.encode() for key, value in asked.items()})
    return next((value.decode() for key, value in answer.headers if key == name.encode()), None)


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/", 200, b"<h1>home</h1>"),
        ("/dashboard", 200, b"<h1>dashboard</h1>"),
        ("/dashboard/bookings/book_123", 200, b"<h1>dashboard</h1>"),
        ("/docs/", 200, b"<h1>docs</h1>"),
        ("/assets/app-1a2b.js", 200, b"let a = 1;"),
    ],
)
def test_a_path_brings_its_page(built: Path, path: str, status: int, body: bytes) -> None:
    answer = Pages(built).answer("GET", path, {})
    assert (answer.status, answer.body) == (status, body)


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/dashboard/app-old.js",
        "/docs/nothing",
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/leak.txt",
        "/.git/config",
        "/\0",
        "/..\\secret.txt",
        "//etc/passwd",
    ],
)
def test_nothing_outside_the_folder_and_nothing_unknown_is_served(built: Path, path: str) -> None:
    answer = Pages(built).answer("GET", path, {})
    assert answer.status == 404
    assert b"not a page" not in answer.body


def test_hashed_files_are_kept_for_ever_and_pages_are_asked_for_again(built: Path) -> None:
    pages = Pages(built)
    assert "immutable" in (header(pages, "/assets/app-1a2b.js", "cache-control") or "")
    assert header(pages, "/", "cache-control") == "no-cache"
    assert header(pages, "/dashboard/today", "cache-control") == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_the_best_packed_form_that_the_browser_takes(built: Path, accepted: str, encoding: str | None) -> None:
    assert header(Pages(built), "/assets/app-1a2b.js", "content-encoding", accept_encoding=accepted) == encoding


def test_a_page_without_a_packed_form_goes_as_it_is(built: Path) -> None:
    answer = Pages(built).answer("GET", "/", {b"accept-encoding": b"br, gzip"})
    assert answer.body == b"<h1>home</h1>"


def test_a_known_tag_saves_the_body_and_a_changed_file_has_another(built: Path) -> None:
    pages = Pages(built)
    tag = header(pages, "/", "etag") or ""
    assert pages.answer("GET", "/", {b"if-none-match": f'"other", W/{tag}'.encode()}).status == 304
    (built / "index.html").write_text("<h1>new</h1>", encoding="utf-8")
    assert pages.answer("GET", "/", {b"if-none-match": tag.encode()}).status == 200


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/assets/app-1a2b.js", "text/javascript; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json; charset=utf-8"),
    ],
)
def test_each_file_says_what_it_is(built: Path, path: str, kind: str) -> None:
    assert header(Pages(built), path, "content-type") == kind


def test_only_reading_is_allowed(built: Path) -> None:
    answer = Pages(built).answer("POST", "/", {})
    assert answer.status == 405
    assert (b"allow", b"GET, HEAD") in answer.headers


def test_an_encoding_of_weight_nought_is_refused() -> None:
    assert taken_encodings("br;q=0, gzip; q=0.001, deflate;q=0.0") == {"gzip"}
