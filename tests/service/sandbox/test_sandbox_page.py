"""The sandbox's page: everything caught, for a person, and harmless."""

from html.parser import HTMLParser

from tests.service.sandbox.served import Environ, asked

KEY = {"Authorization": "Bearer re_test"}
NASTY = "<script>alert(1)</script>"


class _Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


async def test_a_mail_is_shown_in_a_frame_without_rights(environ: Environ) -> None:
    async with asked(environ) as client:
        html = f'<p>Hi</p>{NASTY}<a href="https://book.example.com/a">go</a>'
        mail = {"from": "a@example.com", "to": "sam@example.com", "subject": NASTY, "html": html, "text": NASTY}
        await client.post("/sandbox/resend/emails", json=mail, headers=KEY)
        answer = await client.get("/sandbox")
        assert answer.status_code == 200
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "SIMULATED" in answer.text
        seen = _Seen(answer.text)
        assert seen.named("script") == []
        (frame,) = seen.named("iframe")
        assert (frame["sandbox"], frame["srcdoc"]) == ("", html)
        assert "https://book.example.com/a" in [attributes.get("href") for attributes in seen.named("a")]


async def test_it_shows_one_persons_messages_and_turns_pages(environ: Environ) -> None:
    async with asked(environ) as client:
        for to, count in (("sam@example.com", 25), ("ann@example.com", 1)):
            mail = {"from": "a@example.com", "to": to, "subject": f"For {to}", "text": "Hi"}
            await client.post("/sandbox/resend/emails/batch", json=[mail] * count, headers=KEY)
        first = (await client.get("/sandbox", params={"to": "Sam@example.com"})).text
        assert first.count("For sam@example.com") == 20
        assert "For ann@example.com" not in first
        assert "page=2" in first
        second = (await client.get("/sandbox", params={"to": "sam@example.com", "page": 2})).text
        assert second.count("For sam@example.com") == 5


async def test_it_refreshes_itself_only_when_asked(environ: Environ) -> None:
    async with asked(environ) as client:
        assert 'http-equiv="refresh"' not in (await client.get("/sandbox")).text
        assert 'http-equiv="refresh" content="3"' in (await client.get("/sandbox", params={"refresh": 3})).text


async def test_what_is_not_there_is_said_in_the_envelope(environ: Environ) -> None:
    async with asked(environ) as client:
        for path in ("/sandbox/paypal/v1/orders", "/sandbox/nothing"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert answer.json()["error"]["code"] == "NOT_FOUND"
