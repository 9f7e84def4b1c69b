"""The pages for everybody: without script, on the smallest phone, and the docs of the running product."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.product import Product

CONTEXTS = ("auth", "catalog", "availability", "booking", "payments", "notify")


def test_the_front_page_says_it_all_without_script(product: Product, chromium: Browser) -> None:
    context = chromium.new_context(base_url=product.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("data-tradie=")).to_be_visible()
    page.get_by_role("link", name="Privacy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Privacy")
    context.close()


@pytest.mark.parametrize("path", ["/", "/docs", "/privacy", "/terms", "/dashboard/login", "/dashboard/signup"])
def test_a_page_is_never_wider_than_the_smallest_phone(phone: Page, path: str) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    phone.goto(path, wait_until="networkidle")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_docs_hold_every_context_of_the_running_product(phone: Page) -> None:
    phone.goto("/docs")
    for context in CONTEXTS:
        expect(phone.get_by_role("heading", name=context, level=2, exact=True)).to_be_visible()
    expect(phone.get_by_text("/api/auth/signup").first).to_be_visible()
    expect(phone.get_by_text("auth.tenant.registered").first).to_be_visible()
    expect(phone.get_by_text("answer right now")).to_have_count(0)


def test_a_link_to_a_call_opens_it(phone: Page) -> None:
    phone.goto("/docs#auth-post-api-auth-login")
    expect(phone.locator("#auth-post-api-auth-login")).to_have_attribute("open", "")
    expect(phone.locator("#auth-post-api-auth-login")).to_contain_text("curl -X POST")


def test_a_phone_unfolds_the_contents_and_a_choice_folds_them(phone: Page) -> None:
    phone.goto("/docs")
    errors = phone.get_by_role("link", name="Errors", exact=True)
    expect(errors).to_have_count(0)
    phone.get_by_text("Contents", exact=True).click()
    errors.click()
    expect(phone).to_have_url(re.compile("#errors$"))
    expect(errors).to_have_count(0)


def test_the_search_leaves_only_what_matches(phone: Page) -> None:
    phone.goto("/docs")
    expect(phone.locator("#auth-post-api-auth-login")).to_be_visible()
    phone.keyboard.press("/")
    phone.keyboard.type("forgot-password")
    expect(phone.locator("#auth-post-api-auth-forgot-password")).to_be_visible()
    expect(phone.locator("#auth-post-api-auth-login")).to_have_count(0)
