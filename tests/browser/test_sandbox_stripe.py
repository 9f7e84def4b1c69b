"""The stand-in of Stripe.js in a shop's page: cards, refusals, the bank's question, and a page that means it no good."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
import stripe
from playwright.sync_api import Browser, Page, Request, expect

from stack.home import ROOT
from tests.support.product import Product

GOOD, DECLINED, ASKED = "4242424242424242", "4000000000000002", "4000002760003184"
REFUSED: Final = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)
CONSENT: Final = "you allow this business to charge your card for future payments"

# What Stripe asks of a page's policy, and nothing more: no inline style, no inline script.
POLICY: Final = "default-src 'none'; script-src {stripe} {shop}; connect-src {stripe}; style-src {shop}"
HOSTILE: Final = """
  #card *, #card > div, body > div, input, label, button, dialog, p, form > * > * {
    all: unset !important; display: none !important; opacity: 0 !important; visibility: hidden !important;
    font-size: 0 !important; color: transparent !important; transform: scale(0) !important; pointer-events: none !important;
    position: fixed !important; left: -9999px !important; width: 0 !important; height: 0 !important;
  }
  #pay > button { all: revert !important } html { font-size: 1px; letter-spacing: 1em; direction: rtl }
"""
SHOP: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/shop.css">
<main><h1>Almost booked</h1><form id="pay"><div id="card"></div><button>Pay the deposit</button></form>
<p role="status"></p></main><script src="{script}"></script><script src="/shop.js"></script></html>"""
SHOP_SCRIPT: Final = """
const { options, secret, account, redirect, locale } = FACTS;
window.violations = [];
document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective));
window.told = [];
const stripe = Stripe('pk_test_sandbox', { stripeAccount: account, locale });
const elements = stripe.elements({ clientSecret: secret, ...options });
const element = elements.create('payment');
for (const name of ['ready', 'change', 'focus', 'blur', 'escape', 'loaderror']) {
  element.on(name, (event) => told.push([name, event]));
}
element.mount('#card');
document.querySelector('#pay').addEventListener('submit', async (event) => {
  event.preventDefault();
  window.result = await stripe.confirmPayment({
    elements, redirect, confirmParams: { return_url: `${location.origin}/back?order=7` },
  });
  document.querySelector('[role=status]').textContent = result.error?.message ?? result.paymentIntent.status;
});
"""


@dataclass(frozen=True)
class Business:
    """A connected account that can be paid, and the real package to look at it with."""

    client: stripe.StripeClient
    account: str

    def intent(self, **facts: Any) -> stripe.PaymentIntent:
        asked: Any = {"amount": 4750, "currency": "nzd", "automatic_payment_methods": {"enabled": True}, **facts}
        return self.client.v1.payment_intents.create(asked, {"stripe_account": self.account})

    def seen(self, intent: stripe.PaymentIntent) -> stripe.PaymentIntent:
        return self.client.v1.payment_intents.retrieve(intent.id, options={"stripe_account": self.account})


@pytest.fixture(scope="module")
def business(product: Product) -> Business:
    base = f"{product.url}/sandbox/stripe"
    client = stripe.StripeClient(
        "sk_test_sandbox",
        base_addresses={"api": base, "connect": base, "files": base, "meter_events": base},
        http_client=stripe.UrllibClient(),
    )
    made = client.v1.accounts.create({"country": "NZ", "email": "joe@example.com", "business_profile": {"name": "Joe"}})
    done = httpx.post(f"{base}/_complete-onboarding", json={"accountId": made.id})
    assert done.status_code == 200, done.text
    return Business(client, made.id)


Shop = Callable[..., Page]


