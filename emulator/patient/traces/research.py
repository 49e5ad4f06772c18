"""Files of researchers and of simulators: AZT1D, OhioT1DM, simglucose, and the plain table of this project."""

import xml.parsers.expat  # document types, and with them entities, are refused
from collections.abc import Mapping

from isletbench.emulator.patient.traces import numbers, times
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.numbers import MG_DL
from isletbench.emulator.patient.traces.observations import Found, Observation
from isletbench.emulator.patient.traces.tables import TableFormat

FORMATS = (
    # AZT1D: rows are events; a bolus row repeats the glucose.
    TableFormat(
        name="AZT1D",
        needs=frozenset({"EventDateTime", "CGM"}),
        time=("EventDateTime",),
        glucose=("CGM",),
        bolus=("TotalBolusInsulinDelivered",),
        basal=("basal",),
        carbs=("CarbSize",),
    ),
    # simglucose: CGM is the sensor, BG the blood; insulin is U/min and CHO g/min, both over a sample of usually 3 min.
    TableFormat(
        name="simglucose",
        needs=frozenset({"Time", "BG", "CGM", "CHO", "insulin"}),
        time=("time",),
        glucose=("CGM",),
        basal=("insulin",),
        scale={"insulin": 60.0},
        unit=MG_DL,
    ),
)


def _plain(time: str, glucose: str) -> TableFormat:
    return TableFormat(
        name="plain table",
        needs=frozenset({time, glucose}),
        time=(time,),
        glucose=(glucose,),
        bolus=("insulin", "bolus"),
        basal=("basal",),
        carbs=("carbs", "carbohydrates"),
    )


PLAIN = tuple(
    _plain(time, glucose)
    for time in ("time", "timestamp", "datetime", "date_time", "date time", "date")
    for glucose in ("glucose", "sgv", "CGM", "sensor glucose", "BG", "value")
)
"""A header with a time and a glucose; insulin (U), basal (U/h) and carbs (g) where there are such columns. docs/traces.md."""


def ohio(text: str) -> Found | None:
    """OhioT1DM: XML with an element for each kind of event; dates are day-month-year. Raises ``TraceError``."""
    if "<patient" not in text[:2000] or "<glucose_level" not in text:
        return None
    found = Found("OhioT1DM", unit=MG_DL, unit_from="the format")
    sections: list[str] = []
    parser = xml.parsers.expat.ParserCreate()

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        if name == "event" and sections:
            _event(found, sections[-1], attributes, f"line {parser.CurrentLineNumber}")
        sections.append(name)

    def refuse(*_: object) -> None:
        raise TraceError("expected XML without a document type")

    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda name: sections.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except xml.parsers.expat.ExpatError as error:
        raise TraceError(f"line {error.lineno}: expected XML that is complete") from None
    return found


def _event(found: Found, section: str, given: Mapping[str, str], where: str) -> None:
    if section not in {"glucose_level", "bolus", "basal", "temp_basal", "meal"}:
        return
    value = (
        given.get("value") if section in {"glucose_level", "basal", "temp_basal"} else given.get("dose") or given.get("carbs")
    )
    try:
        at = times.moment(given.get("ts") or given.get("ts_begin") or "")
        if section == "glucose_level":
            found.observations.append(Observation(at, where, numbers.glucose(value)))
        elif section == "basal":
            found.observations.append(Observation(at, where, basal=numbers.rate(value)))
        elif section == "temp_basal":
            lasts = times.moment(given.get("ts_end") or "") - at
            found.observations.append(Observation(at, where, basal=numbers.rate(value), basal_lasts=lasts))
        elif section == "bolus":
            found.observations.append(Observation(at, where, bolus=numbers.amount(value)))
        else:
            found.observations.append(Observation(at, where, carbs=numbers.amount(value)))
    except ValueError as error:
        found.leave_out(str(error) if "date" in str(error) else f"{value!r} is no glucose value", where)
