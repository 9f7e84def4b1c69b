"""Accounts as a person and a program meet them: through the gateway, with every server real."""

import re
from typing import Any

import httpx

from tests.support.product import PASSWORD, Product, fresh_address, token_of


def test_signing_up_verifying_signing_in_and_out(product: Product) -> None:
    email = fresh_address()
    with product.client() as client:
        signed_up = client.post(
            "/api/auth/signup",
            json={"email": email, "password": PASSWORD, "name": "Mere Tūhoe", "businessName": "Tūī & Sons Electrical"},
        )
        assert signed_up.status_code == 201
        tenant = signed_up.json()["data"]["tenant"]
        assert re.fullmatch(r"tui-(and-)?sons-electrical(-\d+)?", tenant["slug"])

        early = client.post("/api/auth/login", json={"email": email, "password": PASSWORD})
        assert (early.status_code, early.json()["error"]["code"]) == (403, "EMAIL_NOT_VERIFIED")

        mail = product.awaited_message(email, "Verify")
        assert mail["links"][0].startswith(product.url.replace("127.0.0.1", "localhost").rstrip("/")) or mail["links"][
            0
        ].startswith(product.url.rstrip("/"))
        assert client.post("/api/auth/verify-email", json={"token": token_of(mail)}).status_code == 200

        signed_in = client.post("/api/auth/login", json={"email": email.upper(), "password": PASSWORD})
        assert signed_in.status_code == 200
        cookie = signed_in.headers["set-cookie"]
        assert cookie.startswith("pp_session=")
        assert "HttpOnly" in cookie
        assert re.search(r"samesite=lax", cookie, re.IGNORECASE)

        me = client.get("/api/auth/me").json()["data"]
        assert me["user"]["email"] == email
        assert me["tenant"] == tenant
        assert me["role"] == "owner"

        assert client.post("/api/auth/logout").status_code == 200
        client.cookies.set("pp_session", cookie.split("=", 1)[1].split(";", 1)[0])
        after = client.get("/api/auth/me")
        assert (after.status_code, after.json()["error"]["code"]) == (401, "UNAUTHENTICATED")


def test_each_mail_goes_out_once(product: Product) -> None:
    with product.client() as client:
        person = product.sign_up(client)
        client.post("/api/auth/forgot-password", json={"email": person["email"]})
    product.awaited_message(person["email"], "Reset")
    subjects = [message["subject"] for message in product.messages(person["email"])]
    assert len(subjects) == 2
    assert len({*subjects}) == 2


def test_a_reset_ends_every_session(product: Product) -> None:
    with product.client() as browser, product.client() as elsewhere:
        person = product.sign_up(browser)
        for client in (browser, elsewhere):
            assert _sign_in(client, person).status_code == 200
        assert browser.post("/api/auth/forgot-password", json={"email": person["email"]}).status_code == 202
        token = token_of(product.awaited_message(person["email"], "Reset"))
        fresh = "another kettle of fish"
        reset = browser.post("/api/auth/reset-password", json={"token": token, "password": fresh})
        assert reset.status_code == 200
        assert browser.get("/api/auth/me").status_code == 401
        assert elsewhere.get("/api/auth/me").status_code == 401
        assert _sign_in(browser, person).status_code == 401
        assert _sign_in(browser, {**person, "password": fresh}).status_code == 200


def test_an_invited_person_joins_the_team_with_the_role_given(product: Product) -> None:
    with product.client() as owner, product.client() as invited:
        person = product.sign_up(owner)
        _sign_in(owner, person)
        address = fresh_address("tama")
        asked = owner.post("/api/team/invitations", json={"email": address, "role": "tech"})
        assert asked.status_code == 201, asked.text
        mail = product.awaited_message(address, "Join")
        accepted = invited.post(
            "/api/auth/accept-invitation",
            json={"token": token_of(mail), "name": "Tama Reid", "password": PASSWORD},
        )
        assert accepted.is_success, accepted.text
        assert invited.get("/api/auth/me").json()["data"]["role"] == "tech"
        forbidden = invited.get("/api/audit")
        assert (forbidden.status_code, forbidden.json()["error"]["code"]) == (403, "FORBIDDEN")
        members = {member["email"]: member for member in owner.get("/api/team").json()["data"]}
        assert members[address]["role"] == "tech"


