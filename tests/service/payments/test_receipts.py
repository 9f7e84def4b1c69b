"""The receipt's door: for booking, and for nobody else."""

import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pypdf import PdfReader

from tests.service.payments.told import Listener, opened
from tests.support import identities
from tests.support.servers import Servers

FACTS: dict[str, Any] = {
    "businessName": "Bays Plumbing & Gas",
    "brandColor": "#0F766E",
    "locale": "en-NZ",
    "timezone": "Pacific/Auckland",
    "currency": "NZD",
    "reference": "PP-7KQ2MX",
    "serviceName": "Hot water cylinder check",
    "startsAt": "2026-12-03T21:00:00Z",
    "customerName": "Aroha Ngata",
    "customerEmail": "aroha@example.com",
    "lines": [{"kind": "deposit", "amount": 5000, "at": "2026-11-21T10:00:00Z"}],
    "issuedAt": "2026-12-05T04:00:00Z",
}


@pytest.fixture(scope="module")
async def listener(servers: Servers) -> AsyncIterator[Listener]:
    async with opened(servers, role="serve") as listener:
        yield listener


async def test_booking_gets_a_page_to_hand_on(listener: Listener) -> None:
    signed = identities.context("booking", "payments", listener.clock)
    response = await listener.client.post("/internal/receipts", json=FACTS, headers=signed)
    assert response.status_code == 200
    pdf = base64.b64decode(response.json()["data"]["pdf"], validate=True)
    assert "$50.00" in PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


async def test_nobody_else_does(listener: Listener) -> None:
    notify = identities.context("notify", "payments", listener.clock)
    assert (await listener.client.post("/internal/receipts", json=FACTS, headers=notify)).status_code == 403
    assert (await listener.client.post("/internal/receipts", json=FACTS)).status_code == 401


async def test_wrong_facts_are_named(listener: Listener) -> None:
    signed = identities.context("booking", "payments", listener.clock)
    response = await listener.client.post(
        "/internal/receipts", json={**FACTS, "brandColor": "green", "timezone": "Mars/Base"}, headers=signed
    )
    assert response.status_code == 400
    assert set(response.json()["error"]["details"]) == {"brandColor", "timezone"}
