"""Resend's stand-in: mails are caught, keys honoured, faults met, all in Resend's shapes."""

import asyncio
from typing import Any

import httpx
import pytest
import resend

from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.sandbox.served import Environ, asked, served

KEY = {"Authorization": "Bearer re_test"}
MAIL = {
    "from": "Joe <joe@example.com>",
    "to": ["Sam+Jobs@Example.com", "ann@example.com"],
    "bcc": "archive@example.com",
    "subject": "Hello",
    "html": '<p><a href="https://book.example.com/a?token=1&amp;b=2">Go</a></p>',
    "text": "https://book.example.com/a?token=1&b=2 and https://book.example.com/more.",
}


def in_resends_shape(answer: httpx.Response, status: int, name: str) -> None:
    assert answer.status_code == status, answer.text
    said = answer.json()
    assert set(said) == {"statusCode", "name", "message"}
    assert (said["statusCode"], said["name"]) == (status, name)


async def caught(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    answer = await client.get("/sandbox/messages", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_a_mail_is_caught_and_told_as_json(environ: Environ) -> None:
    async with asked(environ) as client:
        answer = await client.post("/sandbox/resend/emails", json=MAIL, headers=KEY)
        assert answer.status_code == 200
        (message,) = await caught(client, to="sam+jobs@example.COM")
        assert message["id"] == answer.json()["id"]
        assert (message["channel"], message["to"], message["from"]) == ("email", MAIL["to"][0], MAIL["from"])
        assert message["recipients"] == MAIL["to"]
        assert (message["subject"], message["html"], message["text"]) == ("Hello", MAIL["html"], MAIL["text"])
        assert message["links"] == ["https://book.example.com/a?token=1&b=2", "https://book.example.com/more"]
        assert message["sentAt"].endswith(("Z", "+00:00"))
        shown = (await client.get(f"/sandbox/resend/emails/{message['id']}", headers=KEY)).json()
        assert (shown["object"], shown["to"], shown["last_event"]) == ("email", MAIL["to"], "delivered")


async def test_messages_are_found_by_anybody_who_gets_them_and_by_nobody_else(environ: Environ) -> None:
    async with asked(environ) as client:
        await client.post("/sandbox/resend/emails", json=MAIL, headers=KEY)
        for to in ("sam+jobs@example.com", "sam jobs@example.com", "ANN@example.com", "archive@example.com"):
            assert len(await caught(client, to=to)) == 1, to
        assert await caught(client, to="am+jobs@example.com") == []
        assert await caught(client, to="%") == []
        assert await caught(client, to=MAIL["to"][0], channel="sms") == []


async def test_messages_come_newest_first_and_by_the_page(environ: Environ) -> None:
    async with asked(environ) as client:
        batch = [{**MAIL, "subject": f"Number {number}"} for number in range(5)]
        answer = await client.post("/sandbox/resend/emails/batch", json=batch, headers=KEY)
        email_ids = [entry["id"] for entry in answer.json()["data"]]
        assert [message["id"] for message in await caught(client)] == email_ids[::-1]
        page = (await client.get("/sandbox/messages", params={"limit": 2, "page": 2})).json()
        assert [message["subject"] for message in page["data"]] == ["Number 2", "Number 1"]
        assert page["meta"] == {"page": 2, "limit": 2, "total": 5}


async def test_a_bad_question_is_answered_in_the_envelope(environ: Environ) -> None:
    async with asked(environ) as client:
        answer = await client.get("/sandbox/messages", params={"limit": 101, "channel": "fax", "page": "one"})
        assert answer.status_code == 400
        assert set(answer.json()["error"]["details"]) == {"limit", "channel", "page"}


async def test_the_same_key_with_the_same_body_gets_the_same_id_and_one_mail(environ: Environ) -> None:
    async with asked(environ) as client:
        headers = KEY | {"Idempotency-Key": "msg_1"}

        async def send() -> str:
            answer = await client.post("/sandbox/resend/emails", json=MAIL, headers=headers)
            assert answer.status_code == 200
            return str(answer.json()["id"])

        email_ids = set(await asyncio.gather(*(send() for _ in range(20))))
        assert len(email_ids) == 1
        assert len(await caught(client)) == 1
        other = await client.post("/sandbox/resend/emails", json={**MAIL, "subject": "Other"}, headers=headers)
        in_resends_shape(other, 409, "invalid_idempotent_request")
        stranger = {"Authorization": "Bearer re_other", "Idempotency-Key": "msg_1"}
        assert (await client.post("/sandbox/resend/emails", json=MAIL, headers=stranger)).json()["id"] not in email_ids


async def test_a_refused_mail_leaves_its_key_free(environ: Environ) -> None:
    async with asked(environ) as client:
        headers = KEY | {"Idempotency-Key": "msg_1"}
        bad = await client.post("/sandbox/resend/emails", json={**MAIL, "to": "broken"}, headers=headers)
        in_resends_shape(bad, 422, "validation_error")
        assert (await client.post("/sandbox/resend/emails", json=MAIL, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("call", "headers", "body", "said"),
    [
        ("POST /emails", {}, b"{}", (401, "missing_api_key")),
        ("POST /emails", {"Authorization": "Basic re_test"}, b"{}", (401, "missing_api_key")),
        ("POST /emails", {"Authorization": "Bearer sk_test"}, b"{}", (403, "invalid_api_key")),
        ("POST /emails", KEY, b"{", (400, "validation_error")),
        ("POST /emails", KEY, b"\xff", (400, "validation_error")),
        ("POST /emails", KEY, b"[" * 5000, (400, "validation_error")),
        ("POST /emails", KEY, b"{}", (422, "missing_required_field")),
        ("POST /emails/batch", KEY, b"{}", (422, "validation_error")),
        ("POST /emails", KEY | {"Idempotency-Key": "k" * 257}, b"{}", (400, "invalid_idempotency_key")),
        ("GET /emails/unknown", KEY, b"", (404, "not_found")),
        ("GET /emails", KEY, b"", (405, "method_not_allowed")),
        ("DELETE /emails/batch", KEY, b"", (405, "method_not_allowed")),
        ("PATCH /emails/some", KEY, b"", (405, "method_not_allowed")),
        ("GET /domains/of/mine", KEY, b"", (404, "not_found")),
        ("GET /emails/batch/more", KEY, b"", (404, "not_found")),
        ("GET ", KEY, b"", (404, "not_found")),
    ],
)
async def test_whatever_is_wrong_is_said_as_resend_says_it(
    environ: Environ, call: str, headers: dict[str, str], body: bytes, said: tuple[int, str]
) -> None:
    async with asked(environ) as client:
        method, _, path = call.partition(" ")
        answer = await client.request(method, f"/sandbox/resend{path}", headers=headers, content=body)
        in_resends_shape(answer, *said)
        assert await caught(client) == []


async def test_faults_on_demand_are_met_once_each(environ: Environ) -> None:
    async with asked(environ) as client:

        async def control(**wanted: Any) -> Any:
            return (await client.post("/sandbox/resend/_control", json=wanted)).json()

        async def send() -> int:
            return (await client.post("/sandbox/resend/emails", json=MAIL, headers=KEY)).status_code

        assert (await control(failNext=2))["data"] == {"failNext": 2, "loseAnswers": 0, "delayMs": 0}
        assert [await send() for _ in range(3)] == [500, 500, 200]
        assert len(await caught(client)) == 1
        await control(loseAnswers=1)
        assert [await send() for _ in range(2)] == [500, 200]
        assert len(await caught(client)) == 3
        assert (await control(delayMs=200))["data"]["delayMs"] == 200
        began = asyncio.get_running_loop().time()
        assert await send() == 200
        assert asyncio.get_running_loop().time() - began >= 0.2
        assert (await control(reset=True))["data"] == {"failNext": 0, "loseAnswers": 0, "delayMs": 0}
        refused = await control(failNext=-1, delayMs="slow", other=1)
        assert set(refused["error"]["details"]) == {"failNext", "delayMs", "other"}


async def test_a_restart_forgets_nothing(environ: Environ) -> None:
    headers = KEY | {"Idempotency-Key": "msg_1"}
    async with asked(environ) as client:
        first = await client.post("/sandbox/resend/emails", json=MAIL, headers=headers)
    async with asked(environ) as client:
        again = await client.post("/sandbox/resend/emails", json=MAIL, headers=headers)
        assert again.json() == first.json()
        assert len(await caught(client)) == 1


async def test_resends_own_client_is_served(environ: Environ, monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(sandbox.compose(environ("sandbox")).asgi("serve"), free_port()) as address:
        monkeypatch.setattr(resend, "api_url", f"{address}/sandbox/resend")
        monkeypatch.setattr(resend, "api_key", "re_test")
        mail: resend.Emails.SendParams = {
            "from": "Joe <joe@example.com>",
            "to": "sam@example.com",
            "subject": "Hello",
            "text": "Hi",
            "tags": [{"name": "kind", "value": "test"}],
            "attachments": [{"filename": "a.txt", "content": list(b"12345")}],
        }
        options: resend.Emails.SendOptions = {"idempotency_key": "msg_2"}
        first = await asyncio.to_thread(resend.Emails.send, mail, options)
        again = await asyncio.to_thread(resend.Emails.send, mail, options)
        assert first["id"] == again["id"]
        shown = await asyncio.to_thread(resend.Emails.get, first["id"])
        assert (shown["to"], shown["subject"]) == (["sam@example.com"], "Hello")
        with pytest.raises(resend.exceptions.ValidationError):
            await asyncio.to_thread(resend.Emails.send, {**mail, "to": "broken"})
