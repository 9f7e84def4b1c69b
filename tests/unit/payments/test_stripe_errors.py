"""Stripe's errors become ours: each with its own kind, and none with words that are not for the customer."""

import asyncio
from typing import Any

import httpx
import pytest
import stripe

from services.kernel import errors
from services.kernel.http.envelope import refused, status_of
from services.payments.domain.breaker import PATIENCE_WITH_BROKEN, PATIENCE_WITH_SILENT, SHORTEST_PAUSE
from services.payments.domain.errors import (
    BalanceTooLow,
    CardDeclined,
    KeyRefused,
    KeyReused,
    PaymentRefused,
    PaymentServiceBusy,
    PaymentServiceUnavailable,
    PaymentsNotReady,
    RefundExceedsPayment,
)
from services.payments.gateways.stripe import declines, door
from services.payments.gateways.stripe.door import Door, Patience
from tests.unit.payments.canned import Canned, Said, client, error

UNREACHABLE = httpx.ConnectError("nobody there")
ANSWER: Said = (200, {"id": "acct_1", "object": "account"})


class Asked:
    """Stripe behind its door, with a clock for the breaker that stands still."""

    def __init__(self, *answers: Said, delay: float = 0.0) -> None:
        self.wire = Canned(*answers, delay=delay)
        self._client = client(self.wire)
        self.now = 0.0
        self._door = Door("stripe", wire=self.wire, now=lambda: self.now)

    async def __call__(self, account_id: str | None = "acct_1", *, seconds: float = 3.0, key: str | None = None) -> Any:
        return await self._door.ask(
            "accounts.create",
            lambda options: self._client.v1.accounts.create_async({}, options),
            account_id=account_id,
            key=key,
            patience=Patience(seconds),
        )


@pytest.mark.parametrize(
    ("said", "kind", "status"),
    [
        (error(402, type="card_error", code="card_declined", decline_code="insufficient_funds"), CardDeclined, 402),
        (error(402, type="card_error", code="expired_card"), CardDeclined, 402),
        (error(402, code="amount_too_small"), PaymentRefused, 400),
        (error(400, code="amount_too_small", param="amount"), PaymentRefused, 400),
        (error(400, code="parameter_unknown", param="payment_method_types[0]"), PaymentRefused, 400),
        (error(404, code="resource_missing", param="intent"), PaymentRefused, 400),
        (error(404, code="resource_missing", message="No such account: 'acct_1'"), PaymentsNotReady, 409),
        (error(400, code="account_invalid"), PaymentsNotReady, 409),
        (error(403, code="account_invalid"), PaymentsNotReady, 409),
        (error(400, message="Your account cannot currently make live charges."), PaymentsNotReady, 409),
        (error(400, message="This account cannot currently make charges."), PaymentsNotReady, 409),
        (error(400, code="charge_already_refunded"), RefundExceedsPayment, 409),
        (error(400, code="balance_insufficient"), BalanceTooLow, 409),
        (error(429, code="rate_limit"), PaymentServiceBusy, 429),
        (error(400, code="rate_limit"), PaymentServiceBusy, 429),
        (error(429, code="lock_timeout"), PaymentServiceBusy, 429),
        (error(500, type="api_error"), PaymentServiceUnavailable, 503),
        (error(501, type="api_error"), PaymentServiceUnavailable, 503),
        ((502, b"<html>Bad gateway</html>"), PaymentServiceUnavailable, 503),
        ((200, b"no JSON"), PaymentServiceUnavailable, 503),
        ((404, {"detail": "not Stripe"}), PaymentServiceUnavailable, 503),
        (UNREACHABLE, PaymentServiceUnavailable, 503),
        (httpx.ReadTimeout("too slow"), PaymentServiceUnavailable, 503),
    ],
)
async def test_every_no_of_stripes_is_a_refusal_of_ours(said: Said, kind: type[errors.Refusal], status: int) -> None:
    with pytest.raises(errors.Refusal) as caught:
        await Asked(said)()
    assert type(caught.value) is kind
    assert status_of(caught.value) == status
    # Stripe's own words are for whoever looks into the details, and never for the customer.
    assert "words of Stripe's" not in caught.value.sentence
    assert refused(caught.value).error.retryable is (status in {429, 503} or kind is BalanceTooLow)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (error(401, message="Invalid API Key provided: sk_test_****"), KeyRefused),
        (error(403, message="The provided key does not have the required permissions"), KeyRefused),
        (error(400, type="idempotency_error", message="Keys for idempotent requests can only be used…"), KeyReused),
    ],
)
async def test_a_mistake_of_ours_is_no_refusal(said: Said, kind: type[Exception]) -> None:
    with pytest.raises(kind) as caught:
        await Asked(said)()
    assert not isinstance(caught.value, errors.Refusal)


