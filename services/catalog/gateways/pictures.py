"""Pictures that strangers send: judged by what they hold, and made anew, so that nothing else comes along."""

import asyncio
import io
import struct
from typing import Any, Final, NamedTuple

from services.kernel import errors

LARGEST_UPLOAD: Final = 2_097_152
_LONGEST_SIDE: Final = 1_024
# A small file can unfold into gigabytes.
_MOST_PIXELS: Final = 40_000_000
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_NAMES: Final = {"PNG": ("png", "image/png"), "JPEG": ("jpg", "image/jpeg"), "WEBP": ("webp", "image/webp")}
_HOW: Final[dict[str, dict[str, Any]]] = {
    "PNG": {"optimize": True},
    "JPEG": {"quality": 88, "optimize": True},
    "WEBP": {"quality": 88, "method": 4},
}
# What Pillow raises on files that are broken, on purpose or not.
_BROKEN: Final = (OSError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, struct.error)
_NO_PICTURE: Final = "must be a PNG, JPEG or WebP picture"


class Picture(NamedTuple):
    """As it is stored."""

    body: bytes
    extension: str
    media_type: str


class Pictures:
    """One at a time: a large one takes much memory while it is unfolded."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def remade(self, upload: bytes) -> Picture:
        async with self._turn:
            return await asyncio.to_thread(remade, upload)


def remade(upload: bytes) -> Picture:
    """The same picture, upright, at most so large, without anything that came with it."""
    # Loaded when first asked for: few processes ever see a picture.
    from PIL import Image, ImageOps  # noqa: PLC0415 - see above

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(upload), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise _refused("has too many pixels; 4000 by 4000 is plenty")
            kind = str(opened.format)
            # Of a moving picture, the first frame.
            opened.seek(0)
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            opened.load()
            picture = ImageOps.exif_transpose(opened)
            is_clear = picture.has_transparency_data
            picture = picture.convert("RGBA" if is_clear and kind != "JPEG" else "RGB")
            picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
            # A copy of the bare pixels: comments, places and profiles stay behind.
            bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
            made = io.BytesIO()
            bare.save(made, kind, **_HOW[kind])
    except bombs as error:
        raise _refused("has too many pixels; 4000 by 4000 is plenty") from error
    except _BROKEN as error:
        raise _refused(_NO_PICTURE) from error
    extension, media_type = _NAMES[kind]
    return Picture(made.getvalue(), extension, media_type)


def _refused(sentence: str) -> errors.Invalid:
    return errors.Invalid(details={"file": sentence})
