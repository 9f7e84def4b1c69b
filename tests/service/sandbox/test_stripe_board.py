"""The sandbox's page about the stand-in for Stripe: everything is there, nothing of it runs, and its buttons work."""

import pytest

from tests.service.sandbox.served import Environ
from tests.service.sandbox.stripe_at_work import Stand, at_work
from tests.support.contexts import eventually

# Stripe's own package calls its HTTP client in a way that this one is about to give up.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

NASTY = "<script>alert(1)</script>"


async def page_of(stand: Stand) -> str:
    answer = await stand.http.get(f"{stand.address}/sandbox")
    assert answer.status_code == 200
    return answer.text


async def test_payments_accounts_and_webhooks_are_shown_and_nothing_of_them_runs(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account = await stand.account(business_profile={"name": NASTY}, email="joe@example.com")
        client, on = stand.client(), {"stripe_account": account}
        intent = await client.v1.payment_intents.create_async(
            {
                "amount": 4750,
                "currency": "nzd",
                "application_fee_amount": 119,
                "description": NASTY,
                "metadata": {NASTY: NASTY},
                "payment_method": "pm_card_visa",
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "confirm": True,
            },
            on,
        )
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 2000}, on)
        html = await page_of(stand)
        assert "<script" not in html
        assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
        for fact in ("47.50 NZD", "1.19 NZD", "20.00 NZD", "partly refunded", intent.id, account, "can be paid"):
            assert fact in html
        for event in ("payment_intent.succeeded", "charge.refunded", "account.updated"):
            assert f"<strong>{event}</strong>" in html


async def test_an_event_is_sent_again_and_its_way_is_shown(environ: Environ) -> None:
    async with at_work(environ) as stand:
        await stand.account()
        (first, *_) = await stand.told(1)
        event = first.event()
        answer = await stand.http.post(f"{stand.address}/sandbox/webhooks/{event.id}/resend")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sandbox#webhooks")
        await eventually(
            lambda: [news.event().id for news in stand.news].count(event.id) == 2, "the event arrives once more"
        )

        async def both_are_shown() -> bool:
            return (await page_of(stand)).count("1 try, answer 200") >= 2

        await eventually(both_are_shown, "both ways are on the page")
        unknown = await stand.http.post(f"{stand.address}/sandbox/webhooks/evt_unknown/resend")
        assert unknown.status_code == 404


async def test_faults_are_switched_for_one_account_and_for_all(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account = await stand.account()
        faults = f"{stand.address}/sandbox/faults"
        switched = await stand.http.post(faults, data={"accountId": account, "declineAll": "1", "failNext": "2"})
        assert (switched.status_code, switched.headers["location"]) == (303, "/sandbox#faults")
        holding = await stand.control(accountId=account)
        assert (holding["declineAll"], holding["failNext"], holding["dropWebhooks"]) == (True, 2, False)
        assert f"{account}: fail the next calls: 2, decline every card" in await page_of(stand)
        # What a form leaves out is off.
        await stand.http.post(faults, data={"accountId": account, "dropWebhooks": "1"})
        holding = await stand.control(accountId=account)
        assert (holding["declineAll"], holding["failNext"], holding["dropWebhooks"]) == (False, 0, True)
        await stand.http.post(faults, data={"reset": "1"})
        assert (await stand.control(accountId=account))["dropWebhooks"] is False


@pytest.mark.parametrize("form", [{"delayMs": "soon"}, {"failNext": "-1"}, {"accountId": "acct_unknown"}])
async def test_a_switch_that_makes_no_sense_is_refused(environ: Environ, form: dict[str, str]) -> None:
    async with at_work(environ) as stand:
        answer = await stand.http.post(f"{stand.address}/sandbox/faults", data=form)
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "VALIDATION_ERROR"


async def test_another_site_switches_nothing(environ: Environ) -> None:
    async with at_work(environ) as stand:
        answer = await stand.http.post(
            f"{stand.address}/sandbox/faults", data={"declineAll": "1"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403
        assert (await stand.control())["declineAll"] is False
