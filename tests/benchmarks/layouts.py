"""Decoding and encoding of every packet, beside construct's interpretation of the same layout."""

import random
import statistics
from functools import lru_cache

from tests.benchmarks.figures import Figure, Goal, Row
from tests.benchmarks.packets import ratios, valid
from tests.protocols.test_compiled import PACKETS

TINY = 3


@lru_cache(maxsize=2)
def _medians(tiny: bool) -> tuple[float, float]:
    """The median ratios of decoding and of encoding."""
    chance = random.Random(1)
    packets = PACKETS[:TINY] if tiny else PACKETS
    found = [ratios(cls, value) for cls in packets if (value := valid(cls, chance)) is not None]
    decode, encode = (statistics.median(way) for way in zip(*found, strict=True))
    return decode, encode


def decoding(tiny: bool) -> Figure:
    """Octets to values."""
    ratio = _medians(tiny)[0]
    return Figure(ratio, ratio, 1.0, "x")


def encoding(tiny: bool) -> Figure:
    """Values to octets."""
    ratio = _medians(tiny)[1]
    return Figure(ratio, ratio, 1.0, "x")


BESIDE = "interpreted construct of the same layout, median of all packets"
ROWS = (
    Row("decoding a packet", BESIDE, Goal(0.3, "x"), decoding),
    Row("encoding a packet", BESIDE, Goal(0.3, "x"), encoding),
)
