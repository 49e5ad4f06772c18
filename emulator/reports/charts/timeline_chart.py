"""The whole run on one time axis: glucose, insulin, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from isletbench.emulator.core.quantities import Instant, Rate
from isletbench.emulator.metrics.glucose import HIGH, LOW, VERY_HIGH, VERY_LOW
from isletbench.emulator.reports.charts.lanes import Dot, Lane
from isletbench.emulator.reports.charts.scale import Scale, pieces, time_marks, value_marks
from isletbench.emulator.reports.charts.svg import Box, Picture, Point, element, line, path, paths, rectangle, text
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.tracks.insulin import BolusTrack, PumpTrack
from isletbench.emulator.reports.tracks.patient import PatientTrack

LEFT, RIGHT = 118.0, 46.0
GLUCOSE, INSULIN, LANE, GAP, AXIS = 250.0, 110.0, 17.0, 20.0, 24.0
"""Heights, pixels."""
AMOUNT_WIDTH = 34.0
LOWEST, HIGHEST = 40.0, 300.0
"""The glucose axis shows at least this, mg/dL."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every panel is drawn in."""

    timeline: Timeline
    x: Scale
    began: Instant
    ended: Instant

    def across(self, began: Instant, ended: Instant, y: float, height: float) -> Box:
        """The place of a span of time; as wide as a line at least."""
        return Box(self.x(began), y, max(1.0, self.x(ended) - self.x(began)), height)


def timeline_chart(timeline: Timeline, lanes: list[Lane], width: float = 1120.0) -> Picture:
    """The chart of a run."""
    began, ended = timeline.began, max(timeline.ended, timeline.began + 60_000)
    frame = _Frame(timeline, Scale(began, ended, LEFT, width - RIGHT), began, ended)
    parts, y = [], 8.0
    if timeline.truth or timeline.sensors or timeline.meters:
        parts.append(_glucose(frame, Box(LEFT, y, width - LEFT - RIGHT, GLUCOSE)))
        y += GLUCOSE + GAP
    for pump in timeline.pumps:
        parts.append(_insulin(frame, pump, Box(LEFT, y, width - LEFT - RIGHT, INSULIN)))
        y += INSULIN + GAP
    if lanes:
        parts.append(_lanes(frame, lanes, Box(LEFT, y, width - LEFT - RIGHT, LANE * len(lanes))))
        y += LANE * len(lanes)
    parts.append(_axis(frame, Box(LEFT, y, width - LEFT - RIGHT, AXIS)))
    label = f"Glucose, insulin and events of {timeline.title} from {timeline.when(began):%Y-%m-%d %H:%M}"
    return Picture(width, y + AXIS, "".join(parts), label)


