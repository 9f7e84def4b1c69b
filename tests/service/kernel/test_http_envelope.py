"""Everything that fails, fails in the one shape, with all that is wrong at once."""

import json
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from services.kernel.http.edge import Edge
from tests.support import identities, probe
from tests.support.contexts import running
from tests.support.environ import environ_of
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def probing(place: Servers) -> AsyncIterator[httpx.AsyncClient]:
    async with running(probe.compose("probe", environ_of(place, "probe")), "serve") as asking:
        yield asking


@pytest.fixture
def client(probing: httpx.AsyncClient, tenant: str) -> httpx.AsyncClient:
    """Asks in the name of a business that has nothing yet."""
    probing.headers.update(identities.person("usr_1", tenant_id=tenant))
    return probing


def failure(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The error of an answer that has exactly the shape of a failure."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert set(body) == {"success", "statusCode", "requestId", "error"}
    assert (body["success"], body["statusCode"]) == (False, status)
    assert body["requestId"] == answer.headers["x-request-id"]
    error: dict[str, object] = body["error"]
    assert set(error) == {"code", "message", "details", "retryable", "suggestedAction"}
    assert error["code"] == code
    assert isinstance(error["message"], str)
    assert error["message"]
    return error


async def test_what_works_is_said_in_one_shape(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/notes", json={"number": 7, "words": "tree"})
    assert made.status_code == 201
    note = made.json()["data"]
    assert made.json() == {"success": True, "data": {"noteId": note["noteId"], "number": 7, "words": "tree"}}
    assert (await client.get(f"/api/notes/{note['noteId']}")).json()["data"] == note
    listed = (await client.get("/api/notes", params={"page": 1, "limit": 5})).json()
    assert listed == {"success": True, "data": [note], "meta": {"page": 1, "limit": 5, "total": 1}}


async def test_every_bad_field_is_named_at_once(client: httpx.AsyncClient) -> None:
    body = {
        "number": "seven",
        "words": "",
        "pages": 3,
        "isPublic": 1,
        "weight": "heavy",
        "place": {"city": "", "postcode": "x", "planet": "Mars"},
        "places": [{"city": "Napier"}, {"postcode": 4110}, "Taupo"],
        "labels": ["ok", "x", 3, "fine"],
        "surprise": True,
        "remark": 5,
    }
    error = failure(await client.post("/api/notes", json=body), 400, "VALIDATION_ERROR")
    assert error["details"] == {
        "number": "must be a whole number",
        "words": "must not be empty",
        "pages": "must be even",
        "isPublic": "must be true or false",
        "weight": "must be a number or null",
        "place.city": "must not be empty",
        "place.postcode": "must be a whole number or null",
        "place.planet": "is not known here",
        "places.1.city": "is required",
        "places.2": "must be an object",
        "labels.1": "must have at least 2 characters",
        "labels.2": "must be a text",
        "surprise": "is not known here",
        "remark": "must be a text or null",
    }
    assert error["retryable"] is False


async def test_too_many_entries_are_said_of_the_list_itself(client: httpx.AsyncClient) -> None:
    body = {"number": 1, "words": "w", "labels": ["aa", "bb", "cc", "dd"]}
    error = failure(await client.post("/api/notes", json=body), 400, "VALIDATION_ERROR")
    assert error["details"] == {"labels": "must have at most 3 entries"}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        (b"", {"number": "is required", "words": "is required"}),
        (b"{}", {"number": "is required", "words": "is required"}),
        (b"[]", {"body": "must be an object"}),
        (b"null", {"body": "must be an object"}),
        (b'"text"', {"body": "must be an object"}),
        (b"{", {"body": "must be valid JSON"}),
        (b'{"number": 1, "words": "w"} tail', {"body": "must be valid JSON"}),
        (b'{"number": NaN, "words": "w"}', {"body": "must be valid JSON"}),
        (b"\xff\xfe", {"body": "must be valid JSON"}),
        (b'{"number": "x", "words": ', {"body": "must be valid JSON"}),
        (b'{"number": 1, "words": "\xff"}', {"body": "must be valid JSON"}),
        (b'{"number": 1, "words": "\\ud800"}', {"body": "must be valid JSON"}),
        (b"[" * 100_000, {"body": "must be valid JSON"}),
        (b'{"words": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", {"body": "must be valid JSON"}),
        (b'{"number": 1, "words": "a\\u0000b"}', {"words": "must not hold a NUL character"}),
        (
            b'{"number": 1, "words": "w", "place": {"city": "\\u0000"}}',
            {"place.city": "must not hold a NUL character"},
        ),
        (b'{"number": 1000001, "words": "w"}', {"number": "must be at most 1000000"}),
        (b'{"number": -1, "words": "w"}', {"number": "must be at least 0"}),
        (b'{"number": 1.5, "words": "w"}', {"number": "must be a whole number"}),
        (b'{"number": true, "words": "w"}', {"number": "must be a whole number"}),
        (b'{"number": "1", "words": "w"}', {"number": "must be a whole number"}),
    ],
)
async def test_a_body_that_is_wrong(client: httpx.AsyncClient, body: bytes, details: dict[str, str]) -> None:
    answer = await client.post("/api/notes", content=body, headers={"content-type": "application/json"})
    assert failure(answer, 400, "VALIDATION_ERROR")["details"] == details


@pytest.mark.parametrize("number", [10**17, 10**30, 10**400, -(10**17)])
async def test_a_number_too_large_for_the_database_is_the_callers_mistake(
    client: httpx.AsyncClient, number: int
) -> None:
    body = f'{{"number": 1, "words": "w", "pages": {number}}}'.encode()
    answer = await client.post("/api/notes", content=body, headers={"content-type": "application/json"})
    details = failure(answer, 400, "VALIDATION_ERROR")["details"]
    assert list(details) == ["pages"]  # type: ignore[call-overload] # it is a mapping


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "nonsense",
    ],
)
async def test_a_body_of_another_kind(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post(
        "/api/notes", content=b'{"number": 1, "words": "w"}', headers={"content-type": content_type}
    )
    assert failure(answer, 400, "VALIDATION_ERROR")["details"] == {"body": "must be sent as application/json"}


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
async def test_json_by_its_names(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post(
        "/api/notes", content=b'{"number": 1, "words": "w"}', headers={"content-type": content_type}
    )
    assert answer.status_code == 201


async def test_a_body_too_large(client: httpx.AsyncClient) -> None:
    body = json.dumps({"number": 1, "words": "w" * 1_000_001})
    answer = await client.post("/api/notes", content=body, headers={"content-type": "application/json"})
    failure(answer, 413, "PAYLOAD_TOO_LARGE")

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b" " * 100_000

    answer = await client.post("/api/notes", content=pieces(), headers={"content-type": "application/json"})
    failure(answer, 413, "PAYLOAD_TOO_LARGE")
    key = {"content-type": "application/json", "idempotency-key": "large"}
    failure(await client.post("/api/notes", content=body, headers=key), 413, "PAYLOAD_TOO_LARGE")


async def test_an_unknown_address_and_an_unknown_method(client: httpx.AsyncClient) -> None:
    failure(await client.get("/api/nothing"), 404, "NOT_FOUND")
    failure(await client.get("/"), 404, "NOT_FOUND")
    answer = await client.put("/api/notes", json={})
    failure(answer, 405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST", "DELETE"} <= {method.strip() for method in answer.headers["allow"].split(",")}
    failure(await client.request("BREW", "/api/notes"), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("query", ["page=0", "page=x", "limit=101", "limit=0", "page=1.5", "limit="])
async def test_a_page_that_is_none(client: httpx.AsyncClient, query: str) -> None:
    details = failure(await client.get(f"/api/notes?{query}"), 400, "VALIDATION_ERROR")["details"]
    assert list(details) == [query.partition("=")[0]]  # type: ignore[call-overload] # it is a mapping


@pytest.mark.parametrize("target", ["/api/notes/a%00b", "/api/notes?page=%00", "/api/nothing/%00", "/health/%00"])
async def test_a_nul_in_the_address(client: httpx.AsyncClient, target: str) -> None:
    failure(await client.get(target), 400, "VALIDATION_ERROR")


async def test_a_bug_answers_500_and_tells_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/notes", json={"number": 1, "words": "break afterwards"})
    error = failure(answer, 500, "INTERNAL_ERROR")
    assert "bug" not in answer.text
    assert "Traceback" not in answer.text
    assert error["details"] == {}


async def test_every_answer_carries_a_request_id_and_keeps_a_valid_one(client: httpx.AsyncClient) -> None:
    first, second = [(await client.get("/health")).headers["x-request-id"] for _ in range(2)]
    assert first != second
    kept = await client.get("/api/nothing", headers={"x-request-id": "A-valid_one.1"})
    assert kept.headers["x-request-id"] == kept.json()["requestId"] == "A-valid_one.1"
    for bad in ("with space", "x" * 129, "semi;colon", 'quo"te', ""):
        answer = await client.get("/api/nothing", headers={"x-request-id": bad})
        assert answer.headers["x-request-id"] not in {"", bad}


async def test_what_breaks_outside_of_every_handler_still_answers_in_the_one_shape() -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("nobody caught this")

    transport = httpx.ASGITransport(cast("Any", Edge(broken)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://probe") as asking:
        failure(await asking.get("/api/notes"), 500, "INTERNAL_ERROR")


async def test_the_openapi_document_has_the_error_envelope_at_every_operation(client: httpx.AsyncClient) -> None:
    document = (await client.get("/schema/openapi.json")).json()
    assert {"/api/notes", "/api/notes/{note_id}", "/api/public"} <= set(document["paths"])
    assert not any(path.startswith(("/health", "/metrics", "/schema")) for path in document["paths"])
    for operations in document["paths"].values():
        for operation in operations.values():
            reference = operation["responses"]["default"]["content"]["application/json"]["schema"]["$ref"]
            assert reference == "#/components/schemas/Failure"
            assert "400" not in operation["responses"]
    assert {"statusCode", "requestId", "error", "success"} <= set(
        document["components"]["schemas"]["Failure"]["properties"]
    )


async def test_the_asyncapi_document_names_what_is_told_and_heard(
    client: httpx.AsyncClient, echo_environ: dict[str, str]
) -> None:
    told = (await client.get("/schema/asyncapi.json")).json()
    assert told["operations"]["send.probe.note.taken.v1"]["action"] == "send"
    async with running(probe.compose("echo", echo_environ), "serve") as other:
        heard = (await other.get("/schema/asyncapi.json")).json()
    assert heard["operations"]["receive.probe.note.taken.v1"]["action"] == "receive"
    assert heard["channels"]["probe.note.taken.v1"]["address"] == "probe.note.taken"


async def test_metrics_count_by_names_of_ours_and_never_by_what_was_typed(client: httpx.AsyncClient) -> None:
    await client.get("/api/notes/note_scribbled_by_somebody")
    await client.get("/api/scribbled-by-somebody")
    await client.request("SCRIBBLEDBYSOMEBODY", "/api/notes")
    text = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/api/notes/{note_id}",status="404"}' in text
    assert 'refusals_total{code="NOT_FOUND"}' in text
    assert "outbox_waiting" in text
    assert 'db_transaction_seconds_count{schema="probe"}' in text
    assert "scribbled" not in text.lower()
