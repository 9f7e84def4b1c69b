"""Every path of the API's contract goes to its owner, and only signed-in people pass where they must."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gateway import IDENTITY, SESSION, Door, open_door

PRIVATE = "private"

CONTRACT = """
auth          public   POST    /api/auth/signup
auth          public   POST    /api/auth/login
auth          public   POST    /api/auth/logout
auth          private  GET     /api/auth/me
auth          private  GET     /api/auth/sessions
auth          private  DELETE  /api/auth/sessions/ses_1
auth          public   POST    /api/auth/verify-email
auth          public   POST    /api/auth/resend-verification
auth          public   POST    /api/auth/forgot-password
auth          public   POST    /api/auth/reset-password
auth          public   GET     /api/auth/google?callbackURL=/dashboard
auth          public   GET     /api/auth/callback/google?code=1&state=2
auth          private  POST    /api/auth/complete-profile
auth          private  POST    /api/auth/totp
auth          private  POST    /api/auth/totp/confirm
auth          private  DELETE  /api/auth/totp
auth          private  GET     /api/team
auth          private  POST    /api/team/invitations
auth          public   POST    /api/auth/accept-invitation
auth          private  PUT     /api/team/usr_1
auth          private  DELETE  /api/team/usr_1
auth          private  GET     /api/audit?page=2
auth          public   GET     /api/health

catalog       private  GET     /api/settings
catalog       private  PUT     /api/settings
catalog       private  POST    /api/settings/logo
catalog       private  DELETE  /api/settings/logo
catalog       private  GET     /api/services
catalog       private  POST    /api/services
catalog       private  GET     /api/services/svc_1
catalog       private  PUT     /api/services/svc_1
catalog       private  DELETE  /api/services/svc_1
catalog       public   GET     /api/tradies/joe-plumber
catalog       public   GET     /api/widget/joe-plumber/config
catalog       public   GET     /book/joe-plumber
catalog       public   GET     /widget/joe-plumber?color=3B82F6
catalog       public   GET     /media/logos/ten_1/img_1.png

availability  private  GET     /api/availability
availability  private  POST    /api/availability
availability  private  PUT     /api/availability
availability  private  PUT     /api/availability/rule_1
availability  private  DELETE  /api/availability/rule_1
availability  private  GET     /api/availability/overrides
availability  private  POST    /api/availability/overrides
availability  private  DELETE  /api/availability/overrides/ovr_1
availability  private  GET     /api/availability/blocked-dates
availability  private  POST    /api/availability/blocked-dates
availability  private  DELETE  /api/availability/blocked-dates/blk_1
availability  private  GET     /api/staff
availability  private  POST    /api/staff
availability  private  PUT     /api/staff/stf_1
availability  private  DELETE  /api/staff/stf_1
availability  private  GET     /api/availability/calendars
availability  private  POST    /api/availability/calendars
availability  private  DELETE  /api/availability/calendars/cal_1
availability  private  GET     /api/availability/calendars/feed.ics
availability  private  GET     /api/availability/holidays
availability  private  PUT     /api/availability/holidays
availability  private  GET     /api/availability/explain?serviceId=svc_1
availability  private  GET     /api/availability/slots?serviceId=svc_1
availability  public   GET     /api/widget/joe-plumber/availability?serviceId=svc_1&date=2026-11-21
availability  public   GET     /api/availability/calendar/Tok_en-1.ics

booking       public   POST    /api/widget/joe-plumber/book
booking       private  GET     /api/bookings?filter=upcoming
booking       private  GET     /api/bookings/book_1
booking       private  POST    /api/bookings
booking       private  PATCH   /api/bookings/book_1
booking       private  PUT     /api/bookings/book_1/status
booking       private  POST    /api/bookings/book_1/reschedule
booking       private  POST    /api/bookings/book_1/charge-balance
booking       private  POST    /api/bookings/book_1/refund
booking       public   GET     /api/manage/Tok_en-1
booking       public   POST    /api/manage/Tok_en-1/cancel
booking       public   POST    /api/manage/Tok_en-1/reschedule
booking       public   GET     /api/manage/Tok_en-1/receipt
booking       public   GET     /api/manage/Tok_en-1/calendar.ics

