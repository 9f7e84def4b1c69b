"""Pictures that strangers send: judged by what they hold, and made anew, so that nothing else comes along."""

import io
import struct
from typing import Any, Final, NamedTuple

import msgspec

from services.kernel import apart, errors

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
_TOO_MANY: Final = "has too many pixels; 4000 by 4000 is plenty"
_TOO_MUCH: Final = "takes too much work to be read; save it anew as a plain PNG or JPEG"
# A picture of as many pixels as are allowed takes a second, and is there three times while it is turned and made smaller.
_SECONDS: Final = 5.0
_MEGABYTES: Final = 768


class Picture(NamedTuple):
    """As it is stored."""

    body: bytes
    extension: str
    media_type: str


class _Outcome(msgspec.Struct, frozen=True):
    """What is told from one process to another: the picture, or why there is none."""

    picture: Picture | None = None
    refusal: str | None = None


_outcomes: Final = msgspec.msgpack.Decoder(_Outcome)


class Pictures:
    """Each in a process apart: the libraries that unfold pictures can't be stopped, and were written long ago."""

    async def remade(self, upload: bytes, *, of: str) -> Picture:
        """As below, or refused where it takes too much; `of` one sender, one at a time."""
        try:
            told = await apart.run(remade_apart, upload, of=of, seconds=_SECONDS, megabytes=_MEGABYTES)
        except apart.NotDone as error:
            raise _refused(_TOO_MUCH) from error
        outcome = _outcomes.decode(told)
        if outcome.picture is None:
            raise _refused(outcome.refusal or _NO_PICTURE)
        return outcome.picture


def remade_apart(upload: bytes) -> bytes:
    """What runs there."""
    try:
        outcome = _Outcome(remade(upload))
    except errors.Invalid as refusal:
        outcome = _Outcome(refusal=refusal.details["file"])
    return msgspec.msgpack.encode(outcome)


def remade(upload: bytes) -> Picture:
    """The same picture, upright, at most so large, without anything that came with it."""
    # Loaded when first asked for: few processes ever see a picture.
    from PIL import Image, ImageOps  # noqa: PLC0415 - see above

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(upload), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise _refused(_TOO_MANY)
            kind = str(opened.format)
            # Of a moving picture, the first frame.
            opened.seek(0)
            opened.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
            opened.load()
            ImageOps.exif_transpose(opened, in_place=True)
            mode = "RGBA" if opened.has_transparency_data and kind != "JPEG" else "RGB"
            picture = opened if opened.mode == mode else opened.convert(mode)
            picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
            # A copy of the bare pixels: comments, places and profiles stay behind.
            bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
            made = io.BytesIO()
            bare.save(made, kind, **_HOW[kind])
    except bombs as error:
        raise _refused(_TOO_MANY) from error
    except _BROKEN as error:
        raise _refused(_NO_PICTURE) from error
    extension, media_type = _NAMES[kind]
    return Picture(made.getvalue(), extension, media_type)


def _refused(sentence: str) -> errors.Invalid:
    return errors.Invalid(details={"file": sentence})
