"""A business sets up what it sells and when, and anybody sees the times that are really free: through the door."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.business import AUCKLAND, WEEK, Business, soon
from tests.support.product import Product


@pytest.fixture
def business(product: Product) -> Any:
    with Business.opened(product) as opened:
        yield opened


def test_the_demo_business_has_something_to_book(product: Product) -> None:
    with product.client() as client:
        config = client.get(f"/api/widget/{product.tenant_slug}/config").json()["data"]
        assert [service["name"] for service in config["services"]] == [
            "Blocked drain",
            "Hot water cylinder service",
            "Quote at your place",
        ]
        page = client.get(f"/book/{product.tenant_slug}").text
        assert all(word in page for word in ("Blocked drain", "$180.00", "Quote at your place", "Free"))
        month = soon(20).strftime("%Y-%m")
        answer = client.get(
            f"/api/widget/{product.tenant_slug}/availability",
            params={"serviceId": config["services"][0]["id"], "month": month},
        )
        assert any(day["available"] > 0 for day in answer.json()["data"]["days"])


def test_hours_become_times_at_once(business: Business) -> None:
    service = business.service()
    assert business.times(service, soon()) == []
    business.said("PUT", "/api/availability", rules=WEEK)
    assert business.times(service, soon()) == [f"{hour:02}:00" for hour in range(9, 17)]
    block = business.said(
        "POST",
        "/api/availability/blocked-dates",
        201,
        startDate=soon().isoformat(),
        startTime="09:00",
        endTime="15:00",
        reason="Dentist",
    )
    assert business.times(service, soon()) == ["15:00", "16:00"]
    business.said("DELETE", f"/api/availability/blocked-dates/{block['id']}")
    business.said("POST", "/api/availability/overrides", 201, date=soon().isoformat(), windows=[])
    assert business.times(service, soon()) == []
    assert len(business.times(service, soon(8))) == 8


def test_a_changed_service_is_seen_at_once(business: Business) -> None:
    business.said("PUT", "/api/availability", rules=WEEK)
    service = business.service()
    assert len(business.times(service, soon())) == 8
    for length, times in ((240, 5), (60, 8), (480, 1)) * 4:
        business.said("PUT", f"/api/services/{service}", durationMinutes=length)
        assert len(business.times(service, soon())) == times
    business.said("PUT", f"/api/services/{service}", active=False)
    path = f"/api/widget/{business.slug}/availability"
    gone = business.client.get(path, params={"serviceId": service, "date": soon().isoformat()})
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "SERVICE_NOT_FOUND")


def test_a_time_says_its_offset_and_the_month_agrees_with_the_day(business: Business) -> None:
    business.said("PUT", "/api/availability", rules=WEEK)
    service = business.service()
    day = soon()
    asked = {"serviceId": service}
    path = f"/api/widget/{business.slug}/availability"
    slots = business.client.get(path, params={**asked, "date": day.isoformat()}).json()["data"]
    assert slots["timezone"] == "Pacific/Auckland"
    first = slots["slots"][0]
    assert first["available"] is True
    starts, ends = (datetime.fromisoformat(first[name]) for name in ("startsAt", "endsAt"))
    assert starts.astimezone(AUCKLAND).replace(tzinfo=None).isoformat() == f"{day}T09:00:00"
    assert ends - starts == timedelta(hours=1)
    month = business.client.get(path, params={**asked, "month": f"{day:%Y-%m}"}).json()["data"]
    assert {"date": day.isoformat(), "available": 8} in month["days"]


def test_the_tradie_gets_the_rule_that_hides_a_time(business: Business) -> None:
    service = business.service()
    noon = datetime.combine(soon(), datetime.min.time(), AUCKLAND).replace(hour=12)
    asked = {"serviceId": service, "startsAt": noon.isoformat()}
    why = business.client.get("/api/availability/explain", params=asked).json()["data"]
    assert why["available"] is False
    assert [reason["rule"] for reason in why["reasons"]] == ["hours"]
    business.said("PUT", "/api/availability", rules=WEEK)
    assert business.client.get("/api/availability/explain", params=asked).json()["data"] == {
        "available": True,
        "reasons": [],
    }


def test_a_former_address_shows_the_same_business(business: Business) -> None:
    business.said("PUT", "/api/availability", rules=WEEK)
    service = business.service()
    former = business.slug
    business.said("PUT", "/api/settings", slug=f"{former}-and-sons")
    for slug in (former, f"{former}-and-sons"):
        answer = business.client.get(
            f"/api/widget/{slug}/availability", params={"serviceId": service, "date": soon().isoformat()}
        )
        assert len(answer.json()["data"]["slots"]) == 8
    page = httpx.get(f"{business.client.base_url}/book/{former}", params={"color": "3B82F6"})
    assert page.is_redirect
    assert page.headers["location"] == f"/book/{former}-and-sons?color=3B82F6"


def test_another_business_sees_none_of_it(product: Product, business: Business) -> None:
    service = business.service()
    rules = business.said("PUT", "/api/availability", rules=WEEK)
    with Business.opened(product) as other:
        other.said("GET", f"/api/services/{service}", 404)
        other.said("DELETE", f"/api/availability/{rules[0]['id']}", 404)
        assert other.said("GET", "/api/availability") == []
        stranger = other.client.get(
            f"/api/widget/{other.slug}/availability", params={"serviceId": service, "date": soon().isoformat()}
        )
        assert stranger.status_code == 404
