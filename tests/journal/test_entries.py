"""The lines of a journal: typed where they are made, JSON in one place, and read back from version 1 and 2."""

import ast
import io
import json
from pathlib import Path

import pytest

from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.endpoint import Place
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.notes import Accepted, Committed, Decoded, Note, Refused, Stage, UnknownNote
from isletbench.emulator.gatt import Read
from isletbench.emulator.gatt.notes import ClockSet
from isletbench.emulator.journal import reader, writer
from isletbench.emulator.journal.bench_events import ActionDone, LineChanged
from isletbench.emulator.journal.entries import BeliefEntry, BenchEntry, Entry, FaultEntry, Header, LedgerEntry, NoteEntry
from isletbench.emulator.journal.version_1 import translate
from isletbench.emulator.journal.writer import Journal, recorded, to_line, to_text
from isletbench.emulator.pump.events import Pulse
from isletbench.emulator.scenarios.in_process import play
from isletbench.emulator.scenarios.judge import Outcome, verdict_on
from isletbench.emulator.scenarios.scenario import load_scenario
from isletbench.hil_rigs.clients.controller.in_process import client_of

VERSION_1 = Path(__file__).parent / "recorded" / "version_1.jsonl"
"""DLV-24 over Bluetooth LE, of a careful client: both devices, a fault, beliefs. Written by version 1 of the format."""
HEADER = '{"journal":2,"devices":{"cgm":"cgm","pump":"pump"}}'


def back(entry: Entry) -> Entry:
    """An entry that has been written and read."""
    return reader.read([HEADER, to_line(entry)])[1]


def test_a_journal_of_version_1_is_read_without_losing_anything() -> None:
    lines = VERSION_1.read_text(encoding="utf-8").splitlines()
    entries = reader.load(VERSION_1)
    assert isinstance(entries[0], Header)
    for kind in (LedgerEntry, NoteEntry, BeliefEntry, FaultEntry, BenchEntry):
        assert any(isinstance(entry, kind) for entry in entries), kind
    for line, entry in zip(lines[1:], entries[1:], strict=True):
        before = {key: value for key, value in translate(json.loads(line)).items() if value is not None}
        assert json.loads(to_line(entry)) == before
    text = to_text(entries)
    assert text.startswith('{"journal":2,')
    assert to_text(reader.read(text.splitlines())) == text


def test_a_journal_of_version_1_has_the_verdict_that_it_had() -> None:
    verdict = verdict_on(load_scenario("DLV-24"), "ble", reader.load(VERSION_1))
    assert (verdict.outcome, verdict.sentences(), verdict.open) == (Outcome.PASSED, [], ())


def test_a_run_is_judged_the_same_in_process_and_from_its_file() -> None:
    scenario = load_scenario("DLV-24")
    live = run(play(scenario, client_of(scenario), "serial"), Pace(None))
    read = reader.read(live.journal.splitlines())
    assert len(read) == len(live.entries) > 100
    assert to_text(read) == live.journal
    judged = verdict_on(scenario, "serial", read)
    assert (judged.outcome, judged.findings, judged.open) == (live.outcome, live.findings, live.open)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"note": "record_access", "stage": "decoded", "request": {"operation": "REPORT"}}, Decoded),
        ({"note": "Current Time", "stage": "decoded", "value": {}}, Decoded),
        ({"note": "report", "stage": "accepted", "records": 3}, Accepted),
        ({"note": "SetBolus", "stage": "committed"}, Committed),
        ({"note": "clock_set", "stage": "committed", "to": "2026-01-01T08:00:00"}, ClockSet),
        ({"note": "refused", "why": "no"}, Refused),
        ({"note": "meal_taken", "stage": "committed", "grams": 5}, UnknownNote),
        ({"note": "hum"}, UnknownNote),
    ],
)
def test_a_note_of_version_1_is_a_type(before: dict[str, object], now: type[Note]) -> None:
    lines = ['{"journal":1}', json.dumps({"t": 1, "device": "pump", **before})]
    _, entry = reader.read(lines)
    assert isinstance(entry, NoteEntry)
    assert type(entry.note) is now
    assert entry.note.stage == (Stage(str(before["stage"])) if "stage" in before else None)
    assert back(entry) == entry


