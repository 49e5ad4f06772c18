"""Tables that companies' portals and apps export: Dexcom Clarity, LibreView, CareLink, xDrip, Nightscout, Tidepool."""

import re

from isletbench.emulator.patient.traces import times
from isletbench.emulator.patient.traces.numbers import MG_DL, glucose
from isletbench.emulator.patient.traces.observations import Found, Observation
from isletbench.emulator.patient.traces.tables import TableFormat

FORMATS = (
    # Clarity: settings rows without a time, then events; only EGV are readings, calibrations are of a meter,
    # and only fast-acting insulin is a bolus.
    TableFormat(
        name="Dexcom Clarity",
        needs=frozenset({"timestamp", "event type", "event subtype", "glucose value"}),
        time=("timestamp",),
        glucose=("glucose value",),
        bolus=("insulin value",),
        carbs=("carb value",),
        kind="event type",
        readings=frozenset({"egv"}),
        insulin="event subtype",
        long_acting=("long-acting",),
    ),
    # LibreView: a title line, then stored readings every 15 min and scanned ones; long-acting insulin is no bolus.
    TableFormat(
        name="LibreView",
        needs=frozenset({"device timestamp", "record type", "historic glucose"}),
        time=("device timestamp",),
        glucose=("historic glucose", "scan glucose"),
        bolus=("rapid-acting insulin",),
        carbs=("carbohydrates",),
    ),
    # CareLink: a preamble, then one section for each device, each with its header.
    TableFormat(
        name="CareLink",
        needs=frozenset({"date", "time", "sensor glucose"}),
        time=("date", "time"),
        glucose=("sensor glucose",),
        bolus=("bolus volume delivered",),
        basal=("basal rate",),
        carbs=("bwz carb input",),
    ),
    # xDrip: its export for SiDiary. Meter values stand in BG_LEVEL.
    TableFormat(
        name="xDrip",
        needs=frozenset({"day", "time", "udt_cgms"}),
        time=("day", "time"),
        glucose=("udt_cgms",),
        bolus=("bolus",),
        carbs=("ch_gr",),
    ),
    TableFormat(
        name="Nightscout entries (CSV)",
        needs=frozenset({"datestring", "sgv"}),
        time=("datestring",),
        glucose=("sgv",),
        unit=MG_DL,
    ),
    TableFormat(
        name="Tidepool (CSV)",
        needs=frozenset({"type", "time", "value", "units"}),
        time=("time",),
        glucose=("value",),
        bolus=("normal",),
        kind="type",
        readings=frozenset({"cbg"}),
    ),
)

_ENTRY = re.compile(
    r'"?(?P<iso>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:?\d\d))"?[\t,;]"?(?P<ms>\d{13})"?[\t,;]"?(?P<sgv>[^\t,;"]*)"?(?:[\t,;].*)?'
)


def nightscout_lines(text: str) -> Found | None:
    """Nightscout's entries as its API gives them as text: no header, time twice, then the value."""
    lines = text.splitlines()
    if not lines or not _ENTRY.fullmatch(lines[0].strip()):
        return None
    found = Found("Nightscout entries (text)", unit=MG_DL, unit_from="the format")
    for number, line in enumerate(lines, start=1):
        entry = _ENTRY.fullmatch(line.strip())
        if entry is None:
            if line.strip():
                found.leave_out("a line that is no entry", f"line {number}")
            continue
        try:
            found.observations.append(Observation(times.moment(entry["iso"]), f"line {number}", glucose(entry["sgv"])))
        except ValueError:
            found.leave_out(f"{entry['sgv']!r} is no glucose value", f"line {number}")
    return found
