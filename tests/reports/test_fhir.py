"""The FHIR bundle of a run: valid by an independent model, by the profiles of the CGM guide 1.0.0, and equal to the report."""

import json
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.journal.entries import Entry, Header
from isletbench.emulator.journal.writer import to_text
from isletbench.emulator.reports.fhir import NothingToSubmit
from isletbench.emulator.reports.report import report_of
from tests.harness.command_line import called
from tests.reports.runs import run

MEMBERS = {
    "cgm-summary-mean-glucose-mass-per-volume": ("97507-8", "mg/dL"),
    "cgm-summary-times-in-ranges": ("106793-3", None),
    "cgm-summary-gmi": ("97506-0", "%"),
    "cgm-summary-coefficient-of-variation": ("104638-2", "%"),
    "cgm-summary-days-of-wear": ("104636-6", "d"),
    "cgm-summary-sensor-active-percentage": ("104637-4", "%"),
}
"""The members that the guide's cgm-summary demands, with their fixed code and unit."""


@pytest.fixture(scope="module")
def bundle() -> dict[str, Any]:
    return report_of(run()).fhir()


def of_profile(bundle: dict[str, Any], name: str) -> list[dict[str, Any]]:
    marks = [f"http://hl7.org/fhir/uv/cgm/StructureDefinition/{name}|1.0.0"]
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["meta"].get("profile") == marks]


def code(resource: dict[str, Any]) -> str:
    (coding,) = resource["code"]["coding"]
    assert coding["system"] == "http://loinc.org"
    return str(coding["code"])


def test_an_independent_model_takes_it(bundle: dict[str, Any]) -> None:
    resources = pytest.importorskip("fhir.resources.R4B.bundle")
    checked = resources.Bundle.model_validate(json.loads(json.dumps(bundle)))
    assert len(checked.entry) == len(bundle["entry"])
    broken = json.loads(json.dumps(bundle))
    del broken["entry"][-1]["resource"]["status"]
    with pytest.raises(ValueError, match="status"):
        resources.Bundle.model_validate(broken)


def test_the_bundle_is_a_transaction_whose_references_lead_to_its_own_entries(bundle: dict[str, Any]) -> None:
    assert (bundle["type"], bundle["timestamp"][-1]) == ("transaction", "Z")
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert entry["request"] == {"method": "POST", "url": resource["resourceType"]}
        assert [label["code"] for label in resource["meta"]["security"]] == ["HTEST"]
        named = [resource[key]["reference"] for key in ("subject", "device", "patient") if key in resource]
        assert {*named, *(member["reference"] for member in resource.get("hasMember", []))} <= set(urls)


def test_the_summary_has_the_members_that_the_guide_demands(bundle: dict[str, Any]) -> None:
    (summary,) = of_profile(bundle, "cgm-summary")
    assert code(summary) == "107931-8"
    assert len(summary["hasMember"]) == len(MEMBERS)
    for profile, (loinc, unit) in MEMBERS.items():
        (member,) = of_profile(bundle, profile)
        assert code(member) == loinc
        assert member["effectivePeriod"] == summary["effectivePeriod"]
        if unit is not None:
            assert member["valueQuantity"]["code"] == unit
    (times,) = of_profile(bundle, "cgm-summary-times-in-ranges")
    assert [code(one) for one in times["component"]] == ["104642-4", "104641-6", "97510-2", "104640-8", "104639-0"]
    assert sum(one["valueQuantity"]["value"] for one in times["component"]) == pytest.approx(100, abs=0.01)


def test_the_summary_equals_the_report(bundle: dict[str, Any]) -> None:
    report = report_of(run()).to_dict()["glucose"]["sensors"]["cgm"]

    def value(profile: str) -> float:
        (member,) = of_profile(bundle, profile)
        return float(member["valueQuantity"]["value"])

    assert value("cgm-summary-mean-glucose-mass-per-volume") == report["mean_mg_dl"]
    assert value("cgm-summary-gmi") == report["gmi_percent"]
    assert value("cgm-summary-coefficient-of-variation") == report["cv_percent"]
    assert value("cgm-summary-days-of-wear") == report["sufficiency"]["days"]
    assert value("cgm-summary-sensor-active-percentage") == report["sufficiency"]["shown_percent"]
    (times,) = of_profile(bundle, "cgm-summary-times-in-ranges")
    shares = {code(one): one["valueQuantity"]["value"] for one in times["component"]}
    assert shares["97510-2"] == report["time_in_range_percent"]
    assert shares["104642-4"] == report["time_below_54_percent"]
    assert shares["104639-0"] == report["time_above_250_percent"]
    assert shares["104642-4"] + shares["104641-6"] == pytest.approx(report["time_below_70_percent"], abs=1e-3)


def test_every_reading_is_there_with_its_time(bundle: dict[str, Any]) -> None:
    report = report_of(run())
    readings = of_profile(bundle, "cgm-sensor-reading-mass-per-volume")
    (sensor,) = report.timeline.sensors
    assert [one["valueQuantity"]["value"] for one in readings] == [round(mg_dl, 4) for _, mg_dl in sensor.shown]
    assert {code(one) for one in readings} == {"99504-3"}
    assert all(one["effectiveDateTime"].endswith("Z") for one in readings)


def test_the_command_writes_it_and_refuses_a_run_without_glucose(tmp_path: Path) -> None:
    journal, file = tmp_path / "run.jsonl", tmp_path / "run.json"
    journal.write_text(to_text(run()), encoding="utf-8")
    for _ in range(2):  # the second time it is ours
        ended = called("report", str(journal), "--fhir", str(file))
        assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", f"{file}\n")
    assert json.loads(file.read_text(encoding="utf-8"))["resourceType"] == "Bundle"
    nothing: list[Entry] = [Header(rig="default", seed=1, pace="jump", start="2026-01-01T08:00:00", devices={})]
    with pytest.raises(NothingToSubmit):
        report_of(nothing).fhir()
