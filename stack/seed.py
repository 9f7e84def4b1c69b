"""The demo business, signed up and set up as anybody would be: through the product's own public API."""

import http.client
import json
import re
import time
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from stack.errors import Trouble
from stack.home import Home
from stack.secrets import write_private

EMAIL = "demo@peepopay.example"
OWNER = "Joe Demo"
BUSINESS = "Joe's Plumbing"
# A mail goes through the outbox, the broker and notify before the sandbox has it.
MAIL_TAKES = 30.0

# What a plumber sells: a visit with a fixed deposit, a job with a share of its price, and one that costs nothing yet.
SERVICES: tuple[dict[str, object], ...] = (
    {
        "name": "Blocked drain",
        "description": "We clear it, and show you by camera that it is clear.",
        "price": 18_000,
        "depositType": "fixed",
        "depositAmount": 5_000,
        "durationMinutes": 60,
        "bufferAfterMinutes": 15,
        "slotStepMinutes": 30,
        "minNoticeMinutes": 120,
        "bookingWindowDays": 60,
    },
    {
        "name": "Hot water cylinder service",
        "description": "Valves, anode and thermostat checked; small parts included.",
        "price": 24_900,
        "depositType": "percentage",
        "depositPercent": 20,
        "durationMinutes": 90,
        "bufferAfterMinutes": 15,
        "slotStepMinutes": 30,
        "minNoticeMinutes": 720,
        "bookingWindowDays": 60,
    },
    {
        "name": "Quote at your place",
        "description": "We look at the job and leave you a written price.",
        "price": 0,
        "depositType": "none",
        "durationMinutes": 30,
        "bufferAfterMinutes": 15,
        "slotStepMinutes": 30,
        "minNoticeMinutes": 240,
        "bookingWindowDays": 30,
        "maxPerDay": 4,
    },
)
# The account tells catalog by an event that it can be paid.
READY_TAKES = 15.0
# Weekdays from eight to five with an hour for lunch, Saturday morning.
HOURS = [
    *(
        {"dayOfWeek": day, "startTime": start, "endTime": end}
        for day in range(1, 6)
        for start, end in (("08:00", "12:00"), ("13:00", "17:00"))
    ),
    {"dayOfWeek": 6, "startTime": "09:00", "endTime": "12:00"},
]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo business as its owner needs it."""

    email: str
    password: str
    slug: str


def known_demo(home: Home, database: str) -> Demo | None:
    try:
        facts = json.loads((home.folder / "demo.json").read_text(encoding="utf-8"))
        return Demo(**facts["demo"]) if facts["database"] == database else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


def seed(home: Home, port: int, database: str, *, simulates_payments: bool) -> Demo:
    """The demo business, made if this database has none yet. Safe to cut off at any point."""
    known = known_demo(home, database)
    if known is not None:
        return known
    password = home.secret("demo-password")
    status, answer = sign_up(port, password)
    if status == http.HTTPStatus.CREATED:
        verify(port)
        slug: str | None = answer["data"]["tenant"]["slug"]
    else:
        # It was there, by an earlier start that was cut off before its end.
        slug = slug_by_login(port, password)
        if slug is None:
            call(port, "POST", "/api/auth/resend-verification", {"email": EMAIL})
            verify(port)
            slug = slug_by_login(port, password)
    if slug is None:
        raise Trouble(
            f"The demo business could not be made ({told(status, answer)}): "
            "start with `--seed none`, or with another --home."
        )
    session = log_in(port, password)
    set_up(port, session)
    if simulates_payments:
        open_account(port, session, slug)
    demo = Demo(EMAIL, password, slug)
    facts = {"database": database, "demo": asdict(demo)}
    write_private(home.folder / "demo.json", json.dumps(facts, indent=2) + "\n")
    return demo


def sign_up(port: int, password: str) -> tuple[int, Any]:
    wanted = {
        "email": EMAIL,
        "password": password,
        "name": OWNER,
        "businessName": BUSINESS,
        "country": "NZ",
        "timezone": "Pacific/Auckland",
        "currency": "NZD",
    }
    return call(port, "POST", "/api/auth/signup", wanted)


def slug_by_login(port: int, password: str) -> str | None:
    status, answer, _ = exchange(port, "POST", "/api/auth/login", {"email": EMAIL, "password": password})
    if status != http.HTTPStatus.OK:
        return None
    slug: str = answer["data"]["tenant"]["slug"]
    return slug


def log_in(port: int, password: str) -> str:
    """The session's cookie."""
    status, answer, session = exchange(port, "POST", "/api/auth/login", {"email": EMAIL, "password": password})
    if status != http.HTTPStatus.OK:
        raise Trouble(f"The demo business could not sign in ({told(status, answer)}).")
    return session