payments      private  POST    /api/stripe/connect/create-account
payments      private  GET     /api/stripe/connect/status
payments      private  GET     /api/stripe/dashboard-link
payments      public   POST    /api/webhooks/stripe
payments      private  GET     /api/payments?bookingId=book_1
payments      private  GET     /api/payments/pay_1
payments      private  GET     /api/payments/summary

notify        private  GET     /api/notifications
notify        private  PUT     /api/notifications/ntf_1/read
notify        private  PUT     /api/notifications/read-all
notify        private  GET     /api/messages?bookingId=book_1
notify        public   POST    /api/webhooks/resend
notify        public   POST    /api/webhooks/twilio
notify        private  GET     /api/webhook-endpoints
notify        private  POST    /api/webhook-endpoints
notify        private  PUT     /api/webhook-endpoints/whe_1
notify        private  DELETE  /api/webhook-endpoints/whe_1
notify        private  POST    /api/webhook-endpoints/whe_1/test
notify        private  GET     /api/webhook-endpoints/whe_1/deliveries
notify        private  POST    /api/webhook-endpoints/whe_1/deliveries/dlv_1/replay
notify        private  GET     /api/notifications/preferences
notify        private  PUT     /api/notifications/preferences

pages         public   GET     /
pages         public   GET     /dashboard
pages         public   GET     /dashboard/bookings/book_1
pages         public   GET     /docs
pages         public   GET     /docs/index.html
pages         public   GET     /privacy
pages         public   GET     /terms
pages         public   GET     /embed.js
pages         public   GET     /widget.js
pages         public   GET     /assets/main-1a2b3c.js
pages         public   GET     /manage/Tok_en-1
pages         public   GET     /favicon.ico
pages         public   GET     /robots.txt

sandbox       public   GET     /sandbox
sandbox       public   GET     /sandbox/messages?to=a@example.com
sandbox       public   POST    /sandbox/stripe/v1/payment_intents/pi_1/confirm
sandbox       public   POST    /sandbox/stripe/_control
"""

CALLS = [tuple(line.split()) for line in CONTRACT.splitlines() if line]
CONTEXTS = ("auth", "catalog", "availability", "booking", "payments", "notify")

# Auth reads its own cookie there; the sandbox stands for other companies' sites.
KEEPS_ITS_COOKIE = {"/api/auth/", "/api/team", "/api/audit", "/sandbox"}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with open_door(unlimited=True) as door:
        yield door


@pytest.mark.parametrize(("owner", "privacy", "method", "path"), CALLS)
def test_a_call_reaches_its_owner(door: Door, owner: str, privacy: str, method: str, path: str) -> None:
    told = door.told(method, path, headers={**SESSION, "X-Identity": "forged"})
    assert (told["by"], told["method"], told["path"]) == (owner, method, path)
    assert told["headers"].get("x-identity") == (IDENTITY if privacy == PRIVATE else None)
    keeps = any(path.startswith(prefix) for prefix in KEEPS_ITS_COOKIE)
    assert ("cookie" in told["headers"]) == keeps


@pytest.mark.parametrize(("owner", "method", "path"), [(o, m, p) for o, privacy, m, p in CALLS if privacy == PRIVATE])
def test_a_stranger_is_turned_away_with_what_auth_says(door: Door, owner: str, method: str, path: str) -> None:
    owning = door.upstreams[owner][0]
    before = owning.times_asked(path)
    answer = door.ask(method, path, headers={"X-Identity": "forged"})
    assert answer.status_code == 401
    assert answer.json()["error"] == {"code": "UNAUTHENTICATED", "message": "said by auth"}
    assert owning.times_asked(path) == before


@pytest.mark.parametrize("context", CONTEXTS)
@pytest.mark.parametrize("kind", ["openapi", "asyncapi"])
def test_a_schema_is_shown_under_docs(door: Door, context: str, kind: str) -> None:
    told = door.told("GET", f"/docs/{kind}/{context}.json")
    assert (told["by"], told["path"]) == (context, f"/schema/{kind}.json")


def test_without_the_sandbox_its_paths_are_nowhere() -> None:
    with open_door(without=("sandbox",)) as door:
        for path in ("/sandbox", "/sandbox/messages", "/sandbox/stripe/_control"):
            answer = door.ask("GET", path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert door.told("GET", "/dashboard")["by"] == "pages"
