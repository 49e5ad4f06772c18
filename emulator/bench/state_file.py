"""The state file: what the devices of a bench retain without power, and their ground truth, in one SQLite database.

Every turn of a device is one transaction, which is committed before any message of that turn is sent. So a bench that is killed
between any two instructions has either done a thing, and restores it, or has not done it and no client knows of it.
"""

import errno
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from isletbench.emulator.bench.state_check import left_alone, reading, verify
from isletbench.emulator.bench.state_schema import (
    SEAL,
    StateError,
    Tallies,
    Tally,
    as_texts,
    create,
    publish,
    sealed,
    with_seal,
)
from isletbench.emulator.core.events import Occurrence, event_of
from isletbench.emulator.core.persistence import StoredRecord
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.protocols.plain import to_plain

__all__ = ["Bonds", "StateError", "StateFile", "Turn"]


@dataclass(frozen=True, slots=True)
class Bonds:
    """The bonds of a device."""

    cccds: Mapping[str, Any]
    """What the endpoint remembers of each client, by identity: the values of its CCCDs."""
    keys: Mapping[str, Any]
    """The keys of each client, by carrier and identity."""


class StateFile:
    """One file, verified and open for reading; ``write_from_now`` opens it for this bench alone.

    ``new`` are the values of the bench of a file that does not exist yet, which is made then. Raises ``StateError`` for a file
    that is none of ours or damaged, which stays as it is, and ``OSError`` when it cannot be had.
    """

    def __init__(self, path: Path, new: Mapping[str, Any] | None = None) -> None:
        self.path = Path(os.path.realpath(path))
        self._running = ExitStack()
        self._identity: tuple[int, int] | None = None
        """Device and inode of the file, once it is written."""
        self._device_tallies: dict[str, Tallies] = {}
        if self.path.is_symlink():  # what is left of links that go in a circle
            raise StateError(f"{path}: expected a state file of a bench, found links that go in a circle")
        if new is not None and not (self.path.exists() and (not self.path.is_file() or self.path.stat().st_size)):
            if (left := left_alone(self.path)) is not None:
                raise StateError(f"{path}: {left} is what is left of a state file; expected that file beside it, or neither")
            create(self.path, new)
        if not self.path.is_file():
            raise StateError(f"{path}: expected a state file of a bench, found no file")
        with ExitStack() as stack:
            self._db = stack.enter_context(reading(self.path))
            verify(self._db, path)
            self._texts = self._read_texts()
            self._running = stack.pop_all()

    def write_from_now(self) -> None:
        """Open the file for this bench alone. Raises ``StateError`` when another one has written it meanwhile, ``OSError``."""
        self._running.close()
        with ExitStack() as stack:
            try:
                db = self._opened(stack)
            except sqlite3.Error as error:
                raise OSError(errno.EIO, f"the state file cannot be opened: {error}", str(self.path)) from None
            self._db = db
            if self._read_texts() != self._texts:
                raise StateError(f"{self.path}: another bench has used this state file meanwhile")
            self._running = stack.pop_all()

    def _opened(self, stack: ExitStack) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        stack.callback(db.close)
        db.execute("pragma locking_mode = exclusive")
        db.execute("pragma journal_mode = wal")
        # A killed process loses nothing; only a machine that loses power may lose its last turns.
        db.execute("pragma synchronous = normal")
        db.execute("begin immediate")  # fails at once when another bench has it
        db.execute("commit")
        found = self.path.stat()
        self._identity = found.st_dev, found.st_ino
        self._device_tallies = {
            name: (Tally(*history), Tally(*ledger))
            for name, *numbers in db.execute("select name, records, records_seal, entries, entries_seal from device")
            for history, ledger in [(numbers[:2], numbers[2:])]
        }
        return db

    @property
    def is_there(self) -> bool:
        """Whether the file that was opened is still the one of its name."""
        try:
            found = os.stat(self.path)  # noqa: PTH116  # asked once a turn: a Path takes as long again
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def write_anew(self) -> None:
        """Write the file again that somebody has deleted. Raises ``OSError``, also when another file has its name."""
        copy = self.path.with_name(f".{self.path.name}.new-{os.getpid()}")
        try:
            self._db.execute("vacuum into ?", (str(copy),))
            publish(copy, self.path)
            self._running.close()
            with ExitStack() as stack:
                self._db = self._opened(stack)
                self._running = stack.pop_all()
        except sqlite3.Error as error:
            raise OSError(
                errno.EIO, f"the state file was deleted, and cannot be written again: {error}", str(self.path)
            ) from None
        finally:
            with suppress(OSError):
                copy.unlink(missing_ok=True)

    def close(self) -> None:
        """Write what is committed and close the file."""
        with suppress(sqlite3.Error):  # a disk that is full: what is committed is in the file beside
            self._running.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The bench

    @property
    def bench(self) -> dict[str, Any]:
        """What is stored of the bench itself."""
        return {key: json.loads(text) for key, text in self._texts.items() if key != SEAL}

    def _read_texts(self) -> dict[str, str]:
        return dict(self._db.execute("select key, value from bench"))

    # Devices

    def memory(self, device: str) -> bytes | None:
        """The memory of a device, if it is stored."""
        found = self._db.execute("select memory from device where name = ?", (device,)).fetchone()
        return bytes(found[0]) if found else None

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
        return Turn(self._db, str(self.path), self._texts, {"now": now, "wall": wall}, self._device_tallies)


