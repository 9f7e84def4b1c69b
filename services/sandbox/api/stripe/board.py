"""What happened at the stand-in for Stripe, as sections of the sandbox's page."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from services.sandbox.api.markup import Content, Html, tag
from services.sandbox.api.stripe.amounts import written
from services.sandbox.store.stripe import Body, Held, StripeFaults
from services.sandbox.store.stripe_board import Payment, Sent, Try

Tone = Literal["good", "bad", "wait", "calm"]

_TONES: Final[dict[str, Tone]] = {
    "succeeded": "good",
    "delivered": "good",
    "won": "good",
    "canceled": "calm",
    "requires_payment_method": "calm",
    "dropped": "bad",
    "given_up": "bad",
    "failed": "bad",
    "lost": "bad",
    "needs_response": "bad",
}
_ENDPOINTS: Final = {"platform": "the platform's endpoint", "connect": "the Connect endpoint"}
_NO_ENDPOINT: Final = "Nobody listens to events of this kind."
NUMBERS: Final = (
    ("delayMs", "Answer later by (ms)", "delay_ms", 60_000),
    ("failNext", "Fail the next calls", "fail_next", 10_000),
    ("duplicateWebhooks", "More copies of each webhook", "duplicate_webhooks", 50),
)
SWITCHES: Final = (
    ("declineAll", "Decline every card", "decline_all"),
    ("dropWebhooks", "Drop webhooks", "drop_webhooks"),
    ("shuffleWebhooks", "Shuffle webhooks", "shuffle_webhooks"),
    ("refundsWait", "Let refunds wait for money", "refunds_wait"),
    ("refuseRefunds", "Refuse refunds", "refuse_refunds"),
)


def payments(shown: Sequence[Payment], count: int) -> Html:
    return _section("Payments", "payments", count, [_payment(payment) for payment in shown], "No payments yet.")


def accounts(shown: Sequence[Held], count: int) -> Html:
    return _section("Accounts", "accounts", count, [_account(held.body) for held in shown], "No accounts yet.")


def webhooks(shown: Sequence[Sent], count: int) -> Html:
    return _section("Webhooks", "webhooks", count, [_event(sent) for sent in shown], "Nothing has happened yet.")


def faults(holding: Mapping[str, StripeFaults], known: Sequence[Held]) -> Html:
    """Switches for what goes wrong on demand; they show what holds for everybody."""
    now = holding.get("", StripeFaults())
    numbers = [
        tag(
            "label",
            words,
            tag("input", type="number", name=name, min="0", max=str(most), value=str(getattr(now, field))),
        )
        for name, words, field, most in NUMBERS
    ]
    switches = [
        tag("label", tag("input", type="checkbox", name=name, value="1", checked=getattr(now, field)), f" {words}")
        for name, words, field in SWITCHES
    ]
    people = [tag("option", "Everybody", value="")] + [
        tag("option", f"{_name(held.body)} ({held.id})", value=held.id) for held in known
    ]
    return tag(
        "section",
        tag("h2", "Faults on demand"),
        [tag("p", _badge("on", "bad"), f" {_wanted(account, wanted)}") for account, wanted in holding.items()],
        tag(
            "form",
            tag("div", tag("label", "Whose", tag("select", people, name="accountId")), numbers, class_="pairs"),
            tag("fieldset", tag("legend", "And"), switches),
            tag(
                "div",
                tag("button", "Apply", type="submit"),
                tag("button", "All well again", type="submit", name="reset", value="1", class_="plain"),
                class_="row",
            ),
            method="post",
            action="/sandbox/faults",
            class_="card inside faults",
        ),
        id="faults",
    )


def _wanted(account: str, wanted: StripeFaults) -> str:
    told = [f"{words.lower()}: {getattr(wanted, field)}" for _, words, field, _ in NUMBERS if getattr(wanted, field)]
    told += [words.lower() for _, words, field in SWITCHES if getattr(wanted, field)]
    return f"{account or 'Everybody'}: {', '.join(told)}"


def _payment(payment: Payment) -> Html:
    body = payment.intent.body
    charge = payment.charges[-1] if payment.charges else {}
    refunded = sum(refund["amount"] for refund in payment.refunds if refund["status"] in {"succeeded", "pending"})
    fee = body.get("application_fee_amount")
    problem = body.get("last_payment_error") or {}
    badges = [_badge(body["status"])]
    if refunded:
        badges.append(_badge("refunded" if refunded == charge.get("amount") else "partly refunded", "calm"))
    badges += [_badge(f"dispute {dispute['status']}", _TONES.get(dispute["status"])) for dispute in payment.disputes]
    metadata = ", ".join(f"{name}={value}" for name, value in (body.get("metadata") or {}).items())
    return _card(
        tag("strong", written(body["amount"], body["currency"])),
        badges,
        _moment(body["created"]),
        body.get("description") or body["id"],
        _facts(
            {
                "Id": body["id"],
                "Account": payment.intent.account,
                "Fee": None if fee is None else written(fee, body["currency"]),
                "Card": _kind_of_card(charge),
                "Charge": charge.get("id"),
                "Refused": problem.get("decline_code") or problem.get("code"),
                "Customer": body.get("customer"),
                "Metadata": metadata,
            }
        ),
        _movements("Refunds", payment.refunds, body["currency"]),
        _movements("Disputes", payment.disputes, body["currency"]),
    )


def _kind_of_card(charge: Body) -> str | None:
    card = (charge.get("payment_method_details") or {}).get("card")
    return f"{card['brand']} •••• {card['last4']}" if card else None


def _movements(heading: str, found: Sequence[Body], currency: str) -> Content:
    if not found:
        return None
    rows = [
        tag("li", written(thing["amount"], currency), " ", _badge(thing["status"]), " ", tag("span", thing["id"]))
        for thing in found
    ]
    return [tag("h3", heading), tag("ul", rows)]


def _name(account: Body) -> str:
    profile = account.get("business_profile") or {}
    return str(profile.get("name") or account.get("email") or account["id"])


def _account(body: Body) -> Html:
    due = (body.get("requirements") or {}).get("currently_due") or []
    is_ready = bool(body.get("charges_enabled"))
    return _card(
        tag("strong", _name(body)),
        [_badge("can be paid", "good") if is_ready else _badge("not ready")],
        _moment(body["created"]) if body.get("created") else None,
        body["id"],
        _facts(
            {
                "Country": body.get("country"),
                "Currency": (body.get("default_currency") or "").upper(),
                "E-mail": body.get("email"),
                "Payouts": "yes" if body.get("payouts_enabled") else "no",
                "Still due": ", ".join(due),
            }
        ),
    )


def _event(sent: Sent) -> Html:
    body = sent.event.body
    states = [_badge(state) for state in dict.fromkeys(one.state for one in sent.tries)]
    about = body["data"]["object"]
    return _card(
        tag("strong", body["type"]),
        states or [_badge("no endpoint", "calm")],
        _moment(body["created"]),
        str(about.get("id") or body["id"]),
        _facts({"Event": body["id"], "Account": body.get("account") or "the platform"}),
        tag("ul", [tag("li", _try(one)) for one in sent.tries]) if sent.tries else tag("p", _NO_ENDPOINT),
        tag(
            "form",
            tag("button", "Send again", type="submit", class_="plain"),
            method="post",
            action=f"/sandbox/webhooks/{body['id']}/resend",
        ),
        tag("details", tag("summary", "Body"), tag("pre", _pretty(body))),
    )


def _try(one: Try) -> Content:
    answers = f"answer {one.outcome}" if one.outcome else "no answer yet"
    tries = "not tried yet" if not one.tries else f"{one.tries} {'try' if one.tries == 1 else 'tries'}, {answers}"
    # A try that is under way is due again later, in case it dies.
    waits: Content = [", next ", _moment(one.due_at)] if one.state == "waiting" else None
    return [_badge(one.state), f" To {_ENDPOINTS[one.endpoint]}: {tries}", waits]


def _pretty(body: Body) -> str:
    return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()


def _badge(words: str, tone: Tone | None = None) -> Html:
    return tag("span", words.replace("_", " "), class_=f"badge {tone or _TONES.get(words, 'wait')}")


def _moment(at: datetime | int) -> Html:
    moment = datetime.fromtimestamp(at, UTC) if isinstance(at, int) else at
    return tag("time", f"{moment:%d %b, %H:%M:%S} UTC", datetime=moment.isoformat())


def _facts(facts: Mapping[str, str | None]) -> Html:
    return tag("dl", [[tag("dt", name), tag("dd", value)] for name, value in facts.items() if value])


def _card(title: Html, badges: Sequence[Html], moment: Content, line: str, *inside: Content) -> Html:
    return tag(
        "details",
        tag("summary", tag("span", title, " ", badges, class_="title"), moment, tag("span", line, class_="line")),
        tag("div", inside, class_="inside"),
        class_="card",
    )


def _section(heading: str, anchor: str, count: int, shown: Sequence[Html], nothing: str) -> Html:
    older = count - len(shown)
    return tag(
        "section",
        tag("h2", f"{heading} ", tag("small", str(count))),
        shown or tag("p", nothing, class_="empty"),
        tag("p", f"And {older} older.", class_="quiet") if shown and older > 0 else None,
        id=anchor,
    )