async def test_a_wrong_key_is_an_alert(caplog: pytest.LogCaptureFixture) -> None:
    before = _value(door.key_refused.labels("stripe"))
    with pytest.raises(KeyRefused):
        await Asked(error(401))()
    assert _value(door.key_refused.labels("stripe")) == before + 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_decline_carries_the_banks_code_and_a_sentence() -> None:
    with pytest.raises(CardDeclined) as caught:
        await Asked(error(402, type="card_error", code="card_declined", decline_code="insufficient_funds"))()
    assert caught.value.details == {"declineCode": "insufficient_funds"}
    assert "funds" in caught.value.sentence


async def test_a_refused_request_says_which_parameter_and_why() -> None:
    with pytest.raises(PaymentRefused) as caught:
        await Asked(error(400, code="amount_too_small", param="amount"))()
    assert caught.value.details == {"code": "amount_too_small", "param": "amount", "reason": "words of Stripe's"}
    assert "too small" in caught.value.sentence


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "merchant_blacklist"])
def test_whoever_holds_a_stolen_card_learns_nothing_from_the_sentence(code: str) -> None:
    assert declines.meaning(code, "card_declined") == declines.meaning("generic_decline", "card_declined")


def test_a_code_that_nobody_has_heard_of_is_a_plain_no() -> None:
    assert declines.meaning("brand_new_reason", "card_declined") == declines.meaning("generic_decline", None)
    assert declines.meaning(None, None) == declines.meaning("generic_decline", None)
    assert declines.meaning("brand_new_reason", "expired_card") == declines.meaning("expired_card", None)


@pytest.mark.parametrize("code", sorted(declines.KNOWN_CODES))
def test_every_code_has_a_sentence_for_a_person(code: str) -> None:
    sentence = declines.meaning(code, None).sentence
    assert sentence.endswith(".")
    assert code not in sentence
    assert "_" not in sentence


# The breaker at the door.


async def test_a_stripe_that_is_away_is_soon_not_asked_any_more() -> None:
    ask = Asked(UNREACHABLE)
    for _ in range(PATIENCE_WITH_SILENT + 10):
        with pytest.raises(PaymentServiceUnavailable):
            await ask()
    assert len(ask.wire.sent) == PATIENCE_WITH_SILENT


async def test_no_connection_to_be_had_counts_for_every_account() -> None:
    ask = Asked(UNREACHABLE)
    for number in range(PATIENCE_WITH_SILENT):
        with pytest.raises(PaymentServiceUnavailable):
            await ask(f"acct_{number}")
    with pytest.raises(PaymentServiceUnavailable):
        await ask("acct_another")
    assert len(ask.wire.sent) == PATIENCE_WITH_SILENT


async def test_what_one_accounts_questions_break_says_nothing_of_another_account() -> None:
    # Each question is put three times before it has failed.
    broken = 3 * PATIENCE_WITH_BROKEN
    ask = Asked(*[error(500, type="api_error")] * broken, ANSWER)
    for _ in range(PATIENCE_WITH_BROKEN + 1):
        with pytest.raises(PaymentServiceUnavailable):
            await ask("acct_1")
    assert len(ask.wire.sent) == broken
    assert await ask("acct_2") == {"id": "acct_1", "object": "account"}
    assert await ask(None) == {"id": "acct_1", "object": "account"}


