"""What needs all of it running, and a real browser in front of it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.product import Product
from tests.system.conftest import product

__all__ = ["product"]

# Two workers and the whole product share two cores.
PATIENCE_MS = 15_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium. It lives no longer than a file of tests: Playwright holds the thread's event loop."""
    # Chromium's own sandbox refuses to start as root.
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser, product: Product) -> Iterator[Page]:
    """A fresh browser on a phone; whatever a page throws fails the test."""
    context = chromium.new_context(
        base_url=product.url,
        viewport={"width": 360, "height": 740},
        locale="en-NZ",
        timezone_id="Pacific/Auckland",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    yield page
    context.close()
    assert thrown == []
