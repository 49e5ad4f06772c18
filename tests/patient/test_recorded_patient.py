"""Recorded days as a patient: glucose as it was, and beside it the insulin and the carbohydrate of then."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import NoSample, Sample
from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import days, hours, minutes
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.patient.events import Glucose, RecordedBasal, RecordedBolus, RecordedGlucose, RecordedMeal
from isletbench.emulator.patient.recorded_patient import RecordedPatient
from isletbench.emulator.patient.traces.errors import TraceError
from isletbench.emulator.patient.traces.replay import open_recording
from isletbench.emulator.rigs.rig import RigError, parse, read
from tests.harness.journals import ledger

NAME = "azt1d_subject07"
START = datetime(2024, 1, 10)  # noqa: DTZ001  # recorded without a zone
TEXT, ORIGIN = read("patient")
TABLE = f'[patient]\nrecording = "{NAME}"\nrecording_start = 2024-01-10T00:00:00\n\n'
RECORDED = TEXT[: TEXT.index("[patient]")] + TABLE + TEXT[TEXT.index("[devices.cgm]") :]


def test_a_recording_holds_insulin_and_carbohydrate_as_its_notice_counts_them() -> None:
    recording = open_recording(NAME)
    assert (len(recording.boluses), len(recording.carbohydrates)) == (716, 585)
    begins = recording.readings[0].local + timedelta(milliseconds=recording.basal[0].at)
    assert begins == datetime(2024, 1, 4, 0, 1, 48), "basal of before is unknown, not zero"  # noqa: DTZ001
    assert len(recording.readings) > 12_000


def test_a_recorded_day_is_told_in_the_order_of_time() -> None:
    patient = RecordedPatient(open_recording(NAME), START)
    patient.advance(days(1))
    times = [entry.at for entry in patient.ledger.entries]
    assert times == sorted(times)
    assert patient.ledger.of(RecordedBasal)[0][0] == 0, "what was in force"
    assert len(patient.ledger.of(RecordedGlucose)) > 270
    assert len(patient.ledger.of(RecordedBolus)) > 5
    assert len(patient.ledger.of(RecordedMeal)) > 2
    assert patient.ledger.of(Glucose) == []
    assert patient.plasma(hours(3)) == patient.interstitial(hours(3))


def test_a_recorded_patient_is_restored() -> None:
    recording = open_recording(NAME)
    whole, first, second = (RecordedPatient(recording, START) for _ in range(3))
    first.receive(minutes(3), 50_000)
    whole.receive(minutes(3), 50_000)
    first.advance(hours(9))
    second.restore(json.loads(json.dumps(first.snapshot())), first.ledger.entries)
    for patient in (whole, second):
        patient.advance(days(1))
    assert second.snapshot() == whole.snapshot()
    assert second.ledger.entries == whole.ledger.entries


def test_an_export_of_clarity_is_read(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    head = "Index,Timestamp (YYYY-MM-DDThh:mm:ss),Event Type,Event Subtype,Glucose Value (mg/dL),"
    head += "Insulin Value (u),Carb Value (grams)"
    rows = ["1,,FirstName,,,,", "2,2016-10-24T11:24:17,EGV,,103,,", "3,2016-10-24T11:29:17,EGV,,Low,,"]
    rows += [
        "4,2016-10-24T11:30:00,Insulin,Fast-Acting,,2.5,",
        "5,2016-10-24T11:31:00,Carbs,,,,40",
        "6,2016-10-24T11:34:17,EGV,,High,,",
    ]
    file.write_text("\ufeff" + "\n".join([head, *rows]) + "\n", encoding="utf-8")
    recording = open_recording(str(file))
    assert [reading.mg_dl for reading in recording.readings] == [103, 39, 401]
    assert [bolus.amount for bolus in recording.boluses] == [2.5]
    assert [meal.amount for meal in recording.carbohydrates] == [40]


def test_the_loop_of_now_is_beside_the_insulin_of_then() -> None:
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(parse(RECORDED, ORIGIN), ports=Ports.MEMORY, journal=recorded(entries)) as bench:
            await asyncio.sleep(6 * 3600)
            with pytest.raises(CannotDo, match="eat: this patient is a recording, whose glucose answers to nothing: expected"):
                bench.steering.do("patient", "eat", {"grams": 30})
            status = bench.status()["devices"]
            assert status["patient"]["received_u"] == status["pump"]["to_tissue_u"] > 3
            await bench.run(1)

    run(main(), Pace(None))
    true = {round(at / 300_000): event.mg_dl for at, event in ledger(entries, RecordedGlucose, "patient")}
    samples = ledger(entries, Sample, "cgm")
    assert len(samples) > 60
    assert len(samples) + len(ledger(entries, NoSample, "cgm")) == 73
    assert all(abs(sample.true_mg_dl - true.get(round(at / 300_000), sample.true_mg_dl)) < 15 for at, sample in samples)
    assert ledger(entries, RecordedBasal, "patient")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            RECORDED.replace("recording_start", "subject = 'adult'\nrecording_start"),
            "patient: subject: expected without a recording",
        ),
        (RECORDED.replace(f'recording = "{NAME}"\n', ""), "patient: recording_start: expected with a recording only"),
    ],
)
def test_a_recording_beside_a_model_is_refused(text: str, why: str) -> None:
    with pytest.raises(RigError) as refused:
        parse(text, ORIGIN)
    assert str(refused.value).startswith(f"patient.toml: {why}")


async def test_a_recording_that_is_not_there_is_one_sentence() -> None:
    for changed, why in (
        (
            RECORDED.replace(NAME, "nowhere.csv"),
            r"^patient.toml: patient.recording: trace nowhere.csv: expected a file that can be read",
        ),
        (
            RECORDED.replace("2024-01-10", "2034-01-10"),
            r"^patient.toml: patient.recording: no reading at or after 2034-01-10 00:00:00$",
        ),
    ):
        with pytest.raises(RigError, match=why):
            await Bench(parse(changed, ORIGIN), ports=Ports.MEMORY).__aenter__()
    with pytest.raises(TraceError, match="no reading at or after"):
        RecordedPatient(open_recording(NAME), datetime(2030, 1, 1))  # noqa: DTZ001  # local
