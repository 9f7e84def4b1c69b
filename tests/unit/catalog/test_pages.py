"""Catalog's own pages."""

from services.catalog.domain import pages


def test_a_name_is_shown_as_typed_and_never_run() -> None:
    page = pages.opening_soon("<script>alert(1)</script> & Söhne")
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne" in page
