"""The ambulatory glucose profile as a chart: median, middle half and nine tenths of all values at each time of day."""

from isletbench.emulator.metrics.daily_profile import PERCENTILES, ProfileBin, daily_profile
from isletbench.emulator.metrics.episodes import Reading
from isletbench.emulator.metrics.glucose import HIGH, LOW, VERY_HIGH, VERY_LOW
from isletbench.emulator.reports.charts.scale import Scale
from isletbench.emulator.reports.charts.svg import Box, Picture, Point, element, line, path, rectangle, text
from isletbench.emulator.reports.timeline import Timeline

LEFT, RIGHT, TOP, BOTTOM = 40.0, 34.0, 10.0, 24.0
LOWEST, HIGHEST = 40.0, 350.0
LEGIBLE = 44.0
"""With the percentiles closer together than this at the right edge, pixels, their names do not fit."""
MARKS = (VERY_LOW, LOW, HIGH, VERY_HIGH, HIGHEST)


def profile_of(timeline: Timeline, readings: list[Reading]) -> list[ProfileBin | None]:
    """The profile of a series on a run's calendar days."""
    days = len({timeline.day(reading.at) for reading in readings})
    return daily_profile(((timeline.minute(reading.at), reading.mg_dl) for reading in readings), days)


def profile_chart(timeline: Timeline, readings: list[Reading], width: float = 620.0, height: float = 300.0) -> Picture:
    """The profile of a series."""
    bins = profile_of(timeline, readings)
    box = Box(LEFT, TOP, width - LEFT - RIGHT, height - TOP - BOTTOM)
    x, y = Scale(0, 1440, box.x, box.right), Scale(LOWEST, HIGHEST, box.bottom, box.y)
    step = 180 if width > 480 else 360
    parts = [
        rectangle(Box(box.x, y(HIGH), box.width, y(LOW) - y(HIGH)), "band"),
        *(line(x(minute), box.y, x(minute), box.bottom, "grid") for minute in range(0, 1441, step)),
        *(
            text(f"{minute // 60 % 24:02}:00", x(minute), box.bottom + 16, "small", "muted", "middle")
            for minute in range(0, 1441, step)
        ),
        *(_area(run, x, y, (0, 4), "agp-outer") for run in _runs(bins)),
        *(_area(run, x, y, (1, 3), "agp-inner") for run in _runs(bins)),
        *(line(box.x, y(limit), box.right, y(limit), "limit") for limit in (LOW, HIGH)),
        line(box.x, y(VERY_LOW), box.right, y(VERY_LOW), "limit-low"),
        line(box.x, y(VERY_HIGH), box.right, y(VERY_HIGH), "limit-high"),
        *(path(_line(run, x, y, 2), "median") for run in _runs(bins)),
        *(
            text(f"{mark:.0f}", box.x - 6, y(mark) + 4, "small", "muted", "end")
            for mark in (VERY_LOW, LOW, HIGH, VERY_HIGH, 350)
        ),
        *(_names(bins, y, box) if width > 480 else []),
        element("rect", x=box.x, y=box.y, width=box.width, height=box.height, class_="frame"),
    ]
    return Picture(width, height, "".join(parts), "Ambulatory glucose profile: percentiles of glucose by time of day")


def _names(bins: list[ProfileBin | None], y: Scale, box: Box) -> list[str]:
    """The names of the percentiles at the right edge, not on top of each other."""
    last = next((found for found in reversed(bins) if found is not None), None)
    if last is None or y(last.values[0]) - y(last.values[-1]) < LEGIBLE:
        return []
    drawn, free = [], box.bottom
    for number, (name, value) in enumerate(zip(PERCENTILES, last.values, strict=True)):
        above = 11 * (len(PERCENTILES) - 1 - number)
        place = max(min(y.clamped(value) + 4, free), box.y + 10 + above)
        free = place - 11
        drawn.append(text(f"{name} %", box.right + 4, place, "small", "muted"))
    return drawn


def _runs(bins: list[ProfileBin | None]) -> list[list[ProfileBin]]:
    """Bins beside each other that have values."""
    runs: list[list[ProfileBin]] = [[]]
    for found in bins:
        if found is None:
            runs.append([])
        else:
            runs[-1].append(found)
    return [run for run in runs if run]


def _line(run: list[ProfileBin], x: Scale, y: Scale, which: int) -> list[Point]:
    """A percentile over a run of bins, to the outer edges of the first and the last one."""
    points = [(x(one.minute + 0.5), y.clamped(one.values[which])) for one in run]
    return [(x(run[0].minute - 7.0), points[0][1]), *points, (x(run[-1].minute + 8.0), points[-1][1])]


def _area(run: list[ProfileBin], x: Scale, y: Scale, between: tuple[int, int], class_: str) -> str:
    low, high = (_line(run, x, y, which) for which in between)
    return path([*low, *reversed(high)], class_, closed=True)
