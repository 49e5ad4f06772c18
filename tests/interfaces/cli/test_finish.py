"""Small things that a user meets: nothing is cut off at 80 columns, `status` knows firmware, `scenarios --json` has it all."""

import json
import os
from pathlib import Path

import pytest

from isletbench.emulator.core import running
from isletbench.emulator.interfaces.cli.doctor.command import _print
from isletbench.emulator.interfaces.cli.doctor.findings import Finding, State
from isletbench.emulator.scenarios import scenario as scenarios
from tests.harness.command_line import called

NARROW = {"COLUMNS": "80", "TERM": "dumb"}
PATH = "/a/place/whose/path/is/longer/than/a/column/of/a/table/that/fits/on/a/terminal/of/eighty/columns"


def test_tables_fit_into_80_columns_and_cut_nothing_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = [called(*words, environment=NARROW) for words in (("types",), ("types", "gls.Measurement"), ("personalities",))]
    monkeypatch.setenv("COLUMNS", "80")
    _print([Finding("runtime directory", State.OK, PATH, f"mkdir {PATH}")])
    printed = [*(ended.stdout for ended in listed), capsys.readouterr().out]
    for text in printed:
        assert max(map(len, text.splitlines())) <= 80
        assert "…" not in text
    assert "ns" in printed[-1].splitlines()[-2], "the end of the path"


def test_status_knows_a_rig_of_firmware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISLETBENCH_DIR", str(tmp_path))
    devices = {"pump": {"kind": "pump", "serial": "/dev/pts/7"}}
    with running.announced_ports("native", devices):
        assert called("status").stdout == (
            "rig native: firmware, whose state nobody can look into\n  pump (pump): /dev/pts/7\n"
        )
        told = json.loads(called("status", "--json").stdout)
        assert (told["rig"], told["devices"], told["pid"]) == ("native", devices, os.getpid())
        assert "/dev/pts/7" in called("ports", "--json").stdout
    assert "no bench is running" in called("status").stderr


def test_scenarios_as_json_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "scenarios", lambda: ["DLV-01", "LNK-12"])
    first, second = json.loads(called("scenarios", "--json").stdout)
    assert (first["id"], second["id"]) == ("DLV-01", "LNK-12")
    assert {"title", "story", "lasts", "rig", "over", "clients", "fault", "event", "expect", "intent", "seed"} <= set(first)
    assert first["tags"] == ["dlv", "pump", "user"]
    assert json.loads(called("scenarios", "DLV-01", "--json").stdout) == first


def test_a_journal_with_a_torn_last_line_is_judged_up_to_it(tmp_path: Path) -> None:
    journal = tmp_path / "run.jsonl"
    journal.write_text('{"journal":2,"rig":"default","devices":{"cgm":"cgm"}}\n{"t":0,"dev', encoding="utf-8")
    ended = called("report", str(journal), "--json")
    assert ended.returncode == 0, ended.stderr
    assert f"isletbench: {journal}: line 2: it is cut off, as a killed bench may leave its last line" in ended.stderr
    judged = called("judge", "DLV-01", str(journal))
    assert judged.returncode == 2
    assert "DLV-01 is played with cgm, pump, and this journal is of cgm" in judged.stderr
