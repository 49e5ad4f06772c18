"""The page as a whole."""

from isletbench.emulator.reports.charts.lanes import lanes_of
from isletbench.emulator.reports.charts.timeline_chart import timeline_chart
from isletbench.emulator.reports.definitions import definitions
from isletbench.emulator.reports.figures import Figures
from isletbench.emulator.reports.headlines import headlines_of
from isletbench.emulator.reports.page import assets, device_sections, event_section, glucose_sections
from isletbench.emulator.reports.page.data import script_data
from isletbench.emulator.reports.page.html import document, escape, section, tag
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.words import span
from isletbench.emulator.scenarios.judge import Verdict

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""A browser loads nothing from anywhere for this page."""
LEGEND = (
    ("line truth", "true glucose"),
    ("line sensor", "sensor"),
    ("box band", "70 to 180 mg/dL"),
    ("box basal", "basal, U/h"),
    ("box temp", "temp basal"),
    ("box bolus", "bolus, U"),
    ("box carbs", "carbohydrate"),
    ("box undelivered", "did not arrive"),
    ("box suspended", "therapy off"),
)
STICKS = (("box stick", "finger stick"),)
"""What is beside it where there is a meter."""
MOST_PACES = 4
"""So many paces are named."""
THEN = (("box then", "insulin of the recording"),)
"""What is beside it where a recorded day is replayed."""


def page_of(timeline: Timeline, figures: Figures, verdict: Verdict | None = None) -> str:
    """The report as HTML."""
    left = [glucose_sections.ranges(figures), glucose_sections.numbers(figures)] if figures.truth is not None else []
    right = [glucose_sections.profile(timeline), glucose_sections.episodes(timeline, figures)] if left else []
    body = [
        _header(timeline, figures, verdict),
        event_section.verdict(timeline, verdict),
        _timeline(timeline, verdict),
        tag("div", tag("div", *left), tag("div", *right, device_sections.insulin(timeline)), class_="pair"),
        device_sections.sensors(figures),
        device_sections.meters(timeline),
        glucose_sections.days(timeline),
        event_section.events(timeline),
        _definitions(),
    ]
    parts = (
        tag("main", "\n".join(part for part in body if part)),
        f'<script type="application/json" id="data">{script_data(timeline, lanes_of(timeline, verdict))}</script>',
        f"<script>\n{assets.library()}\n</script>",
        f"<script>\n{assets.script()}</script>",
    )
    title = f"{_title(timeline, verdict)}, {timeline.when(timeline.began):%Y-%m-%d}: isletbench report"
    return document(title, POLICY, assets.style(), "\n".join(parts))


def _title(timeline: Timeline, verdict: Verdict | None) -> str:
    """What was played, where there is a verdict on it; else the rig."""
    if verdict is None:
        return timeline.title
    return f"{verdict.scenario} over {verdict.over}" if verdict.over else verdict.scenario


def _header(timeline: Timeline, figures: Figures, verdict: Verdict | None) -> str:
    header, paces = timeline.header, timeline.paces
    facts = [
        f"{timeline.when(timeline.began):%Y-%m-%d %H:%M} to {timeline.when(timeline.ended):%Y-%m-%d %H:%M}",
        span(timeline.ended - timeline.began),
        *([] if verdict is None else [f"rig {timeline.title}"]),
        ", ".join(f"{name} ({kind})" if name != kind else name for name, kind in header.devices.items()),
        *([] if header.seed is None else [f"seed {header.seed}"]),
        f"pace {', then '.join(paces[:MOST_PACES])}{', and so on' if paces[MOST_PACES:] else ''}" if paces else "",
    ]
    tiles = [
        tag(
            "div",
            tag("b", escape(one.value)),
            tag("span", escape(one.name)),
            tag("small", escape(one.note)),
            class_=f"tile {one.look}",
        )
        for one in headlines_of(timeline, figures, verdict)
    ]
    return tag(
        "header",
        tag("p", "isletbench report", class_="eyebrow"),
        tag("h1", escape(_title(timeline, verdict))),
        tag("p", " · ".join(escape(fact) for fact in facts if fact), class_="muted"),
        tag("div", *tiles, class_="tiles"),
    )


def _timeline(timeline: Timeline, verdict: Verdict | None) -> str:
    drawing = timeline_chart(timeline, lanes_of(timeline, verdict)).inline()
    shown: tuple[tuple[str, str], ...] = (
        LEGEND + THEN if timeline.patient is not None and timeline.patient.has_recorded_insulin else LEGEND
    )
    shown += STICKS if timeline.meters else ()
    legend = "".join(f'<span><i class="key {look}"></i>{escape(words)}</span>' for look, words in shown)
    buttons = [
        tag("button", words, type="button", data_act=act, title=title)
        for act, words, title in (
            ("back", "◀", "earlier"),
            ("out", "−", "less detail"),  # noqa: RUF001
            ("in", "+", "more detail"),
            ("on", "▶", "later"),
            ("all", "all", "the whole run"),
        )
    ]
    live = tag(
        "div",
        tag("div", tag("output", "", class_="readout"), tag("span", *buttons, class_="buttons"), class_="tools"),
        tag("div", "", class_="charts"),
        class_="live needs-script",
        aria_label="Glucose, insulin and events; drag to zoom, double-click for the whole run",
    )
    scrolled = tag("div", drawing, class_="chart static")
    return section("timeline", "Timeline", tag("p", legend, class_="legend"), live, scrolled)


def _definitions() -> str:
    rows = [
        tag("dt", escape(one.name)) + tag("dd", escape(one.meaning), " ", tag("cite", escape(one.source)))
        for one in definitions()
    ]
    note = "For tests only: nothing here was connected to a person, and nothing here is for the treatment of one."
    return section("definitions", "What the numbers mean", tag("dl", *rows), tag("p", note, class_="note"))
