"""Checks of the tests of a meter find what is wrong with them, and nothing else: on journals written by hand."""

from typing import Any

import pytest

from isletbench.protocols import gls
from isletbench.protocols.date_time import DateTime
from tests.scenarios.test_beliefs import MINUTE, findings, told

WHEN, NUMBER = 10 * MINUTE, "the test with number 4"
BLOOD = gls.SampleType.CAPILLARY_WHOLE_BLOOD, gls.SampleLocation.FINGER


def blood(sequence: int = 4, at: int = WHEN, **fields: Any) -> dict[str, Any]:
    return {"t": at, "device": "meter", "ledger": "blood_tested", "sequence": sequence, "true_mg_dl": 100.0, **fields}


def stored(sequence: int = 4, at: int = WHEN + MINUTE, **fields: Any) -> dict[str, Any]:
    return told(at, "blood_test", **{"sequence": sequence, "mg_dl": 100.0, "age": 60.0, **fields})


END = {"t": 60 * MINUTE, "bench": "stopped"}
CONTROL = {"t": WHEN, "device": "meter", "ledger": "control_tested", "sequence": 4, "level": 2, "mg_dl": 120.0}


@pytest.mark.parametrize(
    ("made", "beliefs", "settings", "words"),
    [
        ([blood(mg_dl=100.0)], [stored()], {}, None),
        ([blood(mg_dl=100.9)], [stored()], {}, None),
        ([blood(mg_dl=100.0)], [stored(age=149)], {}, None),
        ([blood(mg_dl=102.0)], [stored()], {}, f"{NUMBER} has shown 102 mg/dL, and is stored as 100 mg/dL"),
        ([blood(mg_dl=100.0)], [stored(mg_dl=None)], {}, f"{NUMBER} has shown 100 mg/dL, and is stored as no number"),
        ([blood(mg_dl=100.0)], [stored(age=240)], {}, f"{NUMBER} was made 0:10:00, and is dated 0:07:00"),
        (
            [blood(mg_dl=100.0)],
            [stored(age=86_400)],
            {},
            f"{NUMBER} was made 0:10:00, and is dated 23:49:00 before the run began",
        ),
        ([blood(mg_dl=100.0)], [stored(age=None)], {}, f"{NUMBER} is stored without a date"),
        ([blood(mg_dl=100.0)], [stored(age=None)], {"undated": 1}, None),
        ([blood(mg_dl=100.0)], [stored(), stored()], {}, f"{NUMBER} of 0:10:00 is stored a second time"),
        ([blood(mg_dl=100.0), blood(at=2 * WHEN, mg_dl=100.0)], [stored(), stored(at=2 * WHEN)], {"within": "10m"}, None),
        ([blood(mg_dl=600.0, beyond="HI")], [stored(mg_dl=600.0, beyond="HI")], {}, None),
        ([blood(mg_dl=600.0, beyond="HI")], [stored(mg_dl=600.0)], {}, f"{NUMBER} has shown HI, and is stored as 600 mg/dL"),
        ([blood(mg_dl=590.0)], [stored(mg_dl=590.0, beyond="HI")], {}, f"{NUMBER} has shown 590 mg/dL, and is stored as HI"),
        ([blood(failed="sample_too_small")], [], {}, None),
        (
            [blood(failed="sample_too_small")],
            [stored(mg_dl=4.0)],
            {},
            f"{NUMBER} has failed, or was never made, and is stored as one of blood",
        ),
        ([CONTROL], [stored(mg_dl=120.0)], {}, f"{NUMBER} is of control solution, and is stored as one of blood"),
        ([blood(mg_dl=100.0)], [], {}, "1 of 1 tests are never stored, the first of 0:10:00"),
        ([blood(mg_dl=100.0)], [], {"complete": False}, None),
        ([blood(mg_dl=100.0)], [], {"grace": "55m"}, None),
        ([blood(at=60 * MINUTE, mg_dl=100.0)], [stored(at=59 * MINUTE)], {}, f"{NUMBER} has failed, or was never made"),
    ],
)
def test_a_test_is_stored_once_with_its_value_and_its_date(
    made: list[dict[str, Any]], beliefs: list[dict[str, Any]], settings: dict[str, Any], words: str | None
) -> None:
    found = findings("believes_tests", [*made, *beliefs, END], **settings)
    assert len(found) == (words is not None)
    assert not words or found[0].startswith(words)


def test_a_test_is_transferred_only_so_often() -> None:
    test = gls.Measurement(1, DateTime(2026, 1, 1, 8, 0, 0), result=gls.Result(0.001, BLOOD))
    octets = gls.MEASUREMENT.encode(test, protected=False).hex()
    sent = {"device": "meter", "out": "notify", "stage": "reply_sent", "link": "meter.serial#1", "characteristic": "2A18"}
    journal = [{"t": n * MINUTE, **sent, "handle": 4, "octets": octets} for n in range(3)]
    assert findings("transfers_once", [*journal, END], times=3) == []
    expected = "the test with number 1 is transferred 3 times"
    assert findings("transfers_once", [*journal, END], times=2) == [expected]
