"""The error grid as a chart: what the sensor showed against the truth, on zones of risk."""

from isletbench.emulator.metrics.error_grid import EDGES, Zone, dts_border
from isletbench.emulator.reports.charts.scale import Scale
from isletbench.emulator.reports.charts.svg import Box, Picture, Point, element, line, number, path, text

LARGEST = 400.0
"""The end of both axes, mg/dL."""
MOST_DOTS = 3_000
"""Of more pairs than this, every second, third, ... is drawn."""
LEFT, RIGHT, TOP, BOTTOM = 44.0, 12.0, 10.0, 36.0


def grid_chart(pairs: list[tuple[float, float]], size: float = 360.0) -> Picture:
    """The DTS grid with pairs (reference, measured) on it."""
    box = Box(LEFT, TOP, size - LEFT - RIGHT, size - TOP - BOTTOM)
    x, y = Scale(0, LARGEST, box.x, box.right), Scale(0, LARGEST, box.bottom, box.y)
    parts = [element("rect", x=box.x, y=box.y, width=box.width, height=box.height, class_="risk-e")]
    parts += [
        path(_enclosed(edge, x, y), f"risk-{zone.value.lower()}", closed=True)
        for zone, edge in zip(reversed(list(Zone)[:-1]), reversed(EDGES), strict=True)
    ]
    parts.append(line(x(0), y(0), x(LARGEST), y(LARGEST), "grid"))
    drawn = pairs[:: len(pairs) // MOST_DOTS + 1]
    dots = [(x.clamped(reference), y.clamped(measured)) for reference, measured in drawn]
    parts += [element("circle", cx=number(cx), cy=number(cy), r="2", class_="dot") for cx, cy in dots]
    for mark in range(0, 401, 100):
        parts.append(text(f"{mark}", x(mark), box.bottom + 15, "small", "muted", "middle"))
        parts.append(text(f"{mark}", box.x - 6, y(mark) + 4, "small", "muted", "end"))
    parts += [text(zone, x(rx), y(my), "small", "strong", "middle") for zone, rx, my in _LETTERS]
    parts.append(text("true glucose, mg/dL", (box.x + box.right) / 2, size - 5, "small", "muted", "middle"))
    middle = (box.y + box.bottom) / 2
    turned = f"rotate(-90 11 {number(middle)})"
    parts.append(text("sensor, mg/dL", 11, middle, "small", "muted", "middle", transform=turned))
    parts.append(element("rect", x=box.x, y=box.y, width=box.width, height=box.height, class_="frame"))
    return Picture(size, size, "".join(parts), "Error grid of sensor readings against true glucose")


_LETTERS = (
    *(("A", 370, 372), ("B", 262, 380), ("C", 178, 380), ("D", 125, 380), ("E", 40, 380)),
    *(("B", 385, 245), ("C", 385, 160), ("D", 385, 106), ("E", 385, 30)),
)
"""Where the letters of the zones are: reference, measured."""


def _enclosed(edge: float, x: Scale, y: Scale) -> list[Point]:
    """The area in which the risk is at most ``edge``."""
    steps = [step / 2 for step in range(round(2 * LARGEST) + 1)]
    upper = [(x(reference), y.clamped(dts_border(edge, reference, upper=True))) for reference in steps]
    lower = [(x(reference), y.clamped(dts_border(edge, reference, upper=False))) for reference in steps]
    return _simplified([*upper, *reversed(lower)])


def _simplified(points: list[Point]) -> list[Point]:
    """The same outline without points on a straight line between their neighbours."""
    kept = points[:1]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        across = (point[0] - before[0]) * (after[1] - before[1]) - (point[1] - before[1]) * (after[0] - before[0])
        if abs(across) > 1e-6:
            kept.append(point)
    return [*kept, points[-1]]
