"""Twilio's stand-in: texts are caught, and answered in Twilio's shapes."""

import asyncio
from typing import Any

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from services.sandbox import app as sandbox
from stack.ports import free_port
from tests.service.sandbox.served import Environ, asked, served


class Redirected(TwilioHttpClient):  # type: ignore[misc] # the package has no types
    """Twilio's own client has no option for the address, so the host is exchanged on the way."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._address), *rest, **more)


async def test_twilios_own_client_sends_a_text_that_is_caught(environ: Environ) -> None:
    own = environ("sandbox")
    account, token, number = own["TWILIO_ACCOUNT_SID"], own["TWILIO_AUTH_TOKEN"], own["TWILIO_FROM_NUMBER"]
    async with (
        served(sandbox.compose(own).asgi("serve"), free_port()) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        transport = Redirected(f"{address}/sandbox/twilio")
        twilio = Client(account, token, http_client=transport)
        sent = await asyncio.to_thread(
            twilio.messages.create, to="+64211234567", from_=number, body="Job: https://book.example.com/j/1."
        )
        assert sent.sid is not None
        assert sent.sid.startswith("SM")
        assert (sent.status, sent.num_segments, sent.to) == ("queued", "1", "+64211234567")
        fetched = await asyncio.to_thread(twilio.messages(sent.sid).fetch)
        assert (fetched.status, fetched.body) == ("delivered", sent.body)

        answer = await client.get("/sandbox/messages", params={"to": "+64211234567", "channel": "sms"})
        (message,) = answer.json()["data"]
        assert (message["id"], message["from"], message["html"]) == (sent.sid, number, "")
        assert message["links"] == ["https://book.example.com/j/1"]

        with pytest.raises(TwilioRestException) as caught:
            await asyncio.to_thread(twilio.messages.create, to="nobody", from_=number, body="Hi")
        assert (caught.value.status, caught.value.code) == (400, 21211)
        stranger = Client(account, "wrong", http_client=transport)
        with pytest.raises(TwilioRestException) as caught:
            await asyncio.to_thread(stranger.messages.create, to="+64211234567", from_=number, body="Hi")
        assert (caught.value.status, caught.value.code) == (401, 20003)
        transport.session.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/2010-04-01/Accounts/other/Messages.json", 401, 20003),
        ("GET", "/2010-04-01/Accounts/{account}/Messages/SMx.json", 404, 20404),
        ("GET", "/2010-04-01/Accounts/{account}/Messages.json", 405, 20004),
        ("DELETE", "/2010-04-01/Accounts/{account}/Messages/SMx.json", 405, 20004),
        ("GET", "/2010-04-01/Accounts/{account}/Calls.json", 404, 20404),
        ("GET", "/2010-04-01/Accounts/{account}/Messages/SMx/Media.json", 404, 20404),
        ("GET", "/2010-04-01/Accounts.json", 404, 20404),
        ("POST", "", 404, 20404),
        ("POST", "/2010-04-01/Accounts/{account}/Messages.json", 400, 20001),
    ],
)
async def test_whatever_is_wrong_is_said_as_twilio_says_it(
    environ: Environ, method: str, path: str, status: int, code: int
) -> None:
    own = environ("sandbox")
    account = own["TWILIO_ACCOUNT_SID"]
    async with asked(environ) as client:
        answer = await client.request(
            method,
            f"/sandbox/twilio{path.format(account=account)}",
            auth=(account, own["TWILIO_AUTH_TOKEN"]),
            content=b"Body=%FF%00",
        )
        assert answer.status_code == status, answer.text
        said = answer.json()
        assert set(said) == {"code", "message", "more_info", "status"}
        assert (said["status"], said["code"]) == (status, code)
