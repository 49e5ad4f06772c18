"""A picture as PNG, without a browser: by resvg, which the extra ``png`` installs."""

from importlib import import_module
from importlib.util import find_spec
from zlib import crc32

from isletbench.emulator.reports.charts.svg import Picture
from isletbench.emulator.reports.charts.theme import LIGHT, picture_rules

LIBRARY = "resvg_py"
INSTALL = "pip install 'isletbench[png]'"
ZOOM = 2
"""Pixels of the PNG for each of the drawing: sharp on today's screens."""


class CannotDraw(Exception):
    """The library that draws PNG is not installed; the sentence says how to install it."""


def is_available() -> bool:
    """Whether PNG can be drawn here."""
    return find_spec(LIBRARY) is not None


def png(picture: Picture) -> bytes:
    """A picture in light colours. Raises ``CannotDraw``."""
    if not is_available():
        raise CannotDraw(f"a PNG needs resvg-py, which is not installed: {INSTALL}")
    library = import_module(LIBRARY)
    svg = picture.alone(picture_rules(LIGHT))
    return _signed(bytes(library.svg_to_bytes(svg_string=svg, zoom=ZOOM)))


def _signed(picture: bytes) -> bytes:
    """A PNG that names its maker, in a tEXt chunk after the header, which ends at octet 33 (PNG 3rd edition, 5.6, 11.3.3)."""
    chunk = b"tEXtSoftware\0isletbench"
    signature = (len(chunk) - 4).to_bytes(4) + chunk + crc32(chunk).to_bytes(4)
    return picture[:33] + signature + picture[33:]
