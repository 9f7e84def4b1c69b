"""Pictures are judged by what they hold, and nothing but the picture is kept."""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from services.catalog.gateways.pictures import remade
from services.kernel import errors


def encoded(picture: Image.Image, kind: str, **how: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def opened(body: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(body))
    picture.load()
    return picture


def plain(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.new(mode, size, "teal" if mode != "RGBA" else (0, 128, 128, 100))


def sentence(upload: bytes) -> str:
    with pytest.raises(errors.Invalid) as refused:
        remade(upload)
    assert set(refused.value.details) == {"file"}
    return refused.value.details["file"]


@pytest.mark.parametrize(
    ("kind", "extension", "media_type"),
    [("PNG", "png", "image/png"), ("JPEG", "jpg", "image/jpeg"), ("WEBP", "webp", "image/webp")],
)
def test_a_picture_keeps_its_kind_and_its_look(kind: str, extension: str, media_type: str) -> None:
    picture = remade(encoded(plain(), kind))
    assert (picture.extension, picture.media_type) == (extension, media_type)
    again = opened(picture.body)
    assert (again.format, again.size) == (kind, (60, 40))
    red, green, blue = again.convert("RGB").getpixel((30, 20))  # type: ignore[misc] # of a picture in color
    assert max(red, abs(green - 128), abs(blue - 128)) < 6


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_clear_stays_clear(kind: str) -> None:
    again = opened(remade(encoded(plain("RGBA"), kind)).body)
    assert again.mode == "RGBA"
    assert again.getpixel((30, 20))[3] == 100  # type: ignore[index] # of a picture with alpha


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK", "YCbCr"])
def test_every_way_of_writing_colors_is_understood(mode: str) -> None:
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG"}.get(mode, "PNG")
    picture = Image.new(mode, (30, 20))
    assert opened(remade(encoded(picture, kind)).body).size == (30, 20)


@pytest.mark.parametrize(("size", "kept"), [((3000, 1500), (1024, 512)), ((100, 5000), (20, 1024)), ((1, 1), (1, 1))])
def test_no_side_is_longer_than_needed(size: tuple[int, int], kept: tuple[int, int]) -> None:
    for kind in ("PNG", "JPEG"):
        again = opened(remade(encoded(plain(size=size), kind)).body).size
        assert max(abs(again[0] - kept[0]), abs(again[1] - kept[1])) <= 1


def test_a_picture_taken_upright_is_shown_upright_and_tells_nothing_of_its_taker() -> None:
    lying = Image.new("RGB", (60, 40), "white")
    lying.paste((255, 0, 0), (0, 0, 60, 10))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET CAMERA"
    body = remade(encoded(lying, "JPEG", exif=exif, quality=95)).body
    again = opened(body)
    assert again.size == (40, 60)
    assert again.getpixel((37, 30))[1] < 80  # type: ignore[index] # the red edge has turned to the right
    assert b"SECRET" not in body
    assert not again.getexif()


def test_comments_and_profiles_stay_behind() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>SECRET</script>")
    body = remade(encoded(plain(), "PNG", pnginfo=notes, icc_profile=b"SECRET" * 30)).body
    assert b"SECRET" not in body
    assert remade(encoded(plain(), "PNG") + b"<html>SECRET</html>").body.find(b"SECRET") == -1


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "lime", "blue")]
    for kind in ("WEBP", "PNG"):
        moving = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        again = opened(remade(moving).body)
        assert getattr(again, "n_frames", 1) == 1
        assert again.convert("RGB").getpixel((10, 10))[0] > 200  # type: ignore[index] # red


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO", "PDF"])
def test_other_kinds_are_refused_whatever_they_are_called(kind: str) -> None:
    assert "PNG, JPEG or WebP" in sentence(encoded(plain(), kind))


@pytest.mark.parametrize(
    "upload", [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]
)
def test_what_is_no_picture_is_refused(upload: bytes) -> None:
    assert "PNG, JPEG or WebP" in sentence(upload)


def test_a_small_file_that_unfolds_into_a_huge_picture_is_refused_unseen() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side in (6_500, 12_000, 60_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1_000))) + chunk(b"IEND", b"")
        assert "too many pixels" in sentence(bomb)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "WEBP"]), st.data())
def test_a_damaged_file_is_refused_or_repaired_and_never_a_bug(kind: str, data: st.DataObject) -> None:
    whole = bytearray(encoded(plain(), kind))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        made = remade(cut)
    except errors.Invalid:
        return
    assert opened(made.body).format == kind
