"""The parts of the page about glucose: times in ranges, numbers, profile, episodes, days."""

from isletbench.emulator.metrics.episodes import Level
from isletbench.emulator.metrics.glucose import LARGEST_CV, GlucoseSummary, Range
from isletbench.emulator.reports.charts.day_chart import day_chart
from isletbench.emulator.reports.charts.profile_chart import profile_chart
from isletbench.emulator.reports.figures import Figures, SeriesFigures, series_figures
from isletbench.emulator.reports.page.html import escape, section, table, tag
from isletbench.emulator.reports.timeline import DAY, Timeline
from isletbench.emulator.reports.words import span

RANGE_WORDS = {
    Range.VERY_HIGH: "above 250",
    Range.HIGH: "181 to 250",
    Range.TARGET: "70 to 180",
    Range.LOW: "54 to 69",
    Range.VERY_LOW: "below 54",
}
GOALS = {
    Range.VERY_HIGH: "under 5 %",
    Range.HIGH: "above 180 under 25 %",
    Range.TARGET: "over 70 %",
    Range.LOW: "below 70 under 4 %",
    Range.VERY_LOW: "under 1 %",
}
"""For most adults (Battelino 2019)."""
LEVEL_WORDS = {
    Level.VERY_LOW: "below 54 mg/dL",
    Level.LOW: "below 70 mg/dL",
    Level.HIGH: "above 180 mg/dL",
    Level.VERY_HIGH: "above 250 mg/dL",
}
MMOL = 18.016
"""mg/dL in a mmol/L of glucose."""
MOST_EPISODES = 200


def series_of(figures: Figures) -> list[tuple[str, SeriesFigures]]:
    """Every series of numbers, by what it is called."""
    found = [] if figures.truth is None else [("true glucose", figures.truth)]
    return found + [(f"sensor {one.track.device}", one.series) for one in figures.sensors if one.series is not None]


def ranges(figures: Figures) -> str:
    """Times in ranges: a bar for each series, and the numbers."""
    series = series_of(figures)
    bars = [
        tag("div", tag("span", escape(name), class_="bar-name"), _bar(one.summary), class_="bar-row") for name, one in series
    ]
    rows = [
        [
            f'<i class="swatch {one.value.replace("_", "-")}"></i>{RANGE_WORDS[one]}',
            *(_time_in(figures_.summary, one) for _, figures_ in series),
            f'<span class="muted">{GOALS[one]}</span>',
        ]
        for one in RANGE_WORDS
    ]
    rows.append(["70 to 140 (tight)", *(f"{one.summary.tight:.1f} %" for _, one in series), ""])
    return section(
        "ranges", "Times in ranges", *bars, table(["mg/dL", *(name for name, _ in series), "goal"], rows, "numbers ranges")
    )


def _time_in(summary: GlucoseSummary, one: Range) -> str:
    percent = summary.ranges[one]
    if not percent:
        return "0 %"
    return f'{percent:.1f} % <span class="muted">{span(round(percent / 100 * 86_400_000 / 60_000) * 60_000)} a day</span>'


def _bar(summary: GlucoseSummary) -> str:
    """A bar of the five ranges."""
    pieces = []
    for one in reversed(RANGE_WORDS):
        percent = summary.ranges[one]
        if percent > 0:
            words = f"{percent:.0f} %" if percent >= 7 else ""
            look = f"piece {one.value.replace('_', '-')}"
            title = f"{RANGE_WORDS[one]} mg/dL: {percent:.1f} %"
            pieces.append(tag("div", words, class_=look, style=f"width:{percent:.2f}%", title=title))
    return tag("div", *pieces, class_="bar")


