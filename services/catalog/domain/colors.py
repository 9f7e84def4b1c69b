"""A business's color, and what can be read on it and beside it."""

from typing import Final

DARK: Final = "#14201B"
LIGHT: Final = "#FFFFFF"
# A few middling colors leave too little to either; on those it reads.
_DARKEST: Final = "#000000"
# What the web's accessibility guidelines ask of text.
_READABLE: Final = 4.5


def ink_on(color: str) -> str:
    """The one of dark and light that reads better on it, always well enough."""
    ink = max((DARK, LIGHT), key=lambda ink: contrast(ink, color))
    return ink if contrast(ink, color) >= _READABLE else _DARKEST


def readable_on(ground: str, color: str) -> str:
    """The color, or a darker or lighter shade of it that can be read there."""
    towards = DARK if contrast(DARK, ground) > contrast(LIGHT, ground) else LIGHT
    for part in range(11):
        shade = _mixed(color, towards, part / 10)
        if contrast(shade, ground) >= _READABLE:
            return shade
    return towards


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - of the sRGB standard


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _mixed(color: str, other: str, part: float) -> str:
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(mine + (theirs - mine) * part):02X}" for mine, theirs in pairs)