def test_google_signs_in_who_google_says_it_is(product: Product) -> None:
    address = fresh_address("kiri")
    with product.client(follow_redirects=True) as client:
        started = client.get("/api/auth/google", params={"callbackURL": "/dashboard"}, follow_redirects=False)
        assert started.status_code in {302, 303, 307}
        chosen = httpx.URL(started.headers["location"]).copy_merge_params({"login_hint": address, "prompt": "none"})
        client.get(_through(product, chosen))
        me = client.get("/api/auth/me")
        assert me.status_code == 200, me.text
        assert me.json()["data"]["user"]["email"] == address
        assert me.json()["data"]["tenant"] is None
        asked: Any = {"json": {"businessName": "Kiri's Dog Walks"}, "headers": {"Idempotency-Key": address}}
        named = client.post("/api/auth/complete-profile", **asked)
        assert named.status_code == 200
        # The call changes which business the person is in; its key means the same before and after.
        again = client.post("/api/auth/complete-profile", **asked)
        assert (again.status_code, again.json()) == (200, named.json())
        assert client.get("/api/auth/me").json()["data"]["tenant"]["slug"] == named.json()["data"]["slug"]


def test_ten_wrong_passwords_lock_the_account_whatever_comes_next(product: Product) -> None:
    with product.client() as client:
        person = product.sign_up(client)
        wrong = {**person, "password": "not the right one"}
        answers = [_sign_in(client, wrong).status_code for _ in range(10)]
        locked = _sign_in(client, person)
    assert set(answers) <= {401, 429}
    assert (locked.status_code, locked.json()["error"]["code"]) == (429, "TOO_MANY_ATTEMPTS")
    assert int(locked.headers["retry-after"]) > 0


def test_a_page_of_another_site_can_not_act_with_the_session(product: Product) -> None:
    with product.client() as client:
        person = product.sign_up(client)
        _sign_in(client, person)
        foreign = client.delete("/api/auth/totp", headers={"origin": "https://evil.example"})
        assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "CROSS_SITE")
        left = client.post("/api/auth/logout", headers={"origin": "https://evil.example"})
        assert left.status_code == 403
        assert client.get("/api/auth/me").status_code == 200


def test_an_identity_from_outside_is_nobody(product: Product) -> None:
    with product.client() as client:
        for path in ("/api/auth/me", "/api/team", "/api/settings"):
            answer = client.get(path, headers={"X-Identity": "eyJhbGciOiJFZERTQSJ9.e30.c2ln"})
            assert answer.status_code == 401, path


def test_all_bad_fields_are_named_at_once(product: Product) -> None:
    with product.client() as client:
        answer = client.post("/api/auth/signup", json={"email": "nobody", "password": "password12", "surplus": 1})
    body = answer.json()
    assert answer.status_code == 400
    assert body["error"]["code"] == "VALIDATION_ERROR"
    assert set(body["error"]["details"]) == {"email", "password", "name", "businessName", "surplus"}
    assert body["requestId"] == answer.headers["x-request-id"]


def test_the_docs_are_made_from_the_running_contexts(product: Product) -> None:
    with product.client() as client:
        for context in ("auth", "catalog", "availability", "booking", "payments", "notify"):
            assert client.get(f"/docs/openapi/{context}.json").json()["openapi"].startswith("3.1")
            assert client.get(f"/docs/asyncapi/{context}.json").json()["asyncapi"] == "3.0.0"
        assert client.get("/docs", follow_redirects=True).status_code == 200


def test_what_is_internal_is_not_there(product: Product) -> None:
    with product.client() as client:
        for path in (
            "/internal/links/x",
            "/metrics",
            "/health",
            "/health/db",
            "/gateway/identify",
            "/schema/openapi.json",
        ):
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert answer.json()["error"]["code"] == "NOT_FOUND"


def _sign_in(client: httpx.Client, person: dict[str, str]) -> httpx.Response:
    return client.post("/api/auth/login", json={"email": person["email"], "password": person["password"]})


def _through(product: Product, url: httpx.URL) -> str:
    """The address as this client reaches it: the stack answers under both of its names."""
    own = httpx.URL(product.url)
    return str(url.copy_with(host=own.host, port=own.port))
