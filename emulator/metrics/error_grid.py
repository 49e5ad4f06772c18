"""How dangerous it would be to act on a sensor's reading: three error grids. Glucose in mg/dL.

The grid that is drawn is the Diabetes Technology Society's (Klonoff et al. 2024, J Diabetes Sci Technol 18:1346): the
surveillance error grid of 2014 with smoothed borders, made by the same group for sensors and meters alike. The grid of 2014 is
a table of 360,000 scores without a formula; the one of 2024 has a formula, and sorts 97 % of pairs as that one did. Those of
Clarke (Clarke et al. 1987, Diabetes Care 10:622) and Parkes for type 1 (Parkes et al. 2000, Diabetes Care 23:1143; vertices:
Pfützner et al. 2013, J Diabetes Sci Technol 7:1275) are for comparison with older studies.
"""

import math
from collections.abc import Callable, Sequence
from enum import StrEnum
from itertools import pairwise

OVERESTIMATE, UNDERESTIMATE = 2.75, 2.25
"""The risk of each unit of ln(measured / reference), where the sensor shows too much and too little."""
FLOOR = 50.0
"""Values below this count as this, mg/dL."""
EDGES = (0.5, 1.5, 2.5, 3.5)
"""The largest risk in zones A, B, C and D."""


class Zone(StrEnum):
    """From no risk (A) to extreme risk (E)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


RISK_OF_ZONE = {Zone.A: "no", Zone.B: "mild", Zone.C: "moderate", Zone.D: "high", Zone.E: "extreme"}
"""What the zones of the DTS grid stand for."""
_ZONES = tuple(Zone)


def risk(reference: float, measured: float) -> float:
    """The risk of a pair in the DTS grid, from 0; below 0 where the sensor shows too little."""
    ratio = math.log(max(measured, FLOOR) / max(reference, FLOOR))
    return ratio * (OVERESTIMATE if ratio > 0 else UNDERESTIMATE)


def dts_zone(reference: float, measured: float) -> Zone:
    """The zone of a pair in the DTS grid; an edge belongs to the zone of less risk."""
    size = abs(risk(reference, measured))
    return _ZONES[sum(size > edge for edge in EDGES)]


def dts_border(edge: float, reference: float, *, upper: bool) -> float:
    """Where a border of the DTS grid lies above or below a reference value, mg/dL: the measured value with this risk.

    Below the floor there is no border: everything that is measured there counts as the floor; 0 then.
    """
    base = max(reference, FLOOR)
    border = base * math.exp(edge / OVERESTIMATE if upper else -edge / UNDERESTIMATE)
    return border if border > FLOOR else 0.0


def clarke_zone(reference: float, measured: float) -> Zone:
    """The zone of a pair in Clarke's grid."""
    if (reference < 70 and measured < 70) or abs(measured - reference) <= 0.2 * reference:
        return Zone.A
    if (reference <= 70 and measured >= 180) or (reference >= 180 and measured <= 70):
        return Zone.E
    if (reference < 70 or reference > 240) and 70 <= measured < 180:
        return Zone.D
    if (130 <= reference <= 180 and measured < 1.4 * (reference - 130)) or (reference > 70 and measured > reference + 110):
        return Zone.C
    return Zone.B


_PARKES_UPPER: tuple[tuple[Zone, tuple[tuple[float, float], ...]], ...] = (
    (Zone.E, ((0, 150), (35, 155), (50, 550))),
    (Zone.D, ((0, 100), (25, 100), (50, 125), (80, 215), (125, 550))),
    (Zone.C, ((0, 60), (30, 60), (50, 80), (70, 110), (260, 550))),
    (Zone.B, ((0, 50), (30, 50), (140, 170), (280, 380), (430, 550))),
)
"""The lower edge of each zone above the diagonal, as vertices (reference, measured)."""
_PARKES_LOWER: tuple[tuple[Zone, tuple[tuple[float, float], ...]], ...] = (
    (Zone.D, ((250, 0), (250, 40), (550, 150))),
    (Zone.C, ((120, 0), (120, 30), (260, 130), (550, 250))),
    (Zone.B, ((50, 0), (50, 30), (170, 145), (385, 300), (550, 450))),
)
"""The upper edge of each zone below the diagonal."""


def parkes_zone(reference: float, measured: float) -> Zone:
    """The zone of a pair in Parkes's grid for type 1; its lines go on as they are beyond 550 mg/dL."""
    if measured >= reference:
        borders = ((zone, _line(vertices, reference)) for zone, vertices in _PARKES_UPPER)
        return next((zone for zone, border in borders if measured > border), Zone.A)
    lower = ((zone, _below(vertices, reference)) for zone, vertices in _PARKES_LOWER)
    return next((zone for zone, border in lower if measured < border), Zone.A)


def _line(vertices: Sequence[tuple[float, float]], reference: float) -> float:
    """The height of a line of vertices above a reference value; the last piece goes on."""
    pieces = list(pairwise(vertices))
    (x0, y0), (x1, y1) = next((piece for piece in pieces if reference <= piece[1][0]), pieces[-1])
    return y1 if x1 == x0 else y0 + (y1 - y0) * (reference - x0) / (x1 - x0)


def _below(vertices: Sequence[tuple[float, float]], reference: float) -> float:
    """The same for a line that begins upright at its first vertex: 0 before that."""
    return _line(vertices[1:], reference) if reference > vertices[0][0] else 0.0


def shares(pairs: Sequence[tuple[float, float]], zone_of: Callable[[float, float], Zone]) -> dict[Zone, float]:
    """The percentage of pairs (reference, measured) in each zone of a grid. Raises ``ValueError`` without a pair."""
    if not pairs:
        raise ValueError("expected at least one pair of a reference and a measured value")
    found = [zone_of(reference, measured) for reference, measured in pairs]
    return {zone: 100.0 * found.count(zone) / len(found) for zone in Zone}
