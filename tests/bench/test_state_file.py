"""A state file is made at once and verified before it is used; a damaged one is refused in one sentence, and not touched."""

import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from isletbench.emulator.bench import state_check, state_schema
from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.bench.state_file import StateError, StateFile
from isletbench.emulator.bench.store import StateStore
from isletbench.emulator.core.clock import Pace, run
from isletbench.emulator.core.quantities import minutes
from isletbench.emulator.rigs import rig
from tests.bench.killed import RIG

NEW = {"rig": "mine", "seed": 1, "start": "2026-01-01T08:00:00", "now": 0, "wall": 0.0, "stored": []}


def play(path: Path, text: str = RIG) -> None:
    async def main() -> None:
        async with Bench(rig.parse(text, "killed"), ports=Ports.MEMORY, state=path) as bench:
            await bench.run(minutes(10))

    run(main(), Pace(None))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "state"
    play(path)
    return path


def _over(held: bytes, at: int, noise: bytes) -> bytes:
    return held[:at] + noise + held[at + len(noise) :]


def in_a_child(act: Callable[[], None]) -> None:
    """Do it in a child of this process, which may be killed."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def octets(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return damage


def statements(*words: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("pragma journal_mode = delete")
            for statement in words:
                db.execute(statement)

    return damage


def resealed(*words: str) -> Callable[[Path], None]:
    """Damage by somebody who knows the seals: what is left are values that cannot be."""

    def damage(path: Path) -> None:
        statements(*words)(path)
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            texts = dict(db.execute("select key, value from bench"))
            db.executemany("insert or replace into bench values (?, ?)", state_schema.with_seal(texts).items())
            for table, width in (("history", 4), ("ledger", 5)):
                for row in db.execute(f"select * from {table}").fetchall():  # noqa: S608
                    values = (state_schema.sealed(*row[:width]), *row[:2])
                    db.execute(f"update {table} set seal = ? where device = ? and number = ?", values)  # noqa: S608
            for name, *values, _ in db.execute("select * from device").fetchall():
                tallies: list[int] = []
                for table in ("history", "ledger"):
                    found = db.execute(f"select seal from {table} where device = ?", (name,))  # noqa: S608
                    tally = state_schema.Tally().plus(seal for (seal,) in found)
                    tallies += [tally.count, tally.seal]
                row = (name, *values[:3], *tallies)
                sealed = (*row, state_schema.sealed(*row))
                db.execute("insert or replace into device values (?, ?, ?, ?, ?, ?, ?, ?, ?)", sealed)

    return damage


DAMAGES: dict[str, Callable[[Path], None]] = {
    "text": octets(lambda held: b"not a database at all, but long enough to be read as one" * 3),
    "only its signature": octets(lambda held: held[:16]),
    "half of it": octets(lambda held: held[: len(held) // 2]),
    "a page less": octets(lambda held: held[:-4096]),
    "a page of zeros": octets(lambda held: held[:8192] + bytes(4096) + held[12288:]),
    "noise in a page": octets(lambda held: _over(held, held.index(b"basal"), bytes(range(256)))),
    "another page size": octets(lambda held: held[:16] + b"\x02\x00" + held[18:]),
    "an altered pulse": octets(lambda held: held.replace(b'"cause": "basal"', b'"cause": "bolus"', 1)),
    "an older version": statements("pragma user_version = 3"),
    "a newer version": statements("pragma user_version = 99"),
    "a table less": statements("drop table ledger"),
    "a table of somebody else": statements("create table mine (a)"),
    "a trigger of somebody else": statements("create trigger mine after insert on ledger begin delete from ledger; end"),
    "a format of SQLite that is none": octets(lambda held: _over(held, 18, b"\xfd")),
    "no values of the bench": statements("delete from bench"),
    "another time": statements("update bench set value = '7' where key = 'now'"),
    "no JSON": statements("update bench set value = '[' where key = 'start'"),
    "a device less": statements("delete from device"),
    "rows of no device": statements("insert into ledger values ('other', 0, 0, 'pulse', '{}', 0)"),
    "history without its middle": statements("delete from history where number = 5"),
    "history without its end": statements("delete from history where number > 5"),
    "a record twice": statements(
        "insert into history select device, number + 99999, readable_at, octets, seal from history limit 1"
    ),
    "a record earlier": statements("update history set readable_at = -1 where number = 5"),
    "a ledger that is cut": statements("delete from ledger where number > 9"),
    "a ledger without its beginning": statements("delete from ledger where number < 9"),
    "no ledger": statements("delete from ledger"),
    "exchanged entries": statements("update ledger set number = -number where number in (3, 4)",
                                    "update ledger set number = 7 + number where number < 0"),
    "memory of nothing": statements("update device set memory = ''"),
    "memory as text": statements("update device set memory = cast(memory as text)"),
    "bonds that nest": statements("update device set bonds = '" + "[" * 9_000 + "'"),
    "sealed: a negative time": resealed("update ledger set at = -5 where number = 3"),
    "sealed: time before the beginning": resealed("update bench set value = '-1' where key = 'now'"),
    "sealed: no start": resealed("delete from bench where key = 'start'"),
    "sealed: a ledger that is cut": resealed("delete from ledger where number > 9"),
    "sealed: insulin from nowhere": resealed(
        "update device set memory = cast(replace(cast(memory as text), '\"filled\":300000000', '\"filled\":310000000') as blob)"
    ),
    "sealed: memory of something else": resealed("update device set memory = cast('{\"now\": 0}' as blob)"),
    "sealed: an event that is none": resealed("update ledger set fields = '{\"colour\": 1}' where number = 3"),
    "sealed: a record that is none": resealed("update history set octets = x'5b5d' where number = 5"),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_refused_in_one_sentence_and_not_touched(
    whole: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "state"
    shutil.copy(whole, path)
    damage(path)
    before = content(tmp_path)
    assert before["state"] != whole.read_bytes()
    with pytest.raises(StateError, match="expected") as refused:
        play(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert content(tmp_path) == before


def test_a_file_that_nobody_has_damaged_is_taken(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "state"
    shutil.copy(whole, path)
    resealed()(path)
    play(path)
    with StateFile(path) as file:
        assert file.bench["now"] > minutes(19)


def test_what_a_killed_bench_has_left_beside_its_file_is_part_of_it_and_stays_when_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"

    def turn() -> None:
        file = StateFile(path, NEW)
        file.write_from_now()
        with file.turn(5, 7.0):
            pass
        os.kill(os.getpid(), signal.SIGKILL)

    in_a_child(turn)
    before = content(tmp_path)
    assert set(before) == {"state", "state-wal"}
    with pytest.raises(StateError, match="another bench: its rig is 'mine', expected 'yours'"):
        StateStore(path, {"rig": "yours"}, NEW["start"])  # type: ignore[arg-type]
    with StateFile(path) as file:
        assert (file.bench["now"], file.bench["wall"]) == (5, 7.0)
    assert content(tmp_path) == before


@pytest.mark.parametrize("beside", [None, b""])
def test_the_last_turns_of_a_file_that_is_gone_are_not_added_to_a_new_one(tmp_path: Path, beside: bytes | None) -> None:
    """SQLite takes a write-ahead log that lies beside a file for a part of it, also of a file that was made after it."""
    path = tmp_path / "state"
    if beside is not None:
        path.write_bytes(beside)
    (tmp_path / "state-wal").write_bytes(bytes(64))
    before = content(tmp_path)
    with pytest.raises(StateError, match="state-wal is what is left of a state file; expected"):
        StateFile(path, NEW)
    assert content(tmp_path) == before


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_what_is_no_file_beside_a_state_file_is_left_as_it_is(whole: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / "state"
    shutil.copy(whole, path)
    beside = path.with_name(f"state{ending}")
    os.mkfifo(beside)
    with pytest.raises(StateError, match=f"state{ending} belongs to the state file; expected a file there"):
        StateFile(path)
    assert beside.is_fifo()


def test_a_disk_that_fails_is_no_fault_of_the_file(whole: Path) -> None:
    broken = sqlite3.OperationalError("disk I/O error")
    broken.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMOPEN
    with pytest.raises(OSError, match="the state file cannot be read: disk I/O error"), state_check.reading(whole):
        raise broken


def test_links_that_go_in_a_circle_are_no_state_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.symlink_to(path)
    with pytest.raises(StateError, match="found links that go in a circle"):
        StateFile(path, NEW)
    assert [entry.name for entry in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("at", range(1, 12))
def test_a_bench_that_is_killed_while_it_makes_its_file_leaves_none_or_a_whole_one(tmp_path: Path, at: int) -> None:
    path = tmp_path / "state"

    def make() -> None:
        calls = 0

        def counted(*_: object) -> None:
            nonlocal calls
            calls += 1
            if calls == at:
                os.kill(os.getpid(), signal.SIGKILL)

        connect = sqlite3.connect

        def traced(*arguments: object, **options: object) -> sqlite3.Connection:
            db = connect(*arguments, **options)  # type: ignore[call-overload]
            db.set_trace_callback(counted)
            return db  # type: ignore[no-any-return]

        state_schema.sqlite3.connect = traced  # type: ignore[attr-defined]
        StateFile(path, NEW)

    in_a_child(make)
    with StateFile(path, NEW) as file:
        assert file.bench == NEW
    assert [entry.name for entry in tmp_path.iterdir() if ".new-" in entry.name and not entry.name.endswith("-journal")] == []


def test_an_empty_file_as_mktemp_makes_one_becomes_a_state_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.touch()
    with StateFile(path, NEW) as file:
        assert file.bench == NEW


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="expected a state file of a bench, found no file"):
        StateFile(tmp_path, NEW)
    with pytest.raises(OSError, match="the state file cannot be made: expected a directory that is there"):
        StateFile(tmp_path / "nowhere" / "state", NEW)


def test_a_file_that_is_deleted_while_the_bench_runs_is_written_again_with_all_that_was_in_it(tmp_path: Path) -> None:
    path = tmp_path / "state"
    said: list[str | None] = []

    async def main() -> None:
        async with Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, state=path) as bench:
            store = bench._store
            assert store is not None
            store._says = said.append
            await bench.run(minutes(5))
            for left in tmp_path.iterdir():
                left.unlink()
            await bench.run(minutes(5))

    run(main(), Pace(None))
    assert said == [f"the state file was deleted while the bench runs: {path}: it is written again", None]
    whole = tmp_path / "other"
    play(whole)
    with StateFile(path) as file, StateFile(whole) as other:
        assert file.ledger("pump", "pump") == other.ledger("pump", "pump")
        assert file.records("pump") == other.records("pump")


def test_a_file_that_is_deleted_after_the_last_turn_is_written_again_at_the_end(tmp_path: Path) -> None:
    path, whole = tmp_path / "state", tmp_path / "other"

    async def main() -> None:
        async with Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, state=path) as bench:
            await bench.run(minutes(10))
            path.unlink()

    run(main(), Pace(None))
    play(whole)
    with StateFile(path) as file, StateFile(whole) as other:
        assert file.ledger("pump", "pump") == other.ledger("pump", "pump")


def test_a_file_of_an_older_version_goes_on_unless_what_it_did_not_know_is_on(tmp_path: Path) -> None:
    older, path = {"cgm": {"kind": "cgm", "ble": {"name": "IB-CGM"}}}, tmp_path / "state"
    with StateStore(path, {"devices": older}, NEW["start"]) as store:  # type: ignore[arg-type]
        store.file.write_from_now()
    for hash_, is_refused in ((False, False), (None, False), (True, True)):
        today = {"cgm": {"kind": "cgm", "ble": {"name": "IB-CGM", "database_hash": hash_}}}
        with pytest.raises(StateError, match="another bench: its devices is") if is_refused else nullcontext():
            StateStore(path, {"devices": today}, NEW["start"]).file.close()  # type: ignore[arg-type]


def test_a_file_that_another_one_has_replaced_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "state"

    async def main() -> None:
        async with Bench(rig.parse(RIG, "killed"), ports=Ports.MEMORY, state=path) as bench:
            await bench.run(minutes(5))
            path.unlink()
            path.write_text("precious")
            await bench.run(minutes(5))

    with pytest.raises(OSError, match="another file has this name meanwhile"):
        run(main(), Pace(None))
    assert path.read_text(encoding="utf-8") == "precious"
