"""The dashboard as a tradie meets it, on a phone: from signing up to a second factor."""

import base64
import hmac
import re
import struct
import time

from playwright.sync_api import Page, Request, expect

from tests.support.product import PASSWORD, Product, fresh_address


def test_a_tradie_signs_up_verifies_and_reaches_the_dashboard(product: Product, phone: Page) -> None:
    address = fresh_address()
    fill_sign_up(phone, address)
    phone.get_by_role("button", name="Create account").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Check your mail")
    expect(phone.get_by_text(address)).to_be_visible()

    phone.goto(product.awaited_message(address, "Verify")["links"][0])
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your e-mail is verified")
    assert "token" not in phone.url

    phone.get_by_role("link", name="Log in").click()
    log_in(phone, address)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Hello, Mere")
    expect(phone.get_by_text(re.compile("/book/harakeke-electrical"))).to_be_visible()

    phone.get_by_role("button", name="Log out").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Log in")
    phone.goto("/dashboard/team")
    expect(phone).to_have_url(re.compile(r"/dashboard/login\?next="))


def test_what_is_wrong_stands_at_its_field_and_the_first_gets_the_focus(phone: Page) -> None:
    phone.goto("/dashboard/signup")
    phone.get_by_role("button", name="Create account").click()
    expect(phone.get_by_label("Business name")).to_be_focused()
    expect(phone.get_by_text("E-mail is missing.")).to_be_visible()
    phone.get_by_label("E-mail").fill("m")
    expect(phone.get_by_text("E-mail is missing.")).to_have_count(0)
    expect(phone.get_by_text("Your name is missing.")).to_be_visible()
    expect(phone.get_by_label("E-mail")).to_be_focused()

    # The browser can't know that this one is common: the server says so.
    fill_sign_up(phone, fresh_address(), password="password12")
    phone.get_by_role("button", name="Create account").click()
    password = phone.get_by_label("Password", exact=True)
    expect(password).to_be_focused()
    expect(password).to_have_attribute("aria-invalid", "true")


def test_what_got_no_answer_is_sent_again_under_the_same_key(phone: Page) -> None:
    keys: list[str] = []

    def remember(request: Request) -> None:
        if request.url.endswith("/api/auth/signup"):
            keys.append(request.headers["idempotency-key"])

    phone.on("request", remember)
    fill_sign_up(phone, fresh_address())
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Create account").click()
    expect(phone.get_by_role("alert").filter(has_text="No answer came")).to_be_visible()

    phone.context.set_offline(False)
    phone.get_by_role("button", name="Create account").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Check your mail")
    assert len(keys) == 2
    assert len({*keys}) == 1


def test_before_verification_the_log_in_offers_the_mail_again(product: Product, phone: Page) -> None:
    address = fresh_address()
    fill_sign_up(phone, address)
    phone.get_by_role("button", name="Create account").click()
    product.awaited_message(address, "Verify")
    phone.goto("/dashboard/login")
    log_in(phone, address)
    phone.get_by_role("button", name="Send the mail again").click()
    expect(phone.get_by_text("Sent. Look in your inbox")).to_be_visible()


def test_a_second_factor_is_set_up_and_then_asked_for(product: Product, phone: Page) -> None:
    with product.client() as client:
        person = product.sign_up(client)
    phone.goto("/dashboard/login?next=/dashboard/security")
    log_in(phone, person["email"])
    phone.get_by_role("button", name="Turn on").click()
    expect(phone.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    address = phone.get_by_role("link", name="Open it there").get_attribute("href") or ""
    phone.get_by_label("Code", exact=True).fill(code_of(address))
    phone.get_by_role("button", name="Confirm").click()
    # Until then the only block of letters is the secret.
    expect(phone.get_by_text("Keep these recovery codes")).to_be_visible()
    recovery = phone.locator("pre").inner_text().splitlines()
    expect(phone.get_by_text("On", exact=True)).to_be_visible()
    phone.get_by_role("button", name="I have kept them").click()
    expect(phone.get_by_text("The second factor is on.")).to_be_visible()

    phone.get_by_role("button", name="Log out", exact=True).click()
    log_in(phone, person["email"])
    expect(phone.get_by_role("heading", level=1)).to_have_text("One more step")
    phone.get_by_label("Code", exact=True).fill("not-a-code")
    phone.get_by_role("button", name="Log in").click()
    expect(phone.get_by_label("Code", exact=True)).to_have_attribute("aria-invalid", "true")
    phone.get_by_label("Code", exact=True).fill(recovery[0])
    # The complaint goes away, and the button moves up: who clicks before hits nothing.
    expect(phone.get_by_label("Code", exact=True)).not_to_have_attribute("aria-invalid", "true")
    phone.get_by_role("button", name="Log in").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(re.compile("Hello"))


def test_a_log_in_leads_to_no_foreign_site(product: Product, phone: Page) -> None:
    with product.client() as client:
        person = product.sign_up(client)
    for elsewhere in ("https://elsewhere.example", "//elsewhere.example", "/dashboardless"):
        phone.context.clear_cookies()
        phone.goto(f"/dashboard/login?next={elsewhere}")
        log_in(phone, person["email"])
        expect(phone).to_have_url(re.compile(r"^http://(localhost|127\.0\.0\.1):\d+/dashboard$"))


def fill_sign_up(page: Page, address: str, password: str = PASSWORD) -> None:
    page.goto("/dashboard/signup")
    page.get_by_label("Business name").fill("Harakeke Electrical")
    page.get_by_label("Your name").fill("Mere Tūhoe")
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(password)


def log_in(page: Page, address: str, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def code_of(address: str) -> str:
    """What an authenticator shows now for an otpauth:// address (RFC 6238, six digits, thirty seconds)."""
    found = re.search(r"[?&]secret=([A-Z2-7]+)", address)
    assert found, address
    secret = base64.b32decode(found[1] + "=" * (-len(found[1]) % 8))
    digest = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