def test_what_the_bench_did_in_version_1_is_a_type() -> None:
    line = {"t": 1, "bench": "line", "device": "pump", "noise": 0.1, "split": 3}
    done = {"t": 2, "bench": "done", "device": "pump", "verb": "pause", "arguments": {}}
    _, changed, performed = reader.read(['{"journal":1}', json.dumps(line), json.dumps(done)])
    assert changed == BenchEntry(1, LineChanged("pump", {"noise": 0.1, "split": 3}))
    assert performed == BenchEntry(2, ActionDone("pump", "pause", {}))
    assert (back(changed), back(performed)) == (changed, performed)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("no", "line 2: expected a journal, a JSON object a line"),
        ("[]", "line 2: expected a journal, a JSON object a line, got '[]'"),
        ('{"t":1,"dev', "line 2: expected a journal, a JSON object a line"),
        ("{}", "line 2 of the journal: expected one of the keys in, out, note, ledger, belief, fault, frame, bench"),
        ('{"note":"x","device":"cgm"}', "line 2 of the journal: t: expected a value of type int, and the key is missing"),
        ('{"t":"1","note":"x","device":"cgm"}', "line 2 of the journal: t: expected a value of type int, got '1'"),
        ('{"t":1,"device":"cgm","in":"shout","stage":"received"}', "in: expected one of "),
        ('{"t":1,"device":"cgm","in":"read","stage":"there","link":"a","handle":1}', "stage: expected one of on_the_wire, "),
        ('{"t":1,"device":"cgm","in":"read","stage":"received","link":"a"}', "handle: is missing"),
        (
            '{"t":1,"device":"pump","ledger":"pulse","uu":"much","cause":"bolus","reservoir_uu":1}',
            "uu: expected a whole",
        ),
        ('{"t":1,"device":"pump","ledger":"pulse","uu":1,"cause":"bolus","reservoir_uu":1,"x":1}', "x: expected no such key"),
        ('{"t":1,"bench":"dance"}', "bench: expected one of "),
        (
            '{"t":1,"fault":"it","what":"gone"}',
            "what: expected one of injected, armed, struck, failed, over, cleared",
        ),
        ('{"t":1,"carrier":"a","frame":"in","octets":"0"}', "octets: expected pairs of hexadecimal digits, got '0'"),
        ('{"t":1,"belief":"dose","id":"a"}', "units: expected a value, it is missing"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_with_its_number_and_what_was_expected(line: str, sentence: str) -> None:
    with pytest.raises(reader.JournalError) as error:
        reader.read([HEADER, line])
    assert str(error.value).startswith("line 2")
    assert sentence in str(error.value)


def test_an_event_of_a_kind_that_is_not_installed_is_kept_as_it_is() -> None:
    header = '{"journal":2,"devices":{"kettle":"kettle"}}'
    line = '{"t":1,"device":"kettle","ledger":"boiled","degrees":100}'
    assert to_line(reader.read([header, line])[1]) == line


def test_no_json_is_made_without_a_file_and_nothing_at_all_without_a_listener(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("nobody reads this")

    monkeypatch.setattr(writer, "to_dict", forbidden)
    entries: list[Entry] = []
    for journal in (Journal(), recorded(entries)):
        journal.request(1, "pump", Read("a", 3), Place(0x2B23))
        journal.occurred("pump", Occurrence(1, Pulse(50_000, "basal", 1)))
    assert [type(entry).__name__ for entry in entries] == ["RequestEntry", "LedgerEntry"]
    monkeypatch.setattr(writer, "RequestEntry", forbidden)
    Journal().request(1, "pump", Read("a", 3), Place(0x2B23))
    with pytest.raises(AssertionError):
        Journal(io.StringIO()).occurred("pump", Occurrence(1, Pulse(50_000, "basal", 1)))


KEYS = {"in", "out", "note", "ledger", "frame", "bench", "stage"}


def test_no_module_outside_the_journal_asks_for_a_key_of_a_line() -> None:
    root = Path(__file__).parents[2]
    found = []
    for file in [*(root / "emulator").rglob("*.py"), *(root / "hil_rigs").rglob("*.py")]:
        if root / "emulator" / "journal" in file.parents:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            key = node.slice if isinstance(node, ast.Subscript) else None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args:
                key = node.args[0]
            if isinstance(key, ast.Constant) and key.value in KEYS:
                found.append(f"{file.relative_to(root)}:{key.lineno}")
    assert found == []
