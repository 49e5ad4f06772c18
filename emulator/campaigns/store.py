"""The store of a campaign: one SQLite file with every result, and the journals that somebody may want to read.

A result is committed when it comes. Whatever ends the campaign, what was finished is there, and is not played again.
"""

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from isletbench.emulator.campaigns.cell import CellError, axes_of, cell_of
from isletbench.emulator.campaigns.result import Outcome, Result
from isletbench.emulator.campaigns.worker import Report

VERSION = 1
"""Of the tables: ``user_version`` of the file."""
APPLICATION = 0x49534C54
"""What the file says it is for: ``ISLT``."""
AXES = ("scenario", "rig", "subject", "profiles", "fault", "exchange", "instant", "seed", "over", "client", "version")
"""The columns that say where a cell is, all of them text."""
_TABLES = f"""
CREATE TABLE result (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    situation TEXT NOT NULL,
    repetition INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    journal TEXT NOT NULL,
    took_s REAL NOT NULL,
    {", ".join(f"{axis} TEXT NOT NULL" for axis in AXES)},
    line TEXT NOT NULL,
    UNIQUE (key, repetition)
);
CREATE INDEX by_situation ON result (situation);
CREATE TABLE journal (hash TEXT PRIMARY KEY, content BLOB NOT NULL);
"""


class Stored(Result):
    """A result of the store."""

    number: int
    """In the order in which they came."""
    repetition: int
    """The how many-th run of its key, counted from 1."""
    axes: dict[str, str]
    """Where its cell is on every axis."""

    @property
    def version(self) -> str:
        """The version of the client."""
        return self.axes["version"]


class Store:
    """A store that is open. Raises ``CellError`` where the file is something else."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        if not create and not path.is_file():
            raise CellError(
                f"{path}: there is no such file; expected the store of a campaign (`isletbench campaign FILE.toml`)"
            )
        self.path = path
        try:
            self._database = sqlite3.connect(path, timeout=60)
            self._open()
        except sqlite3.Error as error:
            raise CellError(f"{path}: expected the store of a campaign, a SQLite file ({error})") from None

    def _open(self) -> None:
        database = self._database
        (found,) = database.execute("PRAGMA application_id").fetchone()
        (version,) = database.execute("PRAGMA user_version").fetchone()
        is_empty = database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        if is_empty:
            database.execute("PRAGMA journal_mode = WAL")
            with database:
                database.executescript(
                    f"BEGIN; {_TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;"
                )
        elif found != APPLICATION:
            raise CellError(f"{self.path}: expected the store of a campaign; it is a database of something else")
        elif version != VERSION:
            raise CellError(f"{self.path}: expected a store of version {VERSION}, it has version {version}")
        database.execute("PRAGMA synchronous = NORMAL")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Say what is wrong with the file in one sentence. Raises ``CellError``."""
        try:
            yield
        except sqlite3.OperationalError as error:  # a full disk, a lock, a file that cannot be written
            raise CellError(f"{self.path}: the store cannot be used: {error}; what was finished before is in it") from None
        except (sqlite3.Error, ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            why = error if isinstance(error, sqlite3.Error) else "it has an entry that is no result"
            raise CellError(
                f"{self.path}: the store is damaged: {why} (`sqlite3 FILE.db .recover` makes a new one of what can be read)"
            ) from None

    # Writing

    def add(self, report: Report) -> int:
        """Keep a result; which repetition of its key it is. One that was lost is replaced. Raises ``CellError``."""
        result = report.result
        axes = axes_of(cell_of(result.cell)) | {"version": result.versions.get("client", "")}
        with self._sentences(), self._database as database:
            database.execute("DELETE FROM result WHERE key = ? AND outcome = ?", (result.key, Outcome.LOST.value))
            (before,) = database.execute("SELECT count(*) FROM result WHERE key = ?", (result.key,)).fetchone()
            row = (result.key, result.situation, before + 1, result.outcome.value, result.versions.get("code", ""))
            values = (*row, result.journal, result.took_s, *(axes[axis] for axis in AXES), result.to_line())
            names = ", ".join(("key", "situation", "repetition", "outcome", "code", "journal", "took_s", *AXES, "line"))
            places = ", ".join("?" * len(values))
            database.execute(f"INSERT INTO result ({names}) VALUES ({places})", values)  # noqa: S608  # names of ours
            if report.journal:
                database.execute("INSERT OR IGNORE INTO journal VALUES (?, ?)", (result.journal, report.journal))
        return int(before) + 1

    # Reading

    def repetitions(self) -> dict[str, int]:
        """How often each key was played; one that was lost was not."""
        with self._sentences():
            rows = self._database.execute(
                "SELECT key, count(*) FROM result WHERE outcome != ? GROUP BY key", (Outcome.LOST.value,)
            )
            return dict(rows.fetchall())

    def not_passed(self) -> frozenset[str]:
        """The keys of which a run did not pass; one that was lost was none."""
        passed_or_lost = (Outcome.PASSED.value, Outcome.LOST.value)
        with self._sentences():
            rows = self._database.execute("SELECT DISTINCT key FROM result WHERE outcome NOT IN (?, ?)", passed_or_lost)
            return frozenset(key for (key,) in rows)

    def results(self) -> Iterator[Stored]:
        """Every result, in the order in which they came."""
        columns = ", ".join(("number", "repetition", *AXES, "line"))
        with self._sentences(), closing(self._database.execute(f"SELECT {columns} FROM result ORDER BY number")) as rows:  # noqa: S608  # names of ours
            for number, repetition, *axes, line in rows:
                plain = json.loads(line)
                more = {"number": number, "repetition": repetition, "axes": dict(zip(AXES, axes, strict=True))}
                yield Stored.model_validate({**plain, **more})

    def result(self, key: str) -> Stored:
        """The newest result whose key begins so. Raises ``CellError``."""
        found = [result for result in self.results() if result.key.startswith(key)]
        if not found:
            raise CellError(f"{self.path}: cell {key!r}: expected the beginning of a key that is there (`campaign show`)")
        if len({result.key for result in found}) > 1:
            raise CellError(f"{self.path}: cell {key!r}: {len(found)} cells begin so: expected more digits")
        return found[-1]

    def journal(self, result: Result) -> str | None:
        """The journal of a run as text; None where it was not kept."""
        with self._sentences():
            row = self._database.execute("SELECT content FROM journal WHERE hash = ?", (result.journal,)).fetchone()
            return None if row is None else gzip.decompress(row[0]).decode()

    def has_journal(self, result: Result) -> bool:
        """Whether the journal of a run was kept."""
        with self._sentences():
            row = self._database.execute("SELECT 1 FROM journal WHERE hash = ?", (result.journal,)).fetchone()
            return row is not None
