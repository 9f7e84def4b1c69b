"""What every context says at its outermost layer: HEAD, Allow, refusals, and the document that tells of them."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, cast

import httpx
import pytest
from litestar import Litestar, Response, get, post
from litestar.params import JSONBody, QueryParameter

from services.kernel.http import application, bodies, envelope
from services.kernel.http.document import document
from services.kernel.http.edge import Edge
from services.kernel.http.envelope import Ok
from services.kernel.idempotency import Idempotent


class Stone(bodies.Wire, frozen=True, kw_only=True):
    """Something to send."""

    weight: int


@get("/api/stones")
async def stones(
    page: Annotated[int, QueryParameter(ge=1)] = 1,
    size: Annotated[str, QueryParameter(name="stoneSize", max_length=5)] = "",
) -> Ok[int]:
    return envelope.ok(page + len(size))


@post("/api/stones", middleware=[Idempotent()])
async def throw(data: JSONBody[Stone]) -> Ok[int]:
    """Throws it. 409 `STONE_GONE` where it lies no more; 404 `NO_POND`, or 409
    `POND_FROZEN`.
    """
    return envelope.ok(data.weight)


@post("/api/ripples")
async def ripple(data: JSONBody[Stone]) -> Ok[int]:
    return envelope.ok(data.weight)


@get("/api/pond", status_code=302)
async def pond() -> Response[Any]:
    return Response(None, status_code=302, headers={"Location": "/elsewhere"}, media_type="text/plain")


@pytest.fixture
def app() -> Litestar:
    return application.build(
        title="stones",
        description="Stones, and where they fall.",
        routes=[stones, throw, ripple, pond],
        state={},
        lifespan=[],
    )


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(cast("Any", Edge(app)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://stones") as client:
        yield client


@pytest.mark.parametrize("target", ["/api/stones?page=7", "/api/stones?page=0", "/api/nothing", "/api/%00"])
async def test_head_is_answered_as_get_is_but_for_the_body(client: httpx.AsyncClient, target: str) -> None:
    given = {"x-request-id": "one"}
    got, asked = await client.get(target, headers=given), await client.head(target, headers=given)
    assert asked.status_code == got.status_code
    assert (asked.content, asked.headers) == (b"", got.headers)
    assert int(asked.headers["content-length"]) == len(got.content) > 0


async def test_allow_names_head_where_get_is_and_only_there(client: httpx.AsyncClient) -> None:
    both = await client.put("/api/stones")
    assert (both.status_code, both.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    for method in ("GET", "HEAD"):
        one = await client.request(method, "/api/ripples")
        assert (one.status_code, one.headers["allow"]) == (405, "OPTIONS, POST")


async def test_an_answer_without_a_body_says_no_type(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/pond")
    assert (answer.status_code, answer.headers["location"], answer.content) == (302, "/elsewhere", b"")
    assert "content-type" not in answer.headers


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/api/stones?page=0", None),
        ("GET", "/api/stones?page=x", None),
        ("GET", "/api/stones?page=%00", None),
        ("POST", "/api/stones", None),
        ("POST", "/api/stones", b"{"),
        ("POST", "/api/stones", b'{"weight": "heavy"}'),
    ],
)
async def test_bad_input_always_says_what_to_do(
    client: httpx.AsyncClient, method: str, target: str, body: bytes | None
) -> None:
    answer = await client.request(method, target, content=body, headers={"content-type": "application/json"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert error["details"]
    assert error["suggestedAction"] == "correct the fields named in details"


async def test_a_parameter_is_named_as_callers_know_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/stones?page=0&stoneSize=enormous")
    assert answer.json()["error"]["details"] == {
        "page": "must be at least 1",
        "stoneSize": "must have at most 5 characters",
    }


def test_the_document_tells_of_keys_where_they_are_taken_and_of_refusals(app: Litestar) -> None:
    paths = document(app)["paths"]
    (key,) = paths["/api/stones"]["post"]["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", False)
    assert [told["name"] for told in paths["/api/stones"]["get"]["parameters"]] == ["page", "stoneSize"]
    assert "parameters" not in paths["/api/ripples"]["post"]
    answers = paths["/api/stones"]["post"]["responses"]
    assert set(answers) == {"201", "404", "409", "default"}
    assert answers["409"]["description"] == "`STONE_GONE` or `POND_FROZEN`"
    assert answers["404"]["content"] == answers["default"]["content"]
