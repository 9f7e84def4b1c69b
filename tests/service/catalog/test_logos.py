"""Logos: uploaded, made anew, kept in a folder or a bucket, and shown."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from services.kernel.ids import new_id
from stack.ports import free_port
from tests.service.catalog.bucket import BUCKET, KEY_ID, REGION, SECRET, BucketStandIn
from tests.service.catalog.house import Answer, Business, Catalog, House
from tests.service.sandbox.served import served
from tests.support.contexts import eventually


def picture(kind: str = "PNG", color: str = "teal", size: tuple[int, int] = (64, 64)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, kind)
    return file.getvalue()


async def upload(shop: Business, body: bytes, *, role: str = "owner") -> Answer:
    files = {"file": ("logo.png", body, "image/png")}
    return await shop.call("POST", "/api/settings/logo", role=role, files=files)


def path_of(answer: Answer) -> str:
    url: str = answer.data["logoUrl"]
    assert url.startswith("http://localhost:8080/media/logos/")
    return urlsplit(url).path


async def test_a_logo_is_shown_to_everybody_and_for_ever(house: House, shop: Business) -> None:
    answer = await upload(shop, picture())
    assert answer.status == 200
    shown = await house.catalog.get(path_of(answer))
    assert (shown.status, shown.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(shown.content)).size == (64, 64)
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    url = answer.data["logoUrl"]
    assert (await shop.settings()).data["logoUrl"] == url
    assert (await shop.config()).data["logoUrl"] == url
    assert (await house.catalog.get(f"/api/tradies/{shop.slug}")).data["logoUrl"] == url
    assert url.encode() in (await house.catalog.get(f"/book/{shop.slug}")).content
    told = await house.event("catalog.profile.changed", tenantId=shop.tenant_id, logoUrl=url)
    assert told["version"] == 2


async def test_a_picture_can_also_be_the_whole_body(shop: Business) -> None:
    answer = await shop.call(
        "POST", "/api/settings/logo", headers={"content-type": "image/webp"}, content=picture("WEBP")
    )
    assert path_of(answer).endswith(".webp")


async def test_a_new_logo_has_a_new_address_and_the_former_is_gone(house: House, shop: Business) -> None:
    first, second = path_of(await upload(shop, picture())), path_of(await upload(shop, picture(color="red")))
    assert first != second
    assert (await house.catalog.get(first)).status == 404
    assert (await house.catalog.get(second)).status == 200
    removed = await shop.call("DELETE", "/api/settings/logo")
    assert (removed.status, removed.data["logoUrl"]) == (200, None)
    assert (await house.catalog.get(second)).status == 404
    assert (await shop.call("DELETE", "/api/settings/logo")).status == 200
    assert (await shop.config()).data["logoUrl"] is None


async def test_uploads_at_once_leave_one_logo_that_is_there(house: House, shop: Business) -> None:
    answers = await asyncio.gather(*(upload(shop, picture(color=color)) for color in ("red", "lime", "blue", "teal")))
    assert {answer.status for answer in answers} == {200}
    kept = (await shop.settings()).data["logoUrl"]
    shown = [(await house.catalog.get(path_of(answer))).status for answer in answers]
    assert sorted(shown) == [200, 404, 404, 404]
    assert (await house.catalog.get(urlsplit(kept).path)).status == 200


@pytest.mark.parametrize("body", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture("GIF")])
async def test_what_is_no_picture_is_refused(shop: Business, body: bytes) -> None:
    assert set((await upload(shop, body)).details) == {"file"}
    assert (await shop.settings()).data["logoUrl"] is None


def scanned_again_and_again(size: int) -> bytes:
    """A progressive JPEG of so many bytes, whose last scan is repeated: each takes as long as the whole picture."""
    file = io.BytesIO()
    Image.new("L", (2000, 2000), 128).save(file, "JPEG", progressive=True, quality=50)
    body = file.getvalue().removesuffix(b"\xff\xd9")
    last = body[body.rindex(b"\xff\xda") :]
    return body + last * ((size - len(body)) // len(last)) + b"\xff\xd9"


async def test_a_picture_that_takes_too_long_is_refused_and_holds_nobody_up(house: House, shop: Business) -> None:
    other = await house.business()
    loop = asyncio.get_running_loop()
    hostile = asyncio.create_task(upload(shop, scanned_again_and_again(100_000)))
    await asyncio.sleep(0.3)
    began = loop.time()
    assert (await upload(other, picture())).status == 200
    assert loop.time() - began < 3
    assert not hostile.done()
    assert "too much work" in (await hostile).details["file"]
    assert (await shop.settings()).data["logoUrl"] is None
    assert (await upload(shop, picture())).status == 200


async def test_a_form_without_the_file_is_refused(shop: Business) -> None:
    for how in (
        {"files": {"picture": ("logo.png", picture(), "image/png")}},
        {"data": {"file": "text"}},
        {"content": b"{}", "headers": {"content-type": "application/json"}},
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"", "headers": {"content-type": "multipart/form-data"}},
    ):
        answer = await shop.call("POST", "/api/settings/logo", **how)
        assert (answer.status, answer.error["code"]) == (400, "VALIDATION_ERROR"), how


async def test_two_megabytes_are_the_most(shop: Business) -> None:
    most = picture() + bytes(2_097_152 - len(picture()))
    assert (await upload(shop, most)).status == 200
    for more in (1, 200_000, 1_500_000):
        answer = await upload(shop, most + bytes(more))
        assert (answer.status, answer.error["code"]) == (413, "PAYLOAD_TOO_LARGE")
    raw = await shop.call("POST", "/api/settings/logo", headers={"content-type": "image/png"}, content=most + bytes(1))
    assert raw.status == 413


async def test_only_owners_and_admins_change_the_logo(house: House, shop: Business) -> None:
    assert (await upload(shop, picture(), role="tech")).status == 403
    assert (await shop.call("DELETE", "/api/settings/logo", role="tech")).status == 403
    assert (await house.catalog.call("POST", "/api/settings/logo", content=picture())).status == 401
    assert (await upload(shop, picture(), role="admin")).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2f..%2fetc/passwd",
        "%2e%2e/passwd",
        "ten_x/..%2f..%2fsecret.png",
        "ten_x/.png",
        "ten_x/img_x.svg",
        "ten_x/img_x.part",
        "ten_x/img_x.png",
        "ten_x/img_x.png%00.txt",
        "ten_x%2fimg_x.png",
    ],
)
async def test_nothing_else_in_the_folder_or_outside_is_ever_shown(house: House, path: str) -> None:
    assert (await house.catalog.get(f"/media/logos/{path}")).status in {400, 404}


async def test_a_folder_that_cannot_be_written_is_told_and_nothing_changes(
    house: House, shop: Business, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    async with house.another(LOGO_FOLDER=str(blocked)) as shop.catalog:
        answer = await upload(shop, picture())
        assert (answer.status, answer.error["code"]) == (503, "STORAGE_UNAVAILABLE")
        assert (await shop.settings()).data["logoUrl"] is None
        assert (await shop.catalog.get(f"/media/logos/{shop.tenant_id}/{new_id('img')}.png")).status == 404


@asynccontextmanager
async def with_bucket(house: House, **changed: str) -> AsyncIterator[tuple[Catalog, BucketStandIn]]:
    bucket = BucketStandIn()
    async with served(bucket, free_port()) as address:
        variables = {
            "S3_ENDPOINT": address,
            "S3_BUCKET": BUCKET,
            "S3_REGION": REGION,
            "S3_ACCESS_KEY_ID": KEY_ID,
            "S3_SECRET_ACCESS_KEY": SECRET,
            "S3_PUBLIC_URL": "https://cdn.example.com/logos/",
        }
        async with house.another(**{**variables, **changed}) as catalog:
            yield catalog, bucket


async def test_a_bucket_keeps_logos_as_well(house: House, shop: Business) -> None:
    async with with_bucket(house) as (catalog, bucket):
        shop.catalog = catalog
        # A request that fails for the moment is made once more.
        bucket.failing = 1
        url = (await upload(shop, picture())).data["logoUrl"]
        ((path, stored),) = bucket.objects.items()
        assert path.startswith(f"/{BUCKET}/{shop.tenant_id}/img_")
        assert url == f"https://cdn.example.com/logos/{path.removeprefix(f'/{BUCKET}/')}"
        assert (stored.media_type, stored.cache_control) == ("image/png", "public, max-age=31536000, immutable")
        assert Image.open(io.BytesIO(stored.body)).size == (64, 64)
        policy = (await catalog.get(f"/book/{shop.slug}")).headers["content-security-policy"]
        assert "img-src 'self' data: https:" in policy
        assert (await catalog.get(f"/media/logos/{shop.tenant_id}/{path.rpartition('/')[2]}")).status == 404
        # What can't be removed takes room, and stands in nobody's way.
        bucket.failing = 10
        assert (await shop.call("DELETE", "/api/settings/logo")).data["logoUrl"] is None
        bucket.failing = 0
        await upload(shop, picture())
        assert (await shop.call("DELETE", "/api/settings/logo")).status == 200
        assert list(bucket.objects) == [path]
        assert bucket.refused == []


async def test_a_bucket_that_is_away_or_says_no_changes_nothing(house: House, shop: Business) -> None:
    async with with_bucket(house) as (catalog, bucket):
        shop.catalog = catalog
        bucket.failing = 100
        answer = await upload(shop, picture())
        assert (answer.status, answer.error["code"], answer.error["retryable"]) == (503, "STORAGE_UNAVAILABLE", True)
        assert (await shop.settings()).data["logoUrl"] is None
    async with with_bucket(house, S3_SECRET_ACCESS_KEY="another") as (catalog, bucket):
        shop.catalog = catalog
        assert (await upload(shop, picture())).status == 503
        assert (bucket.asked, len(bucket.refused)) == (1, 1)
        assert bucket.objects == {}


async def test_the_present_is_published_again(house: House) -> None:
    shop = await house.business()
    kept, archived = await shop.offer(name="Kept", price=12000), await shop.offer(name="Archived")
    await shop.call("DELETE", f"/api/services/{archived['id']}")
    await house.event("catalog.service.archived", serviceId=archived["id"])
    profile = await house.event("catalog.profile.changed", tenantId=shop.tenant_id)
    service = await house.event("catalog.service.changed", serviceId=kept["id"])
    house.heard.clear()
    republish = house.catalog.context.republish
    assert republish is not None
    count = await republish()
    assert await house.event("catalog.profile.changed", tenantId=shop.tenant_id) == profile
    assert await house.event("catalog.service.changed", serviceId=kept["id"]) == service
    assert (await house.event("catalog.service.archived", serviceId=archived["id"]))["version"] == 2
    await eventually(lambda: len(house.heard) == count, "each fact is told once")
    assert house.events("catalog.service.changed", serviceId=archived["id"]) == []
