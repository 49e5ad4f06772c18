"""What a store keeps, and what it says of a campaign."""

import csv
import gzip
import io
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from isletbench.emulator.campaigns.cell import CellError
from isletbench.emulator.campaigns.claim import claimed
from isletbench.emulator.campaigns.result import Outcome, Result
from isletbench.emulator.campaigns.store import Store
from isletbench.emulator.campaigns.summary import first_difference, summary_of
from isletbench.emulator.campaigns.table import rows, to_csv
from isletbench.emulator.campaigns.worker import Report
from isletbench.emulator.journal import reader
from isletbench.emulator.journal.entries import LedgerEntry, RequestEntry
from isletbench.emulator.scenarios import lateness
from tests.harness.campaigns import cell, failed, result
from tests.harness.command_line import called

LOST = [{"fault": "lose_reply", "device": "pump", "nth": 3}]


def filled(path: Path, *results: Result) -> Store:
    store = Store(path)
    for one in results:
        store.add(Report(one))
    return store


def test_a_store_gives_back_what_it_was_given(tmp_path: Path) -> None:
    made = failed(cell(faults=LOST, seed=3), metrics={"requests": 7.0})
    with Store(tmp_path / "a.db") as store:
        assert store.add(Report(made, gzip.compress(b"a line\n"))) == 1
    with Store(tmp_path / "a.db", create=False) as store:
        (found,) = store.results()
        assert made.model_dump() == {name: value for name, value in found.model_dump().items() if name in made.model_dump()}
        assert (found.repetition, found.axes["exchange"], found.axes["fault"]) == (1, "3", "lose_reply on pump")
        assert store.journal(found) == "a line\n"
        assert store.result(made.key[:10]).key == made.key


def test_pass_rates_are_of_the_newest_result_of_each_cell_with_the_newest_client(tmp_path: Path) -> None:
    old = [result(cell(one, version="1")) for one in ("DLV-01", "DLV-02", "DLV-03")]
    new = [
        failed(cell("DLV-01", version="2")),
        result(cell("DLV-02", version="2")),
        result(cell("DLV-04", version="2"), "not judged"),
    ]
    with filled(tmp_path / "a.db", *old, *new) as store:
        summary = summary_of(store)
    assert summary.total.outcomes == {Outcome.FAILED: 1, Outcome.PASSED: 1, Outcome.NOT_JUDGED: 1}
    assert summary.total.passed_percent == 50.0
    assert {rate.value: rate.passed_percent for rate in summary.rates["scenario"]} == {
        "DLV-01": 0.0,
        "DLV-02": 100.0,
        "DLV-04": None,
    }
    assert set(summary.rates) == {"scenario"}, "an axis with one value says nothing"
    assert [(now.scenario, now.version, before.version) for now, before in summary.newly_failing] == [("DLV-01", "2", "1")]
    assert summary.flaky == []


@pytest.mark.parametrize(("exchanges", "shown"), [(24, True), (25, False)])
def test_rates_of_a_few_exchanges_are_printed_and_of_all_on_the_page(exchanges: int, shown: bool, tmp_path: Path) -> None:
    cells = [cell(faults=[{**LOST[0], "nth": number}]) for number in range(1, exchanges + 1)]
    with filled(tmp_path / "a.db", *(result(one) for one in cells)):
        pass
    made = called("campaign", "show", str(tmp_path / "a.db"), "--html", str(tmp_path / "page"))
    assert ("│ 24 " in made.stdout) is shown
    assert f"exchange: {exchanges}" in (tmp_path / "page" / "index.html").read_text("utf-8")


def test_what_failed_before_is_no_new_failure(tmp_path: Path) -> None:
    with filled(tmp_path / "a.db", failed(cell(version="1")), failed(cell(version="2"))) as store:
        assert summary_of(store).newly_failing == []


def test_another_journal_of_the_same_key_is_somebodys_bug(tmp_path: Path) -> None:
    made = [result(cell(), journal=name) for name in ("one", "one", "two")]
    with filled(tmp_path / "a.db", *made) as store:
        (flaky,) = summary_of(store).flaky
    assert (flaky.whose, flaky.result.repetition, flaky.other.repetition) == ("unknown", 3, 2)


def test_a_program_is_flaky_when_its_verdict_is_another(tmp_path: Path) -> None:
    """Its journal has the times of the world: those are never the same twice."""
    made = [result(cell(pace="60x"), journal=name, pace="60x") for name in ("one", "two")]
    with filled(tmp_path / "a.db", *made, failed(cell(pace="60x"), pace="60x")) as store:
        (flaky,) = summary_of(store).flaky
    assert (flaky.whose, flaky.result.outcome) == ("client", Outcome.FAILED)


