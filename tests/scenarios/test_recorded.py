"""A journal becomes a scenario: its faults, the outages of the real device, the boluses of its client."""

from pathlib import Path

import pytest

from isletbench.emulator.core.notes import Decoded
from isletbench.emulator.journal.bench_events import Proxied, RealDeviceGone, RealDeviceThere
from isletbench.emulator.journal.entries import BenchEntry, Entry, FaultEntry, FaultState, Header, NoteEntry
from isletbench.emulator.journal.writer import to_text
from isletbench.emulator.scenarios.recorded import NoScenario, scenario_of
from isletbench.emulator.scenarios.scenario import load_scenario
from tests.harness.command_line import called


def set_bolus(at: int, amount: float = 1.5) -> Entry:
    return NoteEntry("mine", Decoded(at, "SetBolus", {"fast_amount": amount, "extended_amount": 0.0}))


JOURNAL: list[Entry] = [
    Header(rig="proxy", seed=1, pace="real", start="2026-01-01T08:00:00", devices={"mine": "pump"}),
    BenchEntry(0, Proxied("mine", None)),
    FaultEntry(2_000, "lose_reply", FaultState.INJECTED, {"fault": "lose_reply", "device": "mine", "on": "SetBolus"}),
    set_bolus(5_000),
    set_bolus(9_000),  # asked for again
    FaultEntry(12_000, "lose_reply", FaultState.CLEARED),
    BenchEntry(20_000, RealDeviceGone("mine")),
    BenchEntry(50_000, RealDeviceThere("mine")),
    set_bolus(90_000),
]


def test_the_scenario_plays_faults_outages_and_intents(tmp_path: Path) -> None:
    journal, file = tmp_path / "journal.jsonl", tmp_path / "REC-01.toml"
    journal.write_text(to_text(JOURNAL), encoding="utf-8")
    ended = called("export", str(journal), "--scenario", str(file))
    assert (ended.returncode, ended.stderr) == (0, "")
    scenario = load_scenario(str(file))
    assert (scenario.id, scenario.clients, scenario.lasts) == ("REC-01", ("pump",), 120_000)
    assert [(intent.at, float(intent.units or 0)) for intent in scenario.intent] == [(5_000, 1.5), (90_000, 1.5)]
    assert [(fault.kind(), fault.device, fault.at, fault.lasts) for fault in scenario.fault] == [
        ("lose_reply", "pump", 2_000, 10_000),
        ("vanish", "pump", 20_000, 30_000),
    ]
    assert [check.kind() for check in scenario.expect] == ["resolves", "doses_once"]
    assert called("export", str(journal), "--scenario", str(file)).returncode == 0  # it is ours: replaced


def test_a_journal_without_devices_is_no_scenario() -> None:
    with pytest.raises(NoScenario, match="no device"):
        scenario_of([Header(devices={})], "REC-01")
    with pytest.raises(NoScenario, match="nothing"):
        scenario_of([Header(devices={"cgm": "cgm"})], "REC-01")


def test_an_identifier_that_no_scenario_has_is_refused(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text(to_text(JOURNAL), encoding="utf-8")
    ended = called("export", str(journal), "--scenario", str(tmp_path / "mine.toml"))
    assert ended.returncode == 2
    assert "id" in ended.stderr
    assert not (tmp_path / "mine.toml").exists()