@pytest.fixture
def shop(chromium: Browser, product: Product, business: Business) -> Iterator[Shop]:
    """Opens a page of somebody's own that takes the payment; whatever the page throws fails the test."""
    contexts = []
    thrown: list[str] = []

    def opened(
        intent: stripe.PaymentIntent,
        *,
        origin: str = product.url,
        policy: str | None = None,
        css: str = "body { margin: 1rem; font: 1rem sans-serif }",
        redirect: str = "if_required",
        locale: str = "en",
        options: dict[str, Any] | None = None,
        **context: Any,
    ) -> Page:
        held = chromium.new_context(**{"viewport": {"width": 360, "height": 740}, **context})
        contexts.append(held)
        held.set_default_timeout(15_000)
        page = held.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        facts = {
            "options": options or {},
            "secret": intent.client_secret,
            "account": business.account,
            "redirect": redirect,
            "locale": locale,
        }
        headers = {"Content-Security-Policy": policy.format(stripe=product.url, shop=origin)} if policy else {}
        bodies = {
            "shop": (SHOP.format(script=f"{product.url}/sandbox/stripe.js"), "text/html"),
            "shop.css": (css, "text/css"),
            "shop.js": (SHOP_SCRIPT.replace("FACTS", json.dumps(facts)), "text/javascript"),
            "back?order=7*": ("<h1>Welcome back</h1>", "text/html"),
        }
        for path, (body, kind) in bodies.items():
            served(page, f"{origin}/{path}", body, kind, headers)
        page.goto(f"{origin}/shop")
        expect(page.get_by_label("Card number" if locale == "en" else "Kartennummer")).to_be_visible()
        return page

    yield opened
    for held in contexts:
        held.close()
    assert thrown == []


def served(page: Page, address: str, body: str, kind: str, headers: dict[str, str]) -> None:
    page.route(address, lambda route: route.fulfill(body=body, content_type=kind, headers=headers))


def pay(page: Page, number: str, *, expiry: str = "12 / 34", cvc: str = "123") -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiration date").fill(expiry)
    page.get_by_label("Security code").fill(cvc)
    page.get_by_role("button", name="Pay the deposit").click()


def said(page: Page, words: str) -> None:
    expect(page.locator("main > [role=status]")).to_have_text(words)


def result(page: Page) -> dict[str, Any]:
    answered: dict[str, Any] = page.evaluate("result")
    return answered


def test_a_good_card_pays_and_the_page_stays_where_it_is(shop: Shop, business: Business) -> None:
    intent = business.intent(application_fee_amount=119)
    page = shop(intent)
    left: list[Request] = []
    page.on("request", lambda request: left.append(request) if request.is_navigation_request() else None)
    expect(page.get_by_text(CONSENT)).to_have_count(0)
    pay(page, GOOD)
    said(page, "succeeded")
    assert left == []
    assert result(page)["paymentIntent"]["id"] == intent.id
    seen = business.seen(intent)
    assert (seen.status, seen.amount_received, seen.application_fee_amount) == ("succeeded", 4750, 119)


def test_a_declined_card_is_told_at_the_card_and_another_one_pays(shop: Shop, business: Business) -> None:
    intent = business.intent()
    page = shop(intent)
    pay(page, DECLINED)
    said(page, "Your card was declined.")
    error = result(page)["error"]
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", "card_declined", "generic_decline")
    assert error["payment_intent"]["id"] == intent.id
    number = page.get_by_label("Card number")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert").filter(has_text="declined")).to_have_count(1)
    pay(page, GOOD)
    said(page, "succeeded")
    assert business.seen(intent).status == "succeeded"


def test_the_bank_asks_inside_the_page_and_a_yes_pays(shop: Shop, business: Business) -> None:
    intent = business.intent()
    page = shop(intent)
    pay(page, ASKED)
    dialog = page.get_by_role("dialog", name="Confirm your payment")
    expect(dialog).to_contain_text("NZ$47.50")
    expect(dialog).to_contain_text("3184")
    assert page.url.endswith("/shop")
    dialog.get_by_role("button", name="Complete authentication").click()
    said(page, "succeeded")
    expect(dialog).to_have_count(0)
    assert page.url.endswith("/shop")
    assert business.seen(intent).status == "succeeded"


def test_a_no_to_the_bank_pays_nothing_and_another_card_can(shop: Shop, business: Business) -> None:
    intent = business.intent()
    page = shop(intent)
    pay(page, ASKED)
    page.get_by_role("dialog").get_by_role("button", name="Fail authentication").click()
    said(page, REFUSED)
    assert result(page)["error"]["code"] == "payment_intent_authentication_failure"
    assert business.seen(intent).status == "requires_payment_method"
    pay(page, GOOD)
    said(page, "succeeded")


def test_the_dialog_keeps_the_keyboard_and_to_leave_it_is_a_no(shop: Shop, business: Business) -> None:
    page = shop(business.intent())
    pay(page, ASKED)
    expect(page.get_by_role("dialog")).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        # Past its last button the browser's own controls have a turn; the page behind never has.
        assert page.evaluate("document.activeElement.matches('body, .SimulatedChallenge')")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Pay the deposit")).to_be_focused()
    said(page, REFUSED)


