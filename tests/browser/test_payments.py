"""The business connects its account at Stripe's stand-in, leaves half-way, comes back, and can be paid."""

import re

from playwright.sync_api import Page, expect

from tests.support.product import Product


def test_a_tradie_connects_stripe_and_can_be_paid(product: Product, phone: Page) -> None:
    with product.client() as client:
        person = product.sign_up(client)
    signed_in = phone.request.post("/api/auth/login", data={"email": person["email"], "password": person["password"]})
    assert signed_in.ok
    phone.goto("/dashboard")
    phone.get_by_role("link", name="Set up payments").click()
    expect(phone.get_by_text("No account is connected yet")).to_be_visible()

    phone.get_by_role("button", name="Connect with Stripe").click()
    expect(phone.get_by_role("heading", name="Get paid")).to_be_visible()
    phone.get_by_role("button", name="Return without finishing").click()
    expect(phone.get_by_text("Stripe still has questions")).to_be_visible()

    phone.get_by_role("button", name="Go on at Stripe").click()
    phone.get_by_role("button", name="Complete onboarding").click()
    expect(phone).to_have_url(re.compile(r"/dashboard/stripe/complete\?success=true$"))
    expect(phone.get_by_text("Connected. Your customers can pay by card.")).to_be_visible()
    expect(phone.get_by_role("link", name="Payments")).to_have_attribute("aria-current", "page")