def ask(port: int, session: str, method: str, path: str, body: object = None) -> Any:
    """As the demo business's owner."""
    status, answer, _ = exchange(port, method, path, body, cookie=session)
    if status >= http.HTTPStatus.BAD_REQUEST:
        raise Trouble(f"The demo business could not be set up: {method} {path} ({told(status, answer)}).")
    return answer["data"]


def set_up(port: int, session: str) -> None:
    """Services and hours, where there are none yet."""
    offered = {service["name"] for service in ask(port, session, "GET", "/api/services?limit=100")}
    for service in SERVICES:
        if service["name"] not in offered:
            ask(port, session, "POST", "/api/services", service)
    if not ask(port, session, "GET", "/api/availability"):
        ask(port, session, "PUT", "/api/availability", {"rules": HOURS})


def open_account(port: int, session: str, slug: str) -> None:
    """An account at the stand-in for the payment company, with all of its questions answered."""
    status = ask(port, session, "GET", "/api/stripe/connect/status")
    if not status["chargesEnabled"]:
        ask(port, session, "POST", "/api/stripe/connect/create-account")
        account = ask(port, session, "GET", "/api/stripe/connect/status")["accountId"]
        ask(port, session, "POST", "/sandbox/stripe/_complete-onboarding", {"accountId": account})
        ask(port, session, "GET", "/api/stripe/connect/status")
    deadline = time.monotonic() + READY_TAKES
    while time.monotonic() < deadline:
        if ask(port, session, "GET", f"/api/widget/{slug}/config")["paymentsEnabled"]:
            return
        time.sleep(0.05)
    raise Trouble(
        f"The demo business's account could not be paid within {READY_TAKES:.0f} s: "
        "see `./peepopay logs payments`, or start with `--seed none`."
    )


def verify(port: int) -> None:
    deadline = time.monotonic() + MAIL_TAKES
    while time.monotonic() < deadline:
        status, answer = call(port, "GET", f"/sandbox/messages?to={quote(EMAIL)}&channel=email")
        for token in tokens_in(answer) if status == http.HTTPStatus.OK else []:
            status, _ = call(port, "POST", "/api/auth/verify-email", {"token": token})
            if status == http.HTTPStatus.OK:
                return
        time.sleep(0.1)
    raise Trouble(
        f"The demo business's verification mail did not arrive within {MAIL_TAKES:.0f} s: "
        "see `./peepopay logs notify`, or start with `--seed none`."
    )


def tokens_in(answer: Any) -> list[str]:
    """The tokens of the verification mails, newest first, whatever holds the list."""
    messages = answer["data"] if isinstance(answer, dict) else answer
    found: list[str] = []
    for message in messages:
        if not re.search("verify", message.get("subject") or "", re.IGNORECASE):
            continue
        for link in message["links"]:
            address = link["url"] if isinstance(link, dict) else link
            found += parse_qs(urlsplit(address).query).get("token", [])
    return found


def call(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    status, answer, _ = exchange(port, method, path, body)
    return status, answer


def exchange(port: int, method: str, path: str, body: object = None, *, cookie: str = "") -> tuple[int, Any, str]:
    """The status, what was said, and the cookie that came with it, as it is sent back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        text = None if body is None else json.dumps(body).encode()
        connection.request(method, path, text, {"content-type": "application/json", "cookie": cookie})
        answer = connection.getresponse()
        said = answer.read()
        given = (answer.getheader("set-cookie") or "").partition(";")[0]
        try:
            return answer.status, json.loads(said), given
        except ValueError:
            return answer.status, None, given
    except (OSError, http.client.HTTPException) as error:
        raise Trouble(f"The product does not answer {method} {path} ({error}).") from None
    finally:
        connection.close()


def told(status: int, answer: Any) -> str:
    if isinstance(answer, dict) and isinstance(answer.get("error"), dict):
        return f"{status} {answer['error'].get('message', '')}"
    return str(status)