def test_a_redirect_takes_the_outcome_along(shop: Shop, business: Business) -> None:
    intent = business.intent()
    page = shop(intent, redirect="always")
    pay(page, GOOD)
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    for part in ("order=7", f"payment_intent={intent.id}", f"{intent.client_secret}", "redirect_status=succeeded"):
        assert part in page.url


def test_a_hostile_style_sheet_reaches_neither_the_form_nor_the_dialog(shop: Shop, business: Business) -> None:
    page = shop(business.intent(), css=HOSTILE)
    number = page.get_by_label("Card number")
    box = number.bounding_box()
    assert box is not None
    assert box["width"] > 250
    assert 40 <= box["height"] <= 60
    style = "element => { const { fontSize, color, direction } = getComputedStyle(element); return { fontSize, color, direction } }"
    assert number.evaluate(style) == {"fontSize": "16px", "color": "rgb(48, 49, 61)", "direction": "ltr"}
    pay(page, ASKED)
    page.get_by_role("button", name="Complete authentication").click()
    page.wait_for_function("window.result?.paymentIntent?.status === 'succeeded'")


def test_it_needs_no_more_of_a_policy_than_stripe_does(shop: Shop, business: Business, product: Product) -> None:
    """From another origin as well, as it is with Stripe."""
    port = product.url.rsplit(":", 1)[1]
    here = product.url.split("//")[1].split(":")[0]
    origin = f"http://{'127.0.0.1' if here == 'localhost' else 'localhost'}:{port}"
    # The shop's page comes from no real address, and then a browser asks before it speaks to this machine.
    allowed = ["local-network-access"]
    page = shop(business.intent(), origin=origin, policy=POLICY, css="body { margin: 1rem }", permissions=allowed)
    assert page.get_by_label("Card number").evaluate("element => getComputedStyle(element).borderRadius") == "6px"
    pay(page, ASKED)
    page.get_by_role("button", name="Complete authentication").click()
    said(page, "succeeded")
    assert page.evaluate("violations") == []


def test_the_keyboard_is_enough_for_a_card_that_is_kept(shop: Shop, business: Business) -> None:
    page = shop(business.intent(setup_future_usage="off_session"))
    expect(page.get_by_text(CONSENT)).to_be_visible()
    page.locator("body").press("Tab")
    expect(page.get_by_label("Card number")).to_be_focused()
    page.keyboard.type("4242424242424242")
    page.keyboard.press("Tab")
    page.keyboard.type("1234")
    page.keyboard.press("Tab")
    page.keyboard.type("123")
    expect(page.get_by_label("Card number")).to_have_value("4242 4242 4242 4242")
    expect(page.get_by_label("Expiration date")).to_have_value("12 / 34")
    page.keyboard.press("Enter")
    said(page, "succeeded")
    names = [name for name, _ in page.evaluate("told")]
    assert names[:2] == ["ready", "focus"]
    assert page.evaluate("told.filter(([name]) => name === 'change').at(-1)[1].complete") is True


def test_a_correction_in_the_middle_keeps_its_place(shop: Shop, business: Business) -> None:
    page = shop(business.intent())
    number = page.get_by_label("Card number")
    number.press_sequentially("424242424242424")
    number.evaluate("input => input.setSelectionRange(5, 5)")
    page.keyboard.type("9")
    expect(number).to_have_value("4242 9424 2424 2424")
    assert number.evaluate("input => input.selectionStart") == 6
    page.keyboard.press("Backspace")
    expect(number).to_have_value("4242 4242 4242 424")
    # The gap is none of its characters.
    page.keyboard.press("Backspace")
    expect(number).to_have_value("4244 2424 2424 24")


