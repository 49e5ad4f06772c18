"""The diagnostic report of Loop: Markdown whose lines print the objects of its stores."""

import re
from datetime import datetime

from isletbench.emulator.patient.traces import numbers, times
from isletbench.emulator.patient.traces.observations import Found, Observation

_INSTANT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}"
_AT = rf"startDate: (?P<at>{_INSTANT})"
_GLUCOSE = re.compile(rf"GlucoseSample\(.*?{_AT}.*?quantity: (?P<value>[\d.]+) (?P<unit>mg/dL|mmol<[\d.]+>/L|mmol/L)")
_DOSE = re.compile(rf"DoseEntry\(.*?type: .*?bolus.*?{_AT}.*?(?:value|programmedUnits): (?P<value>[\d.]+)")
_BASAL = re.compile(
    r"DoseEntry\(.*?type: \S*?(?P<type>tempBasal|basal|suspend)\b.*?"
    rf"{_AT}, endDate: (?P<end>{_INSTANT}).*?value: (?P<value>[\d.]+), unit: (?:\S*\.)?(?P<per_hour>unitsPerHour|U/hour)?"
)
_CARBS = re.compile(rf"CarbEntry\(.*?{_AT}.*?quantity: (?P<value>[\d.]+) g")


def read(text: str) -> Found | None:
    """What a report says; None for a text that is none."""
    if "GlucoseSample(" not in text:
        return None
    found = Found("Loop report")
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"line {number}"
        try:
            if sample := _GLUCOSE.search(line):
                value, unit = float(sample["value"]), numbers.unit_in(sample["unit"])
                found.observations.append(Observation(_moment(sample["at"]), where, value, unit))
            elif dose := _DOSE.search(line):
                found.observations.append(Observation(_moment(dose["at"]), where, bolus=numbers.amount(dose["value"])))
            elif basal := _BASAL.search(line):
                at = _moment(basal["at"])
                rate = 0.0 if basal["type"] == "suspend" else numbers.rate(basal["value"] if basal["per_hour"] else None)
                found.observations.append(Observation(at, where, basal=rate, basal_lasts=_moment(basal["end"]) - at))
            elif carbs := _CARBS.search(line):
                found.observations.append(Observation(_moment(carbs["at"]), where, carbs=numbers.amount(carbs["value"])))
        except ValueError as error:
            found.leave_out(str(error), where)
    return found


def _moment(text: str) -> datetime:
    return times.moment(text)
