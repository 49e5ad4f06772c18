"""The check of calibrations finds what is wrong with them, and nothing else: on journals written by hand."""

import json
from typing import Any

import pytest

from isletbench.emulator.journal import reader
from isletbench.emulator.journal.exchanges import conversation_of
from isletbench.emulator.scenarios.checks import CHECKS
from isletbench.protocols import cgms, gls
from isletbench.protocols.cgms import SampleLocation, SampleType
from isletbench.protocols.date_time import DateTime
from tests.scenarios.test_beliefs import HEADER, MINUTE, findings
from tests.scenarios.test_blood_tests import CONTROL, END, WHEN, blood

STARTED = {"t": 2 * MINUTE, "device": "cgm", "ledger": "session", "event": "start", "state": "warming up"}
ACCEPTED = {"t": 20 * MINUTE, "device": "cgm", "ledger": "calibrated", "number": 1, "status": [], "gain": 1.0}
REJECTED = {**ACCEPTED, "status": ["REJECTED"]}
PLASMA = SampleType.CAPILLARY_PLASMA, SampleLocation.FINGER
WHOLE_BLOOD = SampleType.CAPILLARY_WHOLE_BLOOD, SampleLocation.FINGER
READ = gls.MEASUREMENT.encode(
    gls.Measurement(4, DateTime(2026, 1, 1, 8, 10, 0), result=gls.Result(0.001, (gls.SampleType(2), gls.SampleLocation(1)))),
    protected=False,
)
TRANSFER = {"t": WHEN + 1, "device": "meter", "out": "notify", "stage": "reply_sent", "link": "meter.serial#1", "handle": 3}
BLOOD = [blood(mg_dl=100.0), {**TRANSFER, "characteristic": "2A18", "octets": READ.hex()}]


def sent(
    mg_dl: float = 100.0, offset: int = 8, origin: Any = PLASMA, at: int = WHEN + 2 * MINUTE, *, protected: bool = True
) -> dict[str, Any]:
    """A calibration as it is written; the session began 2 minutes after the bench, so offset 8 is when the blood was tested."""
    value = cgms.Calibration(mg_dl, offset, origin, 0xFFFF, 0, cgms.CalibrationStatus(0))
    octets = cgms.SPECIFIC_OPS_POINT.encode(cgms.SetGlucoseCalibrationValue(value), protected=protected)
    wire = {"device": "cgm", "in": "write", "stage": "received", "link": "cgm.serial#1", "characteristic": "2AAC", "handle": 17}
    return {"t": at, **wire, "octets": octets.hex()}


@pytest.mark.parametrize(
    ("tests", "calibration", "words"),
    [
        (BLOOD, sent(), None),
        (BLOOD, sent(100.6), None),
        (BLOOD, sent(offset=9), None),
        (BLOOD, sent(5.6), "with 5.6 mg/dL of 0:10:00, and the meter has shown 100 mg/dL"),
        (BLOOD, sent(float("102")), "with 102 mg/dL of 0:10:00, and the meter has shown 100 mg/dL"),
        (BLOOD, sent(offset=10), "of 0:12:00, and no blood was tested then: the nearest test was made 0:10:00"),
        (BLOOD, sent(offset=6), "of 0:08:00, and no blood was tested then: the nearest test was made 0:10:00"),
        ([blood(at=40 * MINUTE, mg_dl=100.0)], sent(), "of 0:10:00, and no blood was tested then"),
        ([blood(at=WHEN + MINUTE, mg_dl=100.0)], sent(offset=9, at=WHEN), "of 0:11:00, and no blood was tested then"),
        (BLOOD, sent(5.6, protected=False), "with 5.6 mg/dL of 0:10:00, and the meter has shown 100 mg/dL"),
        ([*BLOOD, {**STARTED, "t": 30 * MINUTE}], sent(), None),
        ([*BLOOD, {**STARTED, "t": 5 * MINUTE, "event": "warm up", "state": "running"}], sent(), None),
        (BLOOD, sent(at=WHEN + 15 * MINUTE), None),
        (BLOOD, sent(at=WHEN + 16 * MINUTE), "of 0:10:00, and that is too long ago"),
        (BLOOD, sent(origin=WHOLE_BLOOD), "of capillary whole blood, finger, and the meter says capillary plasma, finger"),
        ([blood(mg_dl=100.0)], sent(origin=WHOLE_BLOOD), None),
        ([BLOOD[0], {**BLOOD[1], "stage": "reply_queued"}], sent(origin=WHOLE_BLOOD), None),
        ([CONTROL], sent(120.0), "with 120 mg/dL of 0:10:00, and that was control solution"),
        ([blood(mg_dl=600.0, beyond="HI")], sent(600.0), "with 600 mg/dL of 0:10:00, and the meter has shown HI"),
        ([blood(failed="sample_too_small")], sent(), "and the meter has shown nothing"),
    ],
)
def test_a_sensor_is_calibrated_with_a_recent_test_of_blood(
    tests: list[dict[str, Any]], calibration: dict[str, Any], words: str | None
) -> None:
    found = findings("calibrates_from_tests", [STARTED, *tests, calibration, ACCEPTED, END])
    assert len(found) == (words is not None)
    assert not words or words in found[0]


@pytest.mark.parametrize(
    ("settled", "times", "words"),
    [
        ([ACCEPTED], 1, []),
        ([REJECTED], 1, ["0 calibrations are accepted, where 1 were wanted"]),
        ([ACCEPTED], 2, ["1 calibrations are accepted, where 2 were wanted"]),
        ([ACCEPTED, {**ACCEPTED, "t": 30 * MINUTE, "number": 2}], 2, []),
        ([ACCEPTED, {**ACCEPTED, "t": 30 * MINUTE}], 2, ["1 calibrations are accepted, where 2 were wanted"]),
        ([{**ACCEPTED, "device": "cgm2"}], 1, ["0 calibrations are accepted, where 1 were wanted"]),
        ([], 0, []),
    ],
)
def test_what_counts_is_what_the_sensor_has_accepted(settled: list[dict[str, Any]], times: int, words: list[str]) -> None:
    assert findings("calibrates_from_tests", [STARTED, *BLOOD, *settled, END], times=times, device="cgm") == words


@pytest.mark.parametrize(("device", "count"), [("cgm", 0), ("cgm2", 1), (None, 1)])
def test_calibrations_of_one_sensor_are_judged_without_those_of_another(device: str | None, count: int) -> None:
    entries = [{**STARTED, "device": "cgm2"}, *BLOOD, {**sent(5.6), "device": "cgm2", "link": "cgm2.serial#1"}, END]
    assert len(findings("calibrates_from_tests", entries, times=0, device=device)) == count


@pytest.mark.parametrize(("tests", "words"), [(BLOOD, ""), ([], "no blood was tested"), ([CONTROL], "no blood was tested")])
def test_without_a_test_of_blood_nothing_is_judged(tests: list[dict[str, Any]], words: str) -> None:
    check = CHECKS["calibrates_from_tests"].model_validate({"check": "calibrates_from_tests"})
    journal = reader.read(json.dumps(line) for line in (HEADER, STARTED, *tests, END))
    assert check.unjudged(conversation_of(journal)) == words