def highest_shown(timeline: Timeline) -> float:
    """The upper end of the glucose axis, mg/dL."""
    values = [reading.mg_dl for track in timeline.sensors for reading in track.shown]
    values += [reading.mg_dl for reading in timeline.truth]
    values += [stick.shown for meter in timeline.meters for stick in meter.sticks if stick.shown is not None]
    return max(HIGHEST, 50.0 * (int(max(values, default=0.0)) // 50 + 1)) if values else HIGHEST


def _uprights(frame: _Frame, box: Box) -> str:
    """The marks of the time axis, through a panel."""
    marks = time_marks(frame.timeline, frame.began, frame.ended, box.width)
    return "".join(
        line(frame.x(mark.at), box.y, frame.x(mark.at), box.bottom, "midnight" if mark.is_midnight else "grid")
        for mark in marks
    )


def _axis(frame: _Frame, box: Box) -> str:
    marks = time_marks(frame.timeline, frame.began, frame.ended, box.width)
    return "".join(
        text(mark.words, frame.x(mark.at), box.y + 15, "small", "middle", *(["strong"] if mark.is_midnight else ["muted"]))
        for mark in marks
    )


def _glucose(frame: _Frame, box: Box) -> str:
    y = Scale(LOWEST, highest_shown(frame.timeline), box.bottom, box.y)
    parts = [
        rectangle(Box(box.x, y(HIGH), box.width, y(LOW) - y(HIGH)), "band"),
        _uprights(frame, box),
        *(line(box.x, y(limit), box.right, y(limit), "limit") for limit in (LOW, HIGH)),
        line(box.x, y(VERY_LOW), box.right, y(VERY_LOW), "limit-low"),
        line(box.x, y(VERY_HIGH), box.right, y(VERY_HIGH), "limit-high"),
        *(text(f"{mark:.0f}", box.x - 8, y(mark) + 4, "small", "muted", "end") for mark in (VERY_LOW, LOW, HIGH, VERY_HIGH)),
        text("mg/dL", 4, box.y + 10, "small", "muted"),
    ]
    if frame.timeline.truth:
        parts.append(paths(pieces(frame.timeline.truth, frame.x, y), "truth"))
    parts += _meals(frame, box)
    for number, track in enumerate(frame.timeline.sensors):
        parts.append(paths(pieces(track.shown, frame.x, y), "sensor" if number == 0 else "second"))
    parts += _sticks(frame, y)
    parts.append(element("rect", x=box.x, y=box.y, width=box.width, height=box.height, class_="frame"))
    return "".join(parts)


def _sticks(frame: _Frame, y: Scale) -> list[str]:
    """Tests of blood that have a result, as dots."""
    return [
        element("circle", element("title", escape(words)), cx=frame.x(at), cy=y(mg_dl), r=3.5, class_="stick")
        for at, mg_dl, words in sticks_of(frame.timeline)
    ]


def sticks_of(timeline: Timeline) -> list[tuple[Instant, float, str]]:
    """Every test of blood with a result: when, what was shown (mg/dL), and in words."""
    return [
        (stick.at, stick.shown, f"{meter.device} {stick.words}, true {stick.true:.0f}")
        for meter in timeline.meters
        for stick in meter.sticks
        if stick.shown is not None
    ]


def _meals(frame: _Frame, box: Box) -> list[str]:
    """Meals as marks on the lower edge, with their grams where there is room."""
    parts, free = [], box.x - AMOUNT_WIDTH
    for meal in frame.timeline.meals:
        x = frame.x(meal.at)
        title = element("title", escape(meal.words))
        parts.append(element("path", title, d=f"M{x - 5:.1f} {box.bottom:.1f}l5 -9l5 9z", class_="carbs"))
        if x >= free:
            parts.append(text(f"{meal.grams:.0f} g", x, box.bottom - 12, "small", "middle"))
            free = x + AMOUNT_WIDTH
    return parts


def _insulin(frame: _Frame, pump: PumpTrack, box: Box) -> str:
    then = frame.timeline.patient if pump is frame.timeline.pumps[0] else None
    rates = [rate / 1_000_000 for _, rate in (*pump.basal, *(then.recorded_basal if then else ())) if rate is not None]
    doses = [bolus.requested / 1_000_000 for bolus in pump.boluses]
    doses += [uu / 1_000_000 for _, uu in (then.recorded_boluses if then else ())]
    basal = Scale(0, max(1.0, 1.15 * max(rates, default=0.0)), box.bottom, box.y)
    dose = Scale(0, max(4.0, 1.15 * max(doses, default=0.0)), box.bottom, box.y)
    name = f"{pump.device} " if len(frame.timeline.pumps) > 1 else ""
    parts = [
        _uprights(frame, box),
        *(rectangle(frame.across(*span, box.y, box.height), "suspended", "therapy does not run") for span in pump.suspended),
        _basal(frame, pump, basal, box),
        *(_then(frame, then, basal, dose) if then else []),
        *(
            rectangle(
                Box(frame.x(one.began), box.y, frame.x(one.ended) - frame.x(one.began), 3), "temp", f"temp basal {one.words}"
            )
            for one in pump.temp_basals
        ),
        *(_bolus(frame.x(bolus.began), bolus, dose) for bolus in pump.boluses),
        *_amounts(frame, pump, dose),
        *_undelivered(frame, pump, box),
        *(text(f"{mark:g}", box.x - 8, basal(mark) + 4, "small", "muted", "end") for mark in value_marks(basal.high, 3)),
        *(text(f"{mark:g}", box.right + 6, dose(mark) + 4, "small", "muted") for mark in value_marks(dose.high, 3)),
        text(f"{name}U/h", 4, box.y + 10, "small", "muted"),
        text("U", box.right + 30, box.y + 10, "small", "muted"),
        element("rect", x=box.x, y=box.y, width=box.width, height=box.height, class_="frame"),
    ]
    return "".join(parts)


def _then(frame: _Frame, patient: PatientTrack, basal: Scale, dose: Scale) -> list[str]:
    """The insulin of the recording that is replayed, as outlines."""
    bars = [
        (frame.x(at), dose(uu / 1_000_000), f"{uu / 1_000_000:g} U in the recording") for at, uu in patient.recorded_boluses
    ]
    return [
        paths(_steps(frame, patient.recorded_basal, basal), "then"),
        *(rectangle(Box(x - 4, y, 8, dose(0) - y), "then", words) for x, y, words in bars),
    ]


def _steps(frame: _Frame, rates: Sequence[tuple[Instant, Rate | None]], y: Scale) -> list[list[Point]]:
    """A rate as steps, to the end of the run: a piece for each stretch in which it is known."""
    known: list[list[Point]] = [[]]
    ends = [*(at for at, _ in rates[1:]), frame.ended]
    for (at, rate), until in zip(rates, ends, strict=False):
        if rate is None:
            known.append([])
        else:
            known[-1] += [(frame.x(at), y(rate / 1_000_000)), (frame.x(until), y(rate / 1_000_000))]
    return known


def _basal(frame: _Frame, pump: PumpTrack, y: Scale, box: Box) -> str:
    """The basal rate as steps, filled down to 0."""
    points = _steps(frame, pump.basal, y)[0]
    if not points:
        return ""
    return path([(points[0][0], box.bottom), *points, (points[-1][0], box.bottom)], "basal", closed=True)


def _bolus(x: float, bolus: BolusTrack, y: Scale) -> str:
    asked, given = bolus.requested / 1_000_000, bolus.delivered / 1_000_000
    words = f"{bolus.kind.lower()} bolus, {asked:g} U asked for, {given:g} U delivered"
    parts = [rectangle(Box(x - 2.5, y(given), 5, y(0) - y(given)), "bolus", words, rx=1)]
    if bolus.missing:
        parts.append(element("rect", x=x - 2.5, y=y(asked), width=5.0, height=y(given) - y(asked), class_="asked"))
    return "".join(parts)


def _amounts(frame: _Frame, pump: PumpTrack, y: Scale) -> list[str]:
    """The amounts of boluses beside them, the largest first, where they do not cover each other."""
    drawn: list[float] = []
    parts = []
    for bolus in sorted(pump.boluses, key=lambda one: -one.requested):
        x, asked = frame.x(bolus.began), bolus.requested / 1_000_000
        if asked < y.high / 6 or any(abs(x - other) < AMOUNT_WIDTH for other in drawn):
            continue
        drawn.append(x)
        parts.append(text(f"{bolus.delivered / 1_000_000:g}", x + 5, max(y(asked) + 9, y.end + 12), "small"))
    return parts


def _undelivered(frame: _Frame, pump: PumpTrack, box: Box) -> list[str]:
    return [
        element(
            "path",
            element("title", escape(f"{one.uu / 1_000_000:g} U did not arrive: {one.why}")),
            d=f"M{frame.x(one.at) - 3:.1f} {box.bottom:.1f}l3 -6l3 6z",
            class_="undelivered",
        )
        for one in pump.undelivered
    ]


def _lanes(frame: _Frame, lanes: list[Lane], box: Box) -> str:
    parts = [_uprights(frame, box)]
    for number, lane in enumerate(lanes):
        y = box.y + number * LANE
        bars = [(frame.across(bar.began, bar.ended, y + 4, LANE - 7), bar) for bar in lane.bars]
        parts += [rectangle(place, bar.look, bar.words, rx=2) for place, bar in bars]
        parts += [_dot(frame.x(dot.at), y, dot) for dot in lane.dots]
        parts.append(text(shortened(lane.label), box.x - 8, y + LANE - 5, "small", "muted", "end"))
    parts.append(element("rect", x=box.x, y=box.y, width=box.width, height=box.height, class_="frame"))
    return "".join(parts)


def _dot(x: float, y: float, dot: Dot) -> str:
    title = element("title", escape(dot.words))
    if dot.look == "strike":
        return element("path", title, d=f"M{x:.1f} {y + 2:.1f}v{LANE - 4:.1f}", class_=dot.look)
    return element("path", title, d=f"M{x - 4:.1f} {y + LANE - 4:.1f}l4 -9l4 9z", class_=dot.look)


def shortened(words: str, most: int = 19) -> str:
    """Words that fit beside a lane."""
    return words if len(words) <= most else f"{words[: most - 1]}…"
