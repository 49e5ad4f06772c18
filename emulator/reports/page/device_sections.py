"""The parts of the page about sensors and pumps: accuracy, completeness, insulin."""

from itertools import zip_longest

from isletbench.emulator.core.quantities import UU_PER_UNIT, Insulin, days, minutes
from isletbench.emulator.metrics.accuracy import Accuracy
from isletbench.emulator.metrics.error_grid import RISK_OF_ZONE, Zone
from isletbench.emulator.reports.charts.grid_chart import grid_chart
from isletbench.emulator.reports.figures import Figures, SensorFigures
from isletbench.emulator.reports.page.html import escape, section, table, tag
from isletbench.emulator.reports.timeline import Timeline
from isletbench.emulator.reports.tracks.meter import HINGE, MeterTrack
from isletbench.emulator.reports.tracks.patient import PatientTrack
from isletbench.emulator.reports.words import span, units

MOST_STICKS = 200
"""How many finger sticks are listed."""


def sensors(figures: Figures) -> str:
    """How each sensor compares with the truth, and how complete its readings are."""
    return "".join(_sensor(one) for one in figures.sensors)


def _sensor(figures: SensorFigures) -> str:
    name, accuracy = figures.track.device, figures.accuracy
    parts = [tag("div", _completeness(figures), *([] if accuracy is None else [_agreement(accuracy)]), class_="column")]
    if accuracy is not None:
        drawing = grid_chart(figures.track.pairs).inline()
        parts.append(tag("div", tag("div", drawing, class_="chart square"), _zones(accuracy), class_="column"))
    return section(f"sensor-{name}", f"Sensor {name} against true glucose", tag("div", *parts, class_="columns"))


def meters(timeline: Timeline) -> str:
    """The finger sticks of each meter, beside true glucose and what the first sensor showed."""
    return "".join(_meter(timeline, track) for track in timeline.meters)


def _meter(timeline: Timeline, track: MeterTrack) -> str:
    good, judged = track.within_iso
    failed = sum(stick.shown is None for stick in track.sticks)
    beyond = sum(stick.is_beyond for stick in track.sticks)
    note = (
        f"{len(track.sticks)} tests of blood, {failed} failed, {beyond} beyond the range; {track.controls} of control solution."
        f" {good} of {judged} results are within 15 mg/dL or 15 % (ISO 15197:2013)."
    )
    rows = [
        [
            tag("button", f"{timeline.when(stick.at):%a %d %b %H:%M}", class_="go", data_t=f"{stick.at / 1000:.0f}"),
            f"{stick.sequence}",
            escape(stick.words),
            f"{stick.true:.0f}",
            "" if stick.off is None else f"{stick.off:+.1f} {'mg/dL' if stick.true < HINGE else '%'}",
            "" if stick.sensor is None else f"{stick.sensor:.0f}",
        ]
        for stick in track.sticks[:MOST_STICKS]
    ]
    left_out = len(track.sticks) - len(rows)
    more = tag("p", f"{left_out} more are left out.", class_="note") if left_out else ""
    head = ["made", "number", "shown", "true, mg/dL", "off", "sensor, mg/dL"]
    title = f"Finger sticks of {escape(track.device)}"
    return section(f"meter-{track.device}", title, tag("p", note, class_="note"), table(head, rows), more)


def _completeness(figures: SensorFigures) -> str:
    sufficiency, track = figures.sufficiency, figures.track
    rows = [
        ["one reading every", span(track.interval)],
        ["possible readings", f"{sufficiency.possible}"],
        ["measured, and a number", f"{len(track.shown)} ({sufficiency.shown:.1f} %)"],
        ["never sent", f"{track.lost}"],
        ["reached a client", f"{len(track.received)} ({sufficiency.received:.1f} %)"],
        ["enough for a judgement", "yes" if sufficiency.is_enough else f"no: {sufficiency.days:.1f} of 14 days"],
    ]
    return table(["completeness", ""], rows, "numbers")


