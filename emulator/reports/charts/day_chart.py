"""One day, small: glucose over the target band, and when boluses were given."""

from isletbench.emulator.core.quantities import Instant, hours
from isletbench.emulator.metrics.episodes import Reading
from isletbench.emulator.metrics.glucose import HIGH, LOW
from isletbench.emulator.reports.charts.scale import Scale, pieces
from isletbench.emulator.reports.charts.svg import Box, Picture, element, line, paths, rectangle, text
from isletbench.emulator.reports.timeline import DAY, Timeline
from isletbench.emulator.reports.tracks.glucose import SensorTrack

LOWEST, HIGHEST = 40.0, 300.0


def day_chart(timeline: Timeline, track: SensorTrack | None, day: int, width: float = 300.0, height: float = 96.0) -> Picture:
    """One day of glucose, small: the truth, the sensor, the target band, and when boluses were given."""
    box = Box(0, 4, width, height - 20)
    began = timeline.midnight(day)
    x, y = Scale(began, began + DAY, box.x, box.right), Scale(LOWEST, HIGHEST, box.bottom - 6, box.y)
    parts = [
        rectangle(Box(box.x, y(HIGH), box.width, y(LOW) - y(HIGH)), "band"),
        *(line(x(began + hours(hour)), box.y, x(began + hours(hour)), box.bottom, "grid") for hour in (6, 12, 18)),
        *(text(f"{hour:02}", x(began + hours(hour)), height - 3, "small", "muted", "middle") for hour in (6, 12, 18)),
    ]
    parts.append(_part(timeline.truth, began, x, y, "truth"))
    parts += [_mark(x(meal.at), box, meal.words) for meal in timeline.meals if began <= meal.at < began + DAY]
    if track is not None:
        parts.append(_part(track.shown, began, x, y, "sensor"))
    for pump in timeline.pumps:
        there = [bolus for bolus in pump.boluses if began <= bolus.began < began + DAY]
        parts += [
            rectangle(Box(x(bolus.began) - 1, box.bottom - 6, 2.5, 6), "bolus", f"{bolus.delivered / 1_000_000:g} U")
            for bolus in there
        ]
    parts.append(element("rect", x=box.x + 0.5, y=box.y, width=box.width - 1, height=box.height, class_="frame"))
    return Picture(width, height, "".join(parts), f"Glucose on {timeline.when(began):%Y-%m-%d}")


def _mark(x: float, box: Box, words: str) -> str:
    """A meal on the lower edge."""
    return element("path", element("title", words), d=f"M{x - 3:.1f} {box.bottom:.1f}l3 -6l3 6z", class_="carbs")


def _part(readings: list[Reading], began: Instant, x: Scale, y: Scale, class_: str) -> str:
    there = [reading for reading in readings if began <= reading.at < began + DAY]
    return paths(pieces(there, x, y), class_)