def test_a_flaky_cell_that_passed_is_shown_with_its_client(tmp_path: Path) -> None:
    one = cell(pace="60x")
    with filled(tmp_path / "a.db", failed(one, pace="60x"), result(one, journal="two", pace="60x")) as store:
        name = summary_of(store).flaky[0].result.axes["client"]
    shown = called("campaign", "show", str(tmp_path / "a.db")).stdout
    assert f", client {name}: passed [client: the bench" in " ".join(shown.split())


@pytest.mark.parametrize("reason", [lateness.LATE_WORDS, lateness.SLEPT_WORDS])
def test_a_machine_that_was_late_or_slept_is_no_bug_of_the_client(tmp_path: Path, reason: str) -> None:
    made = result(cell(pace="60x"), journal="one", pace="60x")
    stopped = result(cell(pace="60x"), "not judged", pace="60x", why=f"{reason} until 0:01:00")
    with filled(tmp_path / "a.db", made, stopped) as store:
        assert summary_of(store).flaky[0].whose == "machine"


def test_who_has_done_something_else_first_is_named(tmp_path: Path) -> None:
    journal = next((Path(__file__).parents[1] / "journal" / "recorded").glob("*.jsonl*"))
    entries = reader.load(journal)
    later = [replace(entry, at=entry.at + 1) if isinstance(entry, RequestEntry) else entry for entry in entries]
    assert first_difference(entries, later)[0] == "client"
    other = [replace(entry, at=entry.at + 1) if isinstance(entry, LedgerEntry) else entry for entry in entries]
    assert first_difference(entries, other)[0] == "bench"
    assert first_difference(entries, entries) == ("bench", "the journals have the same entries, and other octets")


def test_a_table_has_a_row_for_each_run_and_a_column_for_each_metric(tmp_path: Path) -> None:
    made = [result(cell(seed=1), metrics={"requests": 7.0}), failed(cell(seed=2), metrics={"alarms": 1.0})]
    with filled(tmp_path / "a.db", *made) as store:
        table = rows(store.results())
    found = list(csv.DictReader(io.StringIO(to_csv(table))))
    assert [row["seed"] for row in found] == ["1", "2"]
    assert [row["requests"] for row in found] == ["7.0", ""]
    assert [row["failing"] for row in found] == ["", "doses_once"]
    assert found[1]["what"] == "doses_once: bolus 2 is number 2"


def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("these are notes, and no database of anything at all", encoding="utf-8")
    with pytest.raises(CellError, match="expected the store of a campaign, a SQLite file"):
        Store(text)
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE notes (text)")
    with pytest.raises(CellError, match="it is a database of something else"):
        Store(other)
    with pytest.raises(CellError, match="there is no such file"):
        Store(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()
    with filled(tmp_path / "a.db", result(cell())), sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("PRAGMA user_version = 9")
    with pytest.raises(CellError, match="expected a store of version 1, it has version 9"):
        Store(tmp_path / "a.db")


def test_a_store_has_one_campaign_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    for _ in range(2):
        with claimed(file):
            with pytest.raises(CellError, match="another campaign plays into it"), claimed(file):
                pass
            with claimed(tmp_path / "b.db"):
                pass
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a.db-playing").touch()  # of a campaign that was killed
    with claimed(file):
        pass


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with filled(tmp_path / "a.db", result(cell())) as store:
        store._database.execute(f"PRAGMA max_page_count = {store._database.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(CellError, match=r"a\.db: the store cannot be used: database or disk is full; what was finished"):
            store.add(Report(result(cell(seed=2), journal="b"), b"x" * 100_000))
        assert len(list(store.results())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE result SET line = '{'",
        "UPDATE result SET line = '{}'",
        "UPDATE result SET line = replace(line, 'outcome', 'income')",
    ],
)
def test_an_entry_that_is_no_result_is_said(tmp_path: Path, damage: str) -> None:
    filled(tmp_path / "a.db", result(cell())).__exit__()
    with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
        database.execute(damage)
    with (
        Store(tmp_path / "a.db") as store,
        pytest.raises(CellError, match="the store is damaged: it has an entry that is no result"),
    ):
        summary_of(store)


def test_a_store_with_damaged_pages_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    filled(file, *(result(cell(seed=seed)) for seed in range(1, 40))).__exit__()
    octets = bytearray(file.read_bytes())
    octets[8_192:-4_096] = b"\xa5" * len(octets[8_192:-4_096])
    file.write_bytes(octets)
    with Store(file) as store, pytest.raises(CellError, match="the store is damaged: database disk image is malformed"):
        store.repetitions()
