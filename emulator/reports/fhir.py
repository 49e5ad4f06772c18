"""The glucose of a run as an HL7 FHIR bundle: what a CGM application submits to a health record.

Source: HL7 Continuous Glucose Monitoring Implementation Guide 1.0.0 (STU 1) on FHIR R4, http://hl7.org/fhir/uv/cgm: profiles
``cgm-data-submission-bundle``, ``cgm-device``, ``cgm-summary`` with its members, ``cgm-sensor-reading-mass-per-volume``. Codes
are those of LOINC that the guide demands.

All of it is test data and says so (security label HTEST). A bench has no time zone: local time at the devices is written as
UTC.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.metrics.glucose import GlucoseSummary, Range
from isletbench.emulator.reports.figures import Figures, SensorFigures
from isletbench.emulator.reports.timeline import Timeline

GUIDE = "http://hl7.org/fhir/uv/cgm/StructureDefinition"
VERSION = "1.0.0"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SPACE = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
"""The namespace of URLs, RFC 9562 section 6.6: identifiers are made from what they identify, the same for the same journal."""
TEST_DATA = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
LABORATORY = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}

READING = "99504-3"
SUMMARY = "107931-8"
MEAN = "97507-8"
TIMES_IN_RANGES = "106793-3"
GMI = "97506-0"
CV = "104638-2"
DAYS_OF_WEAR = "104636-6"
SENSOR_ACTIVE = "104637-4"
RANGES: Mapping[Range, str] = {
    Range.VERY_LOW: "104642-4",
    Range.LOW: "104641-6",
    Range.TARGET: "97510-2",
    Range.HIGH: "104640-8",
    Range.VERY_HIGH: "104639-0",
}
"""The LOINC code of each range's share of time."""


class NothingToSubmit(ValueError):
    """A run without glucose; one sentence that says why."""


def bundle_of(timeline: Timeline, figures: Figures) -> dict[str, Any]:
    """The bundle of a run: the patient, each sensor, its summary and its readings. Raises ``NothingToSubmit``."""
    header = timeline.header
    run = f"isletbench:{header.rig}:{header.seed}:{timeline.start.isoformat()}"
    patient = _entry(
        run, "patient", {"resourceType": "Patient", "name": [{"text": "virtual patient of a test bench"}], "active": True}
    )
    entries = [patient]
    for sensor in figures.sensors:
        if sensor.series is not None:
            entries += _of_sensor(f"{run}:{sensor.track.device}", sensor, sensor.series.summary, timeline, patient["fullUrl"])
    if len(entries) == 1:
        raise NothingToSubmit("no sensor has shown a number in this run")
    return {
        "resourceType": "Bundle",
        "meta": _meta("cgm-data-submission-bundle"),
        "type": "transaction",
        "timestamp": _time(timeline.start, timeline.ended),
        "entry": entries,
    }


def _of_sensor(
    run: str, sensor: SensorFigures, summary: GlucoseSummary, timeline: Timeline, patient: str
) -> list[dict[str, Any]]:
    """A sensor, its summary with its members, and its readings."""
    name = sensor.track.device
    device = {
        "resourceType": "Device",
        "meta": _meta("cgm-device"),
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid5(SPACE, run)}"}],
        "deviceName": [{"name": f"isletbench virtual CGM {name}", "type": "user-friendly-name"}],
        "patient": {"reference": patient},
    }
    entries = [_entry(run, "device", device)]
    about = {"subject": {"reference": patient}, "device": {"reference": entries[0]["fullUrl"]}}
    period = {"effectivePeriod": {"start": _day(timeline, timeline.began), "end": _day(timeline, timeline.ended)}}
    members = [
        _entry(run, profile, {**_observation(profile, code), **about, **period, **content})
        for profile, code, content in _members(sensor, summary)
    ]
    whole = {
        **_observation("cgm-summary", SUMMARY),
        **about,
        **period,
        "hasMember": [{"reference": member["fullUrl"]} for member in members],
    }
    readings = [
        _entry(
            run,
            f"reading-{at}",
            {
                **_observation("cgm-sensor-reading-mass-per-volume", READING),
                **about,
                "effectiveDateTime": _time(timeline.start, at),
                **_quantity(mg_dl, "mg/dL"),
            },
        )
        for at, mg_dl in sensor.track.shown
    ]
    return [*entries, *members, _entry(run, "cgm-summary", whole), *readings]


def _members(sensor: SensorFigures, summary: GlucoseSummary) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The profile, code and content of each member of a summary."""
    in_ranges = [{"code": _code(code), **_quantity(summary.ranges[one], "%")} for one, code in RANGES.items()]
    yield "cgm-summary-mean-glucose-mass-per-volume", MEAN, _quantity(summary.mean, "mg/dL")
    yield "cgm-summary-times-in-ranges", TIMES_IN_RANGES, {"component": in_ranges}
    yield "cgm-summary-gmi", GMI, _quantity(summary.gmi, "%")
    yield "cgm-summary-coefficient-of-variation", CV, _quantity(summary.cv, "%")
    yield "cgm-summary-days-of-wear", DAYS_OF_WEAR, _quantity(sensor.sufficiency.days, "d")
    yield "cgm-summary-sensor-active-percentage", SENSOR_ACTIVE, _quantity(sensor.sufficiency.shown, "%")


def _entry(run: str, what: str, resource: dict[str, Any]) -> dict[str, Any]:
    """A resource to be created."""
    resource.setdefault("meta", {"security": [TEST_DATA]})
    return {
        "fullUrl": f"urn:uuid:{uuid5(SPACE, f'{run}:{what}')}",
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
    }


def _observation(profile: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "meta": _meta(profile),
        "status": "final",
        "category": [{"coding": [LABORATORY]}],
        "code": _code(code),
    }


def _meta(profile: str) -> dict[str, Any]:
    return {"profile": [f"{GUIDE}/{profile}|{VERSION}"], "security": [TEST_DATA]}


def _code(code: str) -> dict[str, Sequence[Mapping[str, str]]]:
    return {"coding": [{"system": LOINC, "code": code}]}


UNITS = {"mg/dL": "mg/dl", "%": "%", "d": "days"}
"""The words of the guide for each unit, by its code in UCUM."""


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"valueQuantity": {"value": round(value, 4), "unit": UNITS[unit], "system": UCUM, "code": unit}}


def _time(start: datetime, at: Instant) -> str:
    return f"{(start + timedelta(milliseconds=at)).isoformat(timespec='milliseconds')}Z"


def _day(timeline: Timeline, at: Instant) -> str:
    return (timeline.start + timedelta(milliseconds=at)).date().isoformat()