def _agreement(accuracy: Accuracy) -> str:
    left_out = f" ({accuracy.left_out} outside 40 to 400 mg/dL left out)" if accuracy.left_out else ""
    rows = [
        ["MARD", f"{accuracy.mard:.1f} %"],
        ["bias", f"{round(accuracy.bias, 1) + 0.0:+.1f} mg/dL"],
        *([f"within {limit} mg/dL or %", f"{percent:.1f} %"] for limit, percent in accuracy.agreement.items()),
        ["mean risk in the error grid", f"{accuracy.risk:.2f}"],
        ["pairs", f"{accuracy.count}{left_out}"],
    ]
    return table(["accuracy", ""], rows, "numbers")


def _zones(accuracy: Accuracy) -> str:
    rows = [
        [
            f'<i class="swatch risk-{zone.value.lower()}"></i>{zone.value}: {RISK_OF_ZONE[zone]} risk',
            *(f"{grid[zone]:.1f} %" for grid in (accuracy.dts, accuracy.clarke, accuracy.parkes)),
        ]
        for zone in Zone
    ]
    return table(["zone", "DTS (drawn)", "Clarke", "Parkes"], rows, "numbers")


def insulin(timeline: Timeline) -> str:
    """What each pump delivered, and what it did not."""
    if not timeline.pumps:
        return ""
    lasted = (timeline.ended - timeline.began) / days(1)
    pumps = timeline.pumps
    totals = [pump.pushed("basal") + pump.pushed("bolus") for pump in pumps]
    rows = [
        ["basal", *(units(pump.pushed("basal")) for pump in pumps)],
        ["bolus", *(f"{units(pump.pushed('bolus'))} in {len(pump.boluses)}" for pump in pumps)],
        ["basal and bolus a day", *(f"{total / UU_PER_UNIT / lasted:.1f} U" if lasted else "" for total in totals)],
        ["did not reach the tissue in time", *(units(sum(one.uu for one in pump.undelivered)) for pump in pumps)],
        ["therapy did not run for", *(span(sum(end - begin for begin, end in pump.suspended)) for pump in pumps)],
        ["temp basals", *(f"{len(pump.temp_basals)}" for pump in pumps)],
    ]
    head = ["", *(pump.device for pump in pumps)]
    if timeline.patient is not None and timeline.patient.has_recorded_insulin:
        head.append("recording")
        recorded = _recorded(timeline, timeline.patient)
        rows = [[*row, then] for row, then in zip_longest(rows, recorded, fillvalue="")]
    reasons: dict[tuple[str, str], int] = {}
    for pump in pumps:
        for one in pump.undelivered:
            reasons[pump.device, one.why] = reasons.get((pump.device, one.why), 0) + one.uu
    lines = [tag("li", f"{units(uu)} ({escape(device)}): {escape(why)}") for (device, why), uu in reasons.items()]
    why = tag("p", "Why insulin did not arrive:", class_="note") + tag("ul", *lines) if lines else ""
    arrived = "" if timeline.in_line is None else tag("p", _arrived(timeline, timeline.in_line), class_="note")
    return section("insulin", "Insulin", table(head, rows, "numbers"), arrived, why)


def _recorded(timeline: Timeline, patient: PatientTrack) -> list[str]:
    """What a recording that is replayed has: basal, boluses, and both a day where all of basal is known."""
    lasts = timeline.ended - timeline.began
    basal, known = patient.recorded_basal_until(timeline.ended)
    always = lasts - known <= minutes(5)
    both = (basal + patient.recorded_bolus) / UU_PER_UNIT
    return [
        f"{basal / UU_PER_UNIT:.2f} U" + ("" if always else f", known for {span(known)}"),
        f"{units(patient.recorded_bolus)} in {len(patient.recorded_boluses)}",
        f"{both / lasts * days(1):.1f} U" if lasts and always else "",
    ]


def _arrived(timeline: Timeline, in_line: Insulin) -> str:
    """What the patient has received, as the ledger of the patient has it."""
    if not in_line:
        return "Everything that was pushed has reached the tissue at the end."
    return f"At the end {units(in_line)} of what was pushed have not reached the tissue: held in the line, or lost."
