"""The state file: what the devices of a bench retain without power, and their ground truth, in one SQLite database.

Every turn of a device is one transaction, which is committed before any message of that turn is sent. So a bench that is killed
between any two instructions has either done a thing, and restores it, or has not done it and no client knows of it.
"""

import errno
import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isletbench.emulator.core.events import Occurrence, event_of
from isletbench.emulator.core.persistence import StoredRecord
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.plain import to_plain

VERSION = 3
"""Of the schema below."""
_SCHEMA = """
create table bench (key text primary key, value text not null);
create table device (name text primary key, memory blob, bonds text not null, keys text not null);
create table history (device text, number integer, readable_at integer, octets blob, primary key (device, number));
create table ledger (device text, number integer, at integer, what text, fields text, primary key (device, number));
"""


class StateError(ValueError):
    """A state file that cannot be used; one sentence that says which, why, and what was expected."""


@dataclass(frozen=True, slots=True)
class Bonds:
    """The bonds of a device."""

    cccds: Mapping[str, Any]
    """What the endpoint remembers of each client, by identity: the values of its CCCDs."""
    keys: Mapping[str, Any]
    """The keys of each client, by carrier and identity."""


class StateFile:
    """One file, open. Raises ``StateError`` when it is none of ours, ``OSError`` when it cannot be had."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
            self._db.execute("pragma journal_mode = wal")
            # A killed process loses nothing; only a machine that loses power may lose its last turns.
            self._db.execute("pragma synchronous = normal")
            self._db.execute("pragma locking_mode = exclusive")
            self._open()
        except sqlite3.OperationalError as error:
            raise OSError(f"{path}: {error}") from None
        except sqlite3.DatabaseError as error:
            raise StateError(f"{path}: expected a state file of a bench: {error}") from None

    def _open(self) -> None:
        (version,) = self._db.execute("pragma user_version").fetchone()
        tables = {name for (name,) in self._db.execute("select name from sqlite_master where type = 'table'")}
        if version == 0 and not tables:
            self._db.executescript(f"begin immediate; {_SCHEMA} pragma user_version = {VERSION}; commit;")
        elif version != VERSION or "ledger" not in tables:
            raise StateError(f"{self.path}: expected a state file of version {VERSION}, found version {version}")
        self._db.execute("begin immediate")  # fails at once when another bench has it
        self._db.execute("commit")

    def close(self) -> None:
        """Write what is committed and close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The bench

    @property
    def bench(self) -> dict[str, Any]:
        """What is stored of the bench itself; empty for a new file."""
        return {key: json.loads(value) for key, value in self._db.execute("select key, value from bench")}

    def set_bench(self, **values: Any) -> None:
        """Store values of the bench itself."""
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        self._db.executemany("insert or replace into bench values (?, ?)", rows)

    # Devices

    def memory(self, device: str) -> bytes | None:
        """The memory of a device, if it is stored."""
        found = self._db.execute("select memory from device where name = ?", (device,)).fetchone()
        return bytes(found[0]) if found and found[0] is not None else None

    def bonds(self, device: str) -> Bonds:
        """The bonds of a device."""
        found = self._db.execute("select bonds, keys from device where name = ?", (device,)).fetchone()
        cccds, keys = (json.loads(text) for text in found) if found else ({}, {})
        return Bonds(cccds, keys)

    def records(self, device: str) -> list[StoredRecord]:
        """The records of a device, in the order of their numbers."""
        rows = self._db.execute("select number, readable_at, octets from history where device = ? order by number", (device,))
        return [StoredRecord(*row) for row in rows]

    def ledger(self, device: str, kind: str) -> list[Occurrence]:
        """The ground truth of a device of this kind, from the beginning."""
        found = self._db.execute("select at, what, fields from ledger where device = ? order by number", (device,))
        return [Occurrence(at, event_of(kind, what, json.loads(fields))) for at, what, fields in found]

    def turn(self, now: Instant, wall: float) -> "Turn":
        """Begin a transaction: what one turn of a device at ``now`` has changed. ``wall`` is the wall time, s since 1970."""
        return Turn(self._db, str(self.path), now, wall)


class Turn:
    """A transaction, used as a context manager: all of it is stored, or nothing. Raises ``OSError`` when it cannot be."""

    def __init__(self, db: sqlite3.Connection, path: str, now: Instant, wall: float) -> None:
        self._db, self._path, self._times = db, path, [("now", json.dumps(now)), ("wall", json.dumps(wall))]

    def __enter__(self) -> Self:
        self._db.execute("begin immediate")
        self._db.executemany("insert or replace into bench values (?, ?)", self._times)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is not None:
                raise error
            self._db.execute("commit")
        except sqlite3.OperationalError as full:
            self._roll_back()
            raise OSError(errno.ENOSPC, f"the state cannot be written: {full}", self._path) from None
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:  # a full disk may have ended it
            self._db.execute("rollback")

    def device(self, name: str, memory: bytes, bonds: Bonds) -> None:
        """Store the memory and the bonds of a device."""
        row = (name, memory, json.dumps(bonds.cccds), json.dumps(bonds.keys))
        self._db.execute("insert or replace into device values (?, ?, ?, ?)", row)

    def records(self, name: str, records: Iterable[StoredRecord], oldest: int, *, complete: bool) -> None:
        """Store records; delete those before number ``oldest``, or all others if the records are ``complete``."""
        last_gone = None if complete else oldest - 1
        gone = "delete from history where device = ? and number <= coalesce(?, number)"
        self._db.execute(gone, (name, last_gone))
        rows = [(name, record.number, record.at, record.octets) for record in records]
        self._db.executemany("insert or replace into history values (?, ?, ?, ?)", rows)

    def ledger(self, name: str, since: int, entries: Iterable[Occurrence]) -> None:
        """Store entries of the ground truth, from number ``since`` on."""
        rows = (
            (name, since + place, e.at, e.event.name, json.dumps(to_plain(e.event.fields()))) for place, e in enumerate(entries)
        )
        self._db.executemany("insert into ledger values (?, ?, ?, ?, ?)", rows)