def test_every_field_says_what_is_wrong_with_it(shop: Shop, business: Business) -> None:
    page = shop(business.intent())
    pay(page, "4242424242424241", expiry="01/20", cvc="1")
    for words in (
        "Your card number is invalid.",
        "Your card’s expiration year is in the past.",  # noqa: RUF001 - an apostrophe
        "Your card’s security code is incomplete.",  # noqa: RUF001 - an apostrophe
    ):
        expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    for label in ("Card number", "Expiration date", "Security code"):
        expect(page.get_by_label(label)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Card number")).to_be_focused()
    error = result(page)["error"]
    assert (error["type"], error["code"]) == ("validation_error", "invalid_number")
    page.get_by_role("button", name="Succeeds").click()
    expect(page.get_by_role("alert").filter(has_text="Your card")).to_have_count(0)


def test_it_takes_over_the_pages_look_and_language(shop: Shop, business: Business) -> None:
    look = {"theme": "night", "variables": {"colorPrimary": "#ffcc00", "borderRadius": "14px", "fontFamily": "serif"}}
    page = shop(business.intent(), locale="de-AT", options={"appearance": look})
    number = page.get_by_label("Kartennummer")
    style = "element => { const { borderRadius, fontFamily, color } = getComputedStyle(element); return [borderRadius, fontFamily, color] }"
    assert number.evaluate(style) == ["14px", "serif", "rgb(255, 255, 255)"]
    page.get_by_role("button", name="Bank fragt nach").click()
    page.get_by_role("button", name="Pay the deposit").click()
    dialog = page.get_by_role("dialog", name="Bestätigen Sie Ihre Zahlung")
    expect(dialog).to_contain_text("47,50")
    yes = dialog.get_by_role("button", name="Bestätigen")
    assert yes.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 204, 0)"
    # Dark ink on a bright colour, though nobody said which.
    assert yes.evaluate("e => getComputedStyle(e).color") == "rgb(17, 17, 17)"


def test_a_page_that_makes_the_intent_late_is_held_to_stripes_order(shop: Shop, business: Business) -> None:
    page = shop(business.intent())
    late = business.intent()
    page.evaluate(
        """account => {
          document.querySelector('#card').replaceChildren();
          window.late = Stripe('pk_test_sandbox', { stripeAccount: account, locale: 'en' });
          window.group = late.elements({ mode: 'payment', amount: 4750, currency: 'nzd' });
          group.create('payment').mount('#card');
        }""",
        business.account,
    )
    page.get_by_role("button", name="Succeeds").click()
    confirm = """secret => late.confirmPayment({ elements: group, clientSecret: secret, redirect: 'if_required' })
      .then(({ paymentIntent }) => paymentIntent.status, ({ name }) => name)"""
    assert page.evaluate(confirm, late.client_secret) == "IntegrationError"
    assert page.evaluate("group.submit()") == {"selectedPaymentMethod": "card"}
    page.evaluate("group.update({ amount: 4751 })")
    assert page.evaluate(confirm, late.client_secret) == "IntegrationError"
    page.evaluate("group.update({ amount: 4750 })")
    assert page.evaluate(confirm, late.client_secret) == "succeeded"


def test_an_intent_that_cannot_be_paid_is_said_at_once(shop: Shop, business: Business) -> None:
    page = shop(business.intent())
    over = business.intent()
    business.client.v1.payment_intents.cancel(over.id, options={"stripe_account": business.account})
    secrets = [over.client_secret, f"{over.id}_secret_wrong", f"pi_{uuid4().hex}_secret_unknown"]
    codes = page.evaluate(
        """([account, ...secrets]) => Promise.all(secrets.map((clientSecret) => new Promise((resolve) => {
          const place = document.body.appendChild(document.createElement('div'));
          const elements = Stripe('pk_test_sandbox', { stripeAccount: account }).elements({ clientSecret });
          elements.create('payment').on('loaderror', ({ error }) => resolve(error.type)).mount(place);
        })))""",
        [business.account, *secrets],
    )
    assert codes == ["invalid_request_error"] * 3
    # Nor is there anything to pay with a key that is none for pages.
    named = "key => { try { Stripe(key) } catch ({ name }) { return name } }"
    assert [page.evaluate(named, key) for key in ("", "sk_test_1", "pk_live_1")] == ["IntegrationError"] * 3


def test_stripes_own_loader_takes_it_where_it_is_there_first(shop: Shop, business: Business) -> None:
    page = shop(business.intent())
    loader = (ROOT / "node_modules/@stripe/stripe-js/dist/index.mjs").read_text(encoding="utf-8")
    page.route("**/loader.mjs", lambda route: route.fulfill(body=loader, content_type="text/javascript"))
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text))
    status = page.evaluate(
        """async ([account, clientSecret]) => {
          const { loadStripe } = await import('/loader.mjs');
          const stripe = await loadStripe('pk_test_sandbox', { stripeAccount: account });
          return (await stripe.retrievePaymentIntent(clientSecret)).paymentIntent.status;
        }""",
        [business.account, business.intent().client_secret],
    )
    assert status == "requires_payment_method"
    assert warned == []
    assert page.locator("script[src*='js.stripe.com']").count() == 0