def numbers(figures: Figures) -> str:
    """The numbers of every series, side by side."""
    series = series_of(figures)
    all_of = [one.summary for _, one in series]
    rows = [
        ["readings", *(f"{one.count}" for one in all_of)],
        ["mean", *(f'{one.mean:.0f} mg/dL <span class="muted">{one.mean / MMOL:.1f} mmol/L</span>' for one in all_of)],
        ["GMI", *(f"{one.gmi:.1f} %" for one in all_of)],
        ["SD", *(f"{one.sd:.0f} mg/dL" for one in all_of)],
        [f"CV <span class='muted'>(stable up to {LARGEST_CV:.0f} %)</span>", *(f"{one.cv:.1f} %" for one in all_of)],
        ["lowest, median, highest", *(f"{one.lowest:.0f}, {one.median:.0f}, {one.highest:.0f}" for one in all_of)],
        ["LBGI, HBGI", *(f"{one.lbgi:.2f}, {one.hbgi:.2f}" for one in all_of)],
        ["GRI <span class='muted'>(0 best, 100 worst)</span>", *(f"{one.gri:.1f}" for one in all_of)],
        *(
            [f"episodes {LEVEL_WORDS[level]}", *(f"{len(one.episodes[level])}" for _, one in series)]
            for level in (Level.LOW, Level.VERY_LOW, Level.HIGH, Level.VERY_HIGH)
        ),
        ["of those below 70, over 2 h", *(f"{len(one.extended)}" for _, one in series)],
    ]
    return section("numbers", "Numbers", table(["", *(name for name, _ in series)], rows, "numbers"))


def profile(timeline: Timeline) -> str:
    """The ambulatory glucose profile of true glucose."""
    days = len({timeline.day(reading.at) for reading in timeline.truth})
    note = (
        f"True glucose by time of day, {days} {'day' if days == 1 else 'days'}"
        + (": fewer than the fourteen that make a profile reliable." if days < 14 else ".")
        + " Line: median; dark: the middle half; light: nine tenths."
    )
    drawings = profile_chart(timeline, timeline.truth).inline("broad") + profile_chart(
        timeline, timeline.truth, 340.0, 250.0
    ).inline("narrow")
    return section("profile", "Glucose profile", tag("p", note, class_="note"), tag("div", drawings, class_="chart"))


def episodes(timeline: Timeline, figures: Figures) -> str:
    """Every episode of true glucose, with a link into the chart."""
    if figures.truth is None:
        return ""
    found = [one for level in (Level.VERY_LOW, Level.LOW, Level.VERY_HIGH) for one in figures.truth.episodes[level]]
    found.sort(key=lambda one: (one.began, one.level.value))
    if not found:
        words = tag("p", "True glucose never stayed below 70 or above 250 mg/dL for 15 minutes.", class_="note")
        return section("episodes", "Low and very high episodes", words)
    rows = [
        [
            tag("button", f"{timeline.when(one.began):%a %d %b %H:%M}", class_="go", data_t=f"{one.began / 1000:.0f}"),
            LEVEL_WORDS[one.level],
            span(one.lasted) + (" (extended)" if one.is_extended else ""),
            f"{'lowest' if one.level.is_low else 'highest'} {one.extreme:.0f} mg/dL",
        ]
        for one in found[:MOST_EPISODES]
    ]
    more = tag("p", f"{len(found) - MOST_EPISODES} more are left out.", class_="note") if len(found) > MOST_EPISODES else ""
    return section("episodes", "Low and very high episodes", table(["began", "true glucose", "lasted", "extreme"], rows), more)


def days(timeline: Timeline) -> str:
    """A small chart and three numbers for every day."""
    track = timeline.sensors[0] if timeline.sensors else None
    cards = []
    for day in timeline.days:
        began = timeline.midnight(day)
        figures = series_figures([reading for reading in timeline.truth if began <= reading.at < began + DAY])
        units = sum(pump.pushed(cause, began, began + DAY) for pump in timeline.pumps for cause in ("basal", "bolus"))
        words = [] if figures is None else [f"{figures.summary.in_range:.0f} % in range", f"mean {figures.summary.mean:.0f}"]
        words += [f"{units / 1_000_000:.1f} U"] if timeline.pumps else []
        head = tag("strong", f"{timeline.when(max(began, timeline.began)):%a %d %b}")
        chart = day_chart(timeline, track, day).inline()
        note = tag("span", " · ".join(words), class_="muted")
        seconds = f"{max(began, timeline.began) / 1000:.0f}"
        until = f"{min(began + DAY, timeline.ended) / 1000:.0f}"
        cards.append(tag("button", head, note, chart, class_="day go", data_t=seconds, data_until=until))
    return section("days", "Days", tag("div", *cards, class_="days"))