class Turn:
    """A transaction, used as a context manager: all of it is stored, or nothing. Raises ``OSError`` when it cannot be."""

    def __init__(
        self,
        db: sqlite3.Connection,
        path: str,
        texts: dict[str, str],
        times: Mapping[str, float],
        tallies: dict[str, Tallies],
    ) -> None:
        self._db, self._path, self._times = db, path, times
        self._texts, self._stored = texts, tallies
        """What is stored; brought up to date once this transaction is."""
        self._tallies = dict(tallies)

    def __enter__(self) -> Self:
        try:
            self._db.execute("begin immediate")
        except sqlite3.Error as error:
            raise self._unwritable(error) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is not None:
                raise error
            texts = with_seal({**self._texts, **as_texts({**self._times, "stored": sorted(self._tallies)})})
            changed = texts.items() - self._texts.items()
            self._db.executemany("insert or replace into bench values (?, ?)", sorted(changed))
            self._db.execute("commit")
        except sqlite3.Error as full:
            self._roll_back()
            raise self._unwritable(full) from None
        except BaseException:
            self._roll_back()
            raise
        self._texts.update(texts)
        self._stored.update(self._tallies)

    def _unwritable(self, error: sqlite3.Error) -> OSError:
        return OSError(errno.ENOSPC, f"the state cannot be written: {error}", self._path)

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self._db.in_transaction:  # a full disk may have ended it
                self._db.execute("rollback")

    def _tally(self, name: str) -> Tallies:
        return self._tallies.get(name, (Tally(), Tally()))

    def records(self, name: str, records: Iterable[StoredRecord], oldest: int, *, complete: bool) -> None:
        """Store records; delete those before number ``oldest``, or all others if the records are ``complete``."""
        rows = [(name, record.number, record.at, record.octets) for record in records]
        last_gone = None if complete else oldest - 1
        first_new = min((number for _, number, _, _ in rows), default=None)
        to_go = "from history where device = ? and (number <= coalesce(?, number) or number >= ?)"
        gone = self._db.execute(f"select seal {to_go}", (name, last_gone, first_new)).fetchall()
        self._db.execute(f"delete {to_go}", (name, last_gone, first_new))
        seals = [sealed(*row) for row in rows]
        self._db.executemany(
            "insert into history values (?, ?, ?, ?, ?)", [(*row, seal) for row, seal in zip(rows, seals, strict=True)]
        )
        history, ledger = self._tally(name)
        self._tallies[name] = history.minus(seal for (seal,) in gone).plus(seals), ledger

    def ledger(self, name: str, since: int, entries: Iterable[Occurrence]) -> None:
        """Store entries of the ground truth, from number ``since`` on."""
        rows = [
            (name, since + place, e.at, e.event.name, json.dumps(to_plain(e.event.fields()))) for place, e in enumerate(entries)
        ]
        seals = [sealed(*row) for row in rows]
        self._db.executemany(
            "insert into ledger values (?, ?, ?, ?, ?, ?)", [(*row, seal) for row, seal in zip(rows, seals, strict=True)]
        )
        history, ledger = self._tally(name)
        self._tallies[name] = history, ledger.plus(seals)

    def device(self, name: str, memory: bytes, bonds: Bonds) -> None:
        """Store the memory and the bonds of a device, once its records and its ledger are."""
        history, ledger = self._tallies[name] = self._tally(name)
        numbers = history.count, history.seal, ledger.count, ledger.seal
        row = (name, memory, json.dumps(bonds.cccds), json.dumps(bonds.keys), *numbers)
        self._db.execute("insert or replace into device values (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, sealed(*row)))