def test_what_happened_is_shown_and_can_be_sent_again(
    shop: Shop, business: Business, chromium: Browser, product: Product
) -> None:
    words = f"<b>Deposit</b> {uuid4().hex[:8]}"
    intent = business.intent(description=words, application_fee_amount=119)
    pay_page = shop(intent)
    pay(pay_page, GOOD)
    said(pay_page, "succeeded")
    page = chromium.new_page(base_url=product.url, viewport={"width": 360, "height": 740})
    page.goto("/sandbox")
    expect(page.get_by_text("SIMULATED").first).to_be_visible()
    card = page.locator("#payments details", has_text=words)
    expect(card.get_by_text("succeeded", exact=True)).to_be_visible()
    card.locator("summary").click()
    for fact in (intent.id, business.account, "1.19 NZD", "visa •••• 4242"):
        expect(card.get_by_text(fact)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    event = page.locator("#webhooks > details", has_text="payment_intent.succeeded").filter(has_text=intent.id).first
    event.locator("summary").first.click()
    before = event.locator("ul li").count()
    event.get_by_role("button", name="Send again").click()
    event.locator("summary").first.click()
    expect(event.locator("ul li")).to_have_count(before + 1)
    page.close()


def test_a_fault_is_switched_on_for_one_business_and_off_again(
    shop: Shop, business: Business, chromium: Browser, product: Product
) -> None:
    page = chromium.new_page(base_url=product.url)
    page.goto("/sandbox")
    page.get_by_label("Whose").select_option(business.account)
    page.get_by_label("Decline every card").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#faults")).to_contain_text(f"{business.account}: decline every card")
    shop_page = shop(business.intent())
    pay(shop_page, GOOD)
    said(shop_page, "Your card was declined.")
    page.get_by_label("Whose").select_option(business.account)
    page.get_by_role("button", name="All well again").click()
    expect(page.locator("#faults")).not_to_contain_text(f"{business.account}: decline every card")
    pay(shop_page, GOOD)
    said(shop_page, "succeeded")
    page.close()


def test_a_payment_link_is_paid_on_its_own_page_once(business: Business, chromium: Browser, product: Product) -> None:
    session = business.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": f"{product.url}/sandbox?session={{CHECKOUT_SESSION_ID}}",
            "line_items": [
                {"price_data": {"currency": "nzd", "unit_amount": 12_000, "product_data": {"name": "Balance <b>"}}}
            ],
        },
        {"stripe_account": business.account},
    )
    assert session.url is not None
    assert session.url.startswith(f"{product.url}/sandbox/stripe/checkout/")
    page = chromium.new_page(viewport={"width": 360, "height": 740})
    page.goto(session.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("120.00 NZD")
    expect(page.get_by_text("Balance <b>")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.get_by_role("button", name="Asks the bank").click()
    page.get_by_role("button", name="Pay 120.00 NZD").click()
    page.get_by_role("button", name="Complete authentication").click()
    page.wait_for_url(f"{product.url}/sandbox?session={session.id}")
    seen = business.client.v1.checkout.sessions.retrieve(session.id, options={"stripe_account": business.account})
    assert (seen.status, seen.payment_status) == ("complete", "paid")
    page.goto(session.url)
    expect(page.get_by_role("heading", name="Payment complete")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    page.close()


def test_a_payment_link_that_ran_out_takes_nothing(business: Business, chromium: Browser, product: Product) -> None:
    session = business.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": f"{product.url}/sandbox",
            "line_items": [
                {"price_data": {"currency": "nzd", "unit_amount": 12_000, "product_data": {"name": "Balance"}}}
            ],
        },
        {"stripe_account": business.account},
    )
    business.client.v1.checkout.sessions.expire(session.id, options={"stripe_account": business.account})
    page = chromium.new_page()
    assert session.url is not None
    page.goto(session.url)
    expect(page.get_by_role("heading", name="This link has run out")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    unknown = page.goto(f"{product.url}/sandbox/stripe/checkout/cs_test_unknown")
    assert unknown is not None
    assert unknown.status == 404
    page.close()
