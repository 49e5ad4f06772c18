"""A run as one picture: headlines, timeline, glucose profile, times in ranges."""

from isletbench.emulator.metrics.glucose import GlucoseSummary, Range
from isletbench.emulator.reports.charts.lanes import lanes_of
from isletbench.emulator.reports.charts.profile_chart import profile_chart
from isletbench.emulator.reports.charts.svg import Box, Picture, moved, rectangle, text
from isletbench.emulator.reports.charts.timeline_chart import timeline_chart
from isletbench.emulator.reports.figures import Figures
from isletbench.emulator.reports.headlines import Headline, headlines_of
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.scenarios.judge import Verdict

WIDTH, EDGE = 1200.0, 40.0
LOOKS = {"good": "target", "fair": "high", "bad": "low", "": "quiet"}
WORDS = {
    Range.VERY_HIGH: "above 250",
    Range.HIGH: "181 to 250",
    Range.TARGET: "70 to 180",
    Range.LOW: "54 to 69",
    Range.VERY_LOW: "below 54",
}


def poster(timeline: Timeline, figures: Figures, verdict: Verdict | None = None) -> Picture:
    """The picture of a run."""
    y = 52.0
    parts = [text(timeline.title, EDGE, y, "title")]
    words = f"{timeline.when(timeline.began):%Y-%m-%d %H:%M} to {timeline.when(timeline.ended):%Y-%m-%d %H:%M}"
    seed = "" if timeline.header.seed is None else f", seed {timeline.header.seed}"
    parts.append(text(f"{words}{seed}", EDGE, y + 20, "muted"))
    y += 52
    headlines = headlines_of(timeline, figures, verdict)
    step = (WIDTH - 2 * EDGE) / max(len(headlines), 1)
    parts += [moved(_tile(one), EDGE + step * number, y) for number, one in enumerate(headlines)]
    y += 96
    chart = timeline_chart(timeline, lanes_of(timeline, verdict), WIDTH - 2 * EDGE)
    parts.append(moved(chart.content, EDGE, y))
    y += chart.height + 24
    if figures.truth is not None:
        profile = profile_chart(timeline, timeline.truth, 720.0, 300.0)
        parts.append(text("glucose profile: true glucose by time of day", EDGE + 40, y + 4, "strong"))
        parts.append(moved(profile.content, EDGE, y + 10))
        parts.append(text("times in ranges, mg/dL", EDGE + 790, y + 4, "strong"))
        parts.append(moved(_ranges(figures.truth.summary), EDGE + 790, y + 20))
        y += 326
    return Picture(WIDTH, y, "".join(parts), f"{timeline.title}: {words}")


def _tile(one: Headline) -> str:
    return "".join(
        (
            rectangle(Box(0, 0, 4, 66), LOOKS[one.look], rx=2),
            text(one.value, 14, 26, "huge"),
            text(one.name, 14, 46, "strong"),
            text(one.note, 14, 62, "small", "muted"),
        )
    )


def _ranges(summary: GlucoseSummary) -> str:
    """The five ranges on top of each other, the highest at the top."""
    height, y, parts = 264.0, 0.0, []
    free = 0.0
    for one, words in WORDS.items():
        percent = summary.ranges[one]
        part = height * percent / 100
        parts.append(rectangle(Box(0, y, 64, max(part - 1, 0.0)), one.value.replace("_", "-")))
        place = max(y + part / 2 + 4, free)
        free = place + 18
        parts.append(text(f"{words}: {percent:.1f} %", 80, place, "strong" if one is Range.TARGET else "muted"))
        y += part
    return "".join(parts)
