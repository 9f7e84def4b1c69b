"""Bookings as a table for spreadsheet programs."""

import csv
import io
from typing import Any

from tests.service.booking.world import Shop, World


def _read(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def _export(shop: Shop, **query: Any) -> list[dict[str, str]]:
    answer = await shop.owner.get("/api/bookings/export", **query)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert "bookings.csv" in answer.headers["content-disposition"]
    return _read(answer.content)


async def test_every_booking_is_a_line_in_the_business_s_own_time_and_money(shop: Shop) -> None:
    paid = await shop.paid("11:00")
    free = await shop.booked("09:00", service_id=await shop.free_service())
    lines = await _export(shop)
    assert [line["Reference"] for line in lines] == [free["reference"], paid["reference"]]
    second = lines[1]
    assert (second["Starts"], second["Ends"], second["Time zone"]) == (
        "2026-03-03 11:00",
        "2026-03-03 12:00",
        "Pacific/Auckland",
    )
    assert (second["Price"], second["Deposit"], second["Paid"], second["Due"]) == ("180.00", "50.00", "50.00", "130.00")
    assert (second["Status"], second["Deposit status"], second["Currency"]) == ("confirmed", "paid", "NZD")
    assert lines[0]["Deposit"] == ""


async def test_no_cell_is_run_as_a_formula(shop: Shop) -> None:
    evil = '=HYPERLINK("http://evil.example","Click")'
    await shop.booked(
        "10:00", customer={"name": evil, "address": '@SUM(1+1)\n-2, "quoted"', "phone": "+64 21 555 0123"}, notes="-1+1"
    )
    (line,) = await _export(shop)
    assert line["Customer"] == f"'{evil}"
    assert line["Address"] == '\'@SUM(1+1)\n-2, "quoted"'
    assert line["Phone"] == "'+64 21 555 0123"
    assert line["Notes"] == "'-1+1"
    assert line["E-mail"] == "Ana@Example.com"


async def test_the_same_filters_as_the_list_and_the_same_by_its_accept(shop: Shop) -> None:
    free = await shop.free_service()
    first = await shop.booked("09:00", service_id=free)
    second = await shop.booked("10:00", service_id=free, customer={"name": "Bo"})
    await shop.owner.put(f"/api/bookings/{first['bookingId']}/status", {"status": "cancelled"})
    assert [line["Reference"] for line in await _export(shop, status="confirmed")] == [second["reference"]]
    assert [line["Reference"] for line in await _export(shop, q="bo", from_="2026-03-03")] == [second["reference"]]
    assert await _export(shop, q="nobody") == []
    asked = await shop.owner.call("GET", "/api/bookings", headers={"accept": "text/csv"}, status="cancelled")
    assert [line["Reference"] for line in _read(asked.content)] == [first["reference"]]


async def test_long_tables_are_whole_and_in_order(shop: Shop, world: World) -> None:
    """Longer than what is read at once."""
    await shop.booked("09:00", service_id=await shop.free_service())
    (row,) = await world.rows(shop.tenant_id, "SELECT * FROM bookings")
    columns = [name for name in row.keys() if name not in {"id", "reference", "found_by"}]  # noqa: SIM118 - no dict
    listed = ", ".join(columns)
    await world.rows(
        shop.tenant_id,
        f"INSERT INTO bookings (id, reference, {listed})"
        f" SELECT 'book_' || lpad(n::text, 26, '0'), 'R' || lpad(n::text, 4, '0'), {listed}"
        " FROM bookings, generate_series(1, 1203) AS n RETURNING id",
    )
    lines = await _export(shop)
    assert len(lines) == 1204
    references = [line["Reference"] for line in lines if line["Reference"].startswith("R")]
    assert references == sorted(references)
    assert len(set(references)) == 1203


async def test_nobody_else_exports_them(shop: Shop, world: World) -> None:
    await shop.booked("10:00")
    assert (await world.anybody.get("/api/bookings/export")).status == 401