async def test_it_is_asked_again_after_the_pause_and_then_all_is_well() -> None:
    ask = Asked(*[UNREACHABLE] * PATIENCE_WITH_SILENT, ANSWER)
    for _ in range(PATIENCE_WITH_SILENT):
        with pytest.raises(PaymentServiceUnavailable):
            await ask()
    ask.now = SHORTEST_PAUSE
    for _ in range(3):
        assert (await ask())["id"] == "acct_1"


@pytest.mark.parametrize(
    "said",
    [
        error(402, type="card_error", code="card_declined", decline_code="generic_decline"),
        error(400, code="amount_too_small"),
        error(429),
        error(403, code="account_invalid"),
        error(401),
    ],
)
async def test_a_no_never_opens_it(said: Said) -> None:
    ask = Asked(said)
    for _ in range(PATIENCE_WITH_SILENT * 3):
        with pytest.raises((errors.Refusal, KeyRefused)):
            await ask()
    assert len(ask.wire.sent) == PATIENCE_WITH_SILENT * 3


async def test_who_is_too_slow_is_given_up_in_time() -> None:
    ask = Asked(ANSWER, delay=5)
    began = asyncio.get_running_loop().time()
    with pytest.raises(PaymentServiceUnavailable):
        await ask(seconds=0.05)
    assert asyncio.get_running_loop().time() - began < 1


async def test_a_question_that_was_dropped_as_a_probe_leaves_room_for_another() -> None:
    ask = Asked(*[UNREACHABLE] * PATIENCE_WITH_SILENT, ANSWER, delay=0.05)
    for _ in range(PATIENCE_WITH_SILENT):
        with pytest.raises(PaymentServiceUnavailable):
            await ask()
    ask.now = SHORTEST_PAUSE
    probe = asyncio.create_task(ask())
    await asyncio.sleep(0.01)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    with pytest.raises(PaymentServiceUnavailable):
        await ask()
    ask.now = SHORTEST_PAUSE + 60
    assert (await ask())["id"] == "acct_1"


# Tried again at once.


@pytest.mark.parametrize("broken", [httpx.RemoteProtocolError("closed"), httpx.ReadError("reset")])
async def test_a_kept_connection_that_was_closed_costs_a_second_try_with_the_same_key(broken: Exception) -> None:
    ask = Asked(broken, ANSWER)
    assert (await ask(key="pay_1"))["id"] == "acct_1"
    assert [headers["Idempotency-Key"] for _, _, headers, _ in ask.wire.sent] == ["pay_1", "pay_1"]


@pytest.mark.parametrize("final", [UNREACHABLE, httpx.ReadTimeout("slow"), httpx.ConnectTimeout("slow")])
async def test_who_is_away_is_not_asked_twice(final: Exception) -> None:
    ask = Asked(final)
    with pytest.raises(PaymentServiceUnavailable):
        await ask()
    assert len(ask.wire.sent) == 1


async def test_the_second_of_two_at_once_with_one_key_waits_for_the_first() -> None:
    busy = error(409, type="idempotency_error", code="idempotency_key_in_use")
    ask = Asked(busy, busy, ANSWER)
    assert (await ask(key="acc_1"))["id"] == "acct_1"
    assert len(ask.wire.sent) == 3


async def test_nothing_of_former_calls_is_told_along() -> None:
    ask = Asked(ANSWER)
    await ask()
    await ask()
    assert stripe.enable_telemetry is False
    for _, _, headers, _ in ask.wire.sent:
        assert "X-Stripe-Client-Telemetry" not in headers
        assert "telemetry" not in headers["X-Stripe-Client-User-Agent"]


def _value(counter: Any) -> float:
    found: float = counter._value.get()
    return found
