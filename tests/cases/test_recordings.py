"""Small inputs of people that once failed: recordings in the shapes in which they have them, replayed on a bench."""

import asyncio
from pathlib import Path

import pytest

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.cgm.events import NoSample, Sample
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.journal.entries import Entry
from isletbench.emulator.journal.writer import recorded
from isletbench.emulator.patient.traces.numbers import Word
from isletbench.emulator.patient.traces.replay import open_recording
from isletbench.emulator.rigs.bring_up.firmware_rig import load_any
from isletbench.emulator.rigs.rig import Rig
from tests.harness.journals import ledger

CASES = Path(__file__).parent
RIG = (CASES / "trace_values" / "rig.toml").read_text(encoding="utf-8")
ODD = minutes(25)
"""When the one odd value of a file was measured, after its first reading."""


def replayed(rig: Path, span_s: float) -> list[Entry]:
    """The journal of a bench of the rig in this file that runs for so long."""
    loaded = load_any(str(rig))
    assert isinstance(loaded, Rig)
    entries: list[Entry] = []

    async def main() -> None:
        async with Bench(loaded, ports=Ports.MEMORY, journal=recorded(entries)):
            await asyncio.sleep(span_s)

    run(main(), Pace(None))
    return entries


def rig_of(trace: Path, tmp_path: Path) -> Path:
    """The rig of the case, with this recording in it."""
    file = tmp_path / "rig.toml"
    file.write_text(RIG.replace('"nan.csv"', f'"{trace}"'))
    return file


@pytest.mark.parametrize(
    ("name", "readings", "low", "high"),
    [
        ("clarity.csv", 66, 2, 1),
        ("libreview.csv", 27, 0, 0),
        ("nightscout_entries.json", 72, 0, 0),
        ("simglucose.csv", 72, 0, 0),
        ("xdrip.csv", 72, 0, 0),
    ],
)
def test_a_recording_as_people_have_it_is_replayed(tmp_path: Path, name: str, readings: int, low: int, high: int) -> None:
    trace = CASES / "traces_people_have" / name
    recording = open_recording(str(trace))
    words = [reading.word for reading in recording.readings if reading.word is not None]
    assert (len(recording.readings), words.count(Word.LOW), words.count(Word.HIGH)) == (readings, low, high)
    shown = [(at, event) for at, event in ledger(replayed(rig_of(trace, tmp_path), 3_600), Sample)]
    assert len(shown) >= 4
    assert abs(shown[0][1].true_mg_dl - 140) < 1, "the first reading of every file"


@pytest.mark.parametrize("name", ["nan.csv", "inf.csv", "negative.csv", "zero.csv"])
def test_a_value_that_is_no_glucose_is_a_gap(tmp_path: Path, name: str) -> None:
    entries = replayed(rig_of(CASES / "trace_values" / name, tmp_path), 7_200)
    assert [at for at, _ in ledger(entries, NoSample)][:1] == [ODD]
    assert {round(event.true_mg_dl) for _, event in ledger(entries, Sample)} <= set(range(140, 212))


def test_the_words_of_a_sensor_stay_its_words(tmp_path: Path) -> None:
    shown = dict(ledger(replayed(rig_of(CASES / "trace_values" / "low_word.csv", tmp_path), 7_200), Sample))
    assert [shown[at].true_mg_dl for at in (ODD, ODD + minutes(5), ODD + minutes(35))] == [39.0, 39.0, 401.0]


def test_millimoles_are_taken_for_what_they_are(tmp_path: Path) -> None:
    trace = CASES / "trace_values" / "mmol.csv"
    assert open_recording(str(trace)).unit == "mmol/L"
    shown = [event.true_mg_dl for _, event in ledger(replayed(rig_of(trace, tmp_path), 7_200), Sample)]
    assert min(shown) > 140, "and not 7.8 mg/dL"


def test_a_recording_is_looked_for_beside_its_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [event.true_mg_dl for _, event in ledger(replayed(CASES / "trace_beside_its_rig" / "rig.toml", 600), Sample)]
    assert shown[:2] == [120.0, 124.0]
