"""Whether a state file is whole: its schema, its seals, its numbers, before anything is taken from it or written to it.

The file is read through a connection that cannot write, so that a file that is refused is the same afterwards, octet for octet.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from isletbench.emulator.bench.state_schema import SEAL, TABLES, VERSION, StateError, Tally, sealed, with_seal

SIGNATURE = b"SQLite format 3\0"
SIDECARS = ("-wal", "-shm")
"""What SQLite makes beside a file that it reads."""
FILE_FORMATS = {1, 2}
"""The versions of SQLite's file format for writing and reading; a file with another one could not be written (database header,
octets 18 and 19)."""

UNREADABLE = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
"""Errors of the disk, not of the file: one that is full, for instance, where SQLite has to make a file beside it."""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a state file that cannot write it, and leaves nothing beside it. Raises ``StateError``, ``OSError``."""
    beside = [path.with_name(path.name + ending) for ending in SIDECARS]
    before = {sidecar: sidecar.exists() for sidecar in beside}
    with path.open("rb") as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            raise StateError(f"{path}: expected a state file of a bench, found a file of another kind")
        versions = file.read(4)[2:]
    if not set(versions) <= FILE_FORMATS:
        raise StateError(f"{path}: expected a state file of a bench: its file format is {versions.hex(' ')}")
    for sidecar in beside:
        if sidecar.exists() and not sidecar.is_file():
            raise StateError(f"{path}: {sidecar.name} belongs to the state file; expected a file there")
    db = None
    try:
        db = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=0, isolation_level=None)
        yield db
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise OSError(f"{path}: another bench uses this state file: {error}") from None
        if error.sqlite_errorcode & 0xFF in UNREADABLE:
            raise OSError(f"{path}: the state file cannot be read: {error}") from None
        raise StateError(f"{path}: expected a state file of a bench: {error}") from None
    except sqlite3.Error as error:
        raise StateError(f"{path}: expected a state file of a bench: {error}") from None
    finally:
        if db is not None:
            db.close()
        for sidecar in beside:
            if not before[sidecar] and (sidecar.name.endswith("-shm") or _is_empty(sidecar)):
                sidecar.unlink(missing_ok=True)


def left_alone(path: Path) -> Path | None:
    """The last turns of a state file that is gone, where they were left: SQLite would add them to a new file of its name."""
    beside = path.with_name(path.name + SIDECARS[0])
    return beside if beside.exists() and not _is_empty(beside) else None


def _is_empty(path: Path) -> bool:
    return path.exists() and path.stat().st_size == 0


def verify(db: sqlite3.Connection, path: Path) -> None:
    """Raise ``StateError`` for a file that is of another version, or damaged; ``sqlite3.Error`` for one that cannot be read."""
    (version,) = db.execute("pragma user_version").fetchone()
    # Views, triggers and indexes of somebody else count: a trigger could delete what is stored.
    tables = {name for (name,) in db.execute("select name from sqlite_master where name not like 'sqlite_autoindex_%'")}
    if version == VERSION and tables != TABLES:
        found = ", ".join(sorted(map(str, tables ^ TABLES)))
        raise StateError(f"{path}: expected the tables of a state file and nothing else: {found} is not as a bench has left it")
    if version != VERSION:
        raise StateError(f"{path}: expected a state file of version {VERSION}, found version {version}")
    try:
        for problem in _problems(db):
            raise StateError(f"{path}: the state file is damaged: {problem}; expected the file as a bench has left it")
    except (ValueError, TypeError, RecursionError) as error:
        if isinstance(error, StateError):
            raise
        raise StateError(f"{path}: the state file is damaged: {error}; expected the file as a bench has left it") from None


def _problems(db: sqlite3.Connection) -> Iterator[str]:
    (first,) = db.execute("pragma integrity_check(1)").fetchone()
    if first != "ok":
        yield " ".join(first.split())
    bench = dict(db.execute("select key, value from bench"))
    if bench != with_seal(bench):
        yield "the seal of the bench is not that of its values"
    values = {key: json.loads(text) for key, text in bench.items() if key != SEAL}
    yield from _impossible(values)
    stored = [name for (name,) in db.execute("select name from device order by name")]
    if stored != values.get("stored"):
        yield f"it holds the devices {', '.join(stored) or 'none'}, expected {', '.join(values.get('stored', ())) or 'none'}"
    for table, *_ in db.execute("pragma foreign_key_check"):
        yield f"a row of {table} is of no device that it holds"
    for row in db.execute("select * from device order by name"):
        yield from _problems_of_device(db, *row)


def _impossible(values: Mapping[str, Any]) -> Iterator[str]:
    now, wall = values.get("now"), values.get("wall")
    if not isinstance(now, int) or now < 0:
        yield f"its time is {now!r}, expected milliseconds from 0 on"
    if not isinstance(wall, int | float) or not wall >= 0:
        yield f"its wall time is {wall!r}, expected seconds from 0 on"
    datetime.fromisoformat(values["start"] if isinstance(values.get("start"), str) else "no start")


def _problems_of_device(db: sqlite3.Connection, name: str, *row: Any) -> Iterator[str]:
    *values, seal = row
    if sealed(name, *values) != seal:
        yield f"the seal of {name} is not that of its values"
    _, _, _, records, records_seal, entries, entries_seal = values
    for table, expected, columns in (
        ("history", Tally(records, records_seal), "device, number, readable_at, octets"),
        ("ledger", Tally(entries, entries_seal), "device, number, at, what, fields"),
    ):
        seals = []
        for *columns_of, found in db.execute(f"select {columns}, seal from {table} where device = ? order by number", (name,)):  # noqa: S608
            _, number, at, *_ = columns_of
            if sealed(*columns_of) != found:
                yield f"the seal of {table} {number} of {name} is not that of its values"
            if at < 0:
                yield f"{table} {number} of {name} is of the instant {at}, expected 0 or later"
            seals.append(found)
        if Tally().plus(seals) != expected:
            yield f"{len(seals)} rows of {table} of {name}, expected {expected.count} with another sum of their seals"
