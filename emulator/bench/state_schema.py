"""What a state file looks like, how one is made, and the seals by which damage is found.

Every row has a seal over its values; a device's row has the number of its records and of its ledger's entries, with the sum of
their seals. So a row that is missing, altered, exchanged or there twice is noticed when the file is opened. Seals are no
signatures: they find damage, not malice (``docs/security.md``).
"""

import errno
import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from isletbench.emulator.core.values import dataclass

VERSION = 4
"""Of the schema below."""
SCHEMA = """
create table bench (key text primary key, value text not null);
create table device (
    name text primary key, memory blob not null, bonds text not null, keys text not null,
    records integer not null, records_seal integer not null, entries integer not null, entries_seal integer not null,
    seal integer not null
);
create table history (
    device text not null references device (name), number integer not null, readable_at integer not null, octets blob not null,
    seal integer not null, primary key (device, number)
);
create table ledger (
    device text not null references device (name), number integer not null, at integer not null, what text not null,
    fields text not null, seal integer not null, primary key (device, number)
);
"""
TABLES = frozenset({"bench", "device", "history", "ledger"})
SEAL = "seal"
"""The key of ``bench`` whose value seals the others."""
WRAPS_AT = 1 << 32


class StateError(ValueError):
    """A state file that cannot be used; one sentence that says which, why, and what was expected."""


def sealed(*values: object) -> int:
    """The seal of a row: a CRC-32 over its values."""
    return zlib.crc32(repr(values).encode())


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of a table a device has, and the sum of their seals."""

    count: int = 0
    seal: int = 0

    def plus(self, seals: Iterable[int]) -> "Tally":
        """With these rows added."""
        found = list(seals)
        return Tally(self.count + len(found), (self.seal + sum(found)) % WRAPS_AT)

    def minus(self, seals: Iterable[int]) -> "Tally":
        """With these rows deleted."""
        found = list(seals)
        return Tally(self.count - len(found), (self.seal - sum(found)) % WRAPS_AT)


Tallies: TypeAlias = tuple[Tally, Tally]
"""Of the records and of the ledger of a device."""


def with_seal(texts: Mapping[str, str]) -> dict[str, str]:
    """The rows of ``bench`` by key, each value as JSON, with their seal."""
    unsealed = {key: text for key, text in texts.items() if key != SEAL}
    return {**unsealed, SEAL: str(sealed(*sorted(unsealed.items())))}


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values of the bench as its rows hold them."""
    return {key: json.dumps(value) for key, value in values.items()}


def create(path: Path, values: Mapping[str, Any]) -> None:
    """Make a state file with these values of the bench, all at once: it is made beside, and given its name when it is complete.

    Raises ``OSError``, and ``FileExistsError`` when there is a file of this name meanwhile.
    """
    for left in path.parent.glob(f".{path.name}.new-*"):
        _remove_left(left)
    if not path.parent.is_dir():
        raise OSError(errno.ENOENT, "the state file cannot be made: expected a directory that is there", str(path.parent))
    unfinished = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        db = sqlite3.connect(unfinished, isolation_level=None)
        try:
            db.executescript(f"begin immediate; {SCHEMA} pragma user_version = {VERSION};")
            db.executemany("insert into bench values (?, ?)", with_seal(as_texts(values)).items())
            db.execute("commit")
        finally:
            db.close()
        publish(unfinished, path)
    except sqlite3.Error as error:
        raise OSError(errno.EIO, f"the state file cannot be made: {error}", str(path)) from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
            unfinished.with_name(f"{unfinished.name}-journal").unlink(missing_ok=True)


def publish(unfinished: Path, path: Path) -> None:
    """Give a file that is complete its name, unless there is one of this name. Raises ``OSError``."""
    if path.exists() and path.stat().st_size == 0:
        unfinished.replace(path)  # an empty file, as mktemp makes one
        return
    try:
        path.hardlink_to(unfinished)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, "another file has this name meanwhile", str(path)) from None
    except OSError:  # a file system without hard links
        if path.exists():
            raise
        unfinished.replace(path)


def _remove_left(left: Path) -> None:
    """Remove what a process has left that was killed while it made a state file."""
    number = left.name.rpartition("-")[2]
    if not number.isdecimal():
        return
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        with suppress(OSError):
            left.unlink()
    except (OSError, OverflowError):
        return
