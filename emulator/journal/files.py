"""Journals as files: written turn by turn, in parts of a limited size, compressed when they are complete, and read back.

The name says everything. ``run.jsonl`` is plain text. ``run.jsonl.gz`` and ``run.jsonl.zst`` are compressed when they are
closed; until then the bench writes ``run.jsonl``, so that a killed bench leaves text. With a limit the file that is being
written becomes ``run.part-0001.jsonl``, ``run.part-0002.jsonl`` and so on when it is full; the newest lines are always in
``run.jsonl``. The parts one after another are the journal, octet for octet: only the first one begins with a header.
"""

import errno
import gzip
import os
import re
import shutil
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO, cast

from isletbench.emulator.core.values import dataclass

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

MOST_PENDING = 1 << 20
"""Characters that are kept at most while a turn lasts."""
SMALLEST_LIMIT = 4_096
"""The smallest limit of a part, octets."""


def _gzip_writer(file: BinaryIO) -> Any:
    return gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)  # no name and no time: the same octets each time


COMPRESSED: Mapping[str, Callable[[BinaryIO], Any]] = {
    ".gz": _gzip_writer,
    ".zst": lambda file: zstd.ZstdFile(file, "wb"),
}
"""The endings of a name that ask for compression, and what compresses."""
SIGNATURES: Mapping[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file, mode="rb"),
    b"\x28\xb5\x2f\xfd": lambda file: zstd.ZstdFile(file, "rb"),
}
"""What a compressed file begins with, and what reads it: the name does not matter."""
DAMAGES = (EOFError, zlib.error, gzip.BadGzipFile, zstd.ZstdError)
"""What a compressed file raises that is cut off or altered."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the files of one journal."""

    written: Path
    """What is written to while the bench runs."""
    ending: str
    """``.gz``, ``.zst``, or nothing for a journal that stays text."""

    @classmethod
    def of(cls, path: Path) -> "Names":
        """The names that go with the name of a journal."""
        ending = path.suffix if path.suffix in COMPRESSED else ""
        return cls(path.with_suffix("") if ending else path, ending)

    def part(self, number: int) -> Path:
        """A full part, counted from 1, as it is named before it is compressed."""
        return self.written.with_name(f"{self.written.stem}.part-{number:04}{self.written.suffix}")

    def compressed(self, plain: Path) -> Path:
        """What a file is called once it is compressed."""
        return plain.with_name(plain.name + self.ending)

    def former(self) -> list[Path]:
        """What another journal of this name has left beside the file that is written to: parts, and what it compressed."""
        found = self.parts() if self.written.parent.is_dir() else []
        compressed = self.compressed(self.written)
        return [*found, compressed] if self.ending and compressed.exists() else found

    def parts(self) -> list[Path]:
        """The full parts that there are, oldest first; one of which there are both forms is read as text."""
        stem, suffix = re.escape(self.written.stem), re.escape(self.written.suffix)
        form = re.compile(rf"{stem}\.part-([0-9]{{4,}}){suffix}({'|'.join(map(re.escape, COMPRESSED))})?")
        found: dict[int, Path] = {}
        for path in sorted(self.written.parent.iterdir()):
            if match := form.fullmatch(path.name):
                found.setdefault(int(match[1]), path)
        return [found[number] for number in sorted(found)]


# Writing


class JournalFile:
    """The file of a running bench's journal: a text sink that writes at every ``flush``, the end of a turn.

    What has been flushed is with the operating system and survives the end of this process, however it ends. ``limit`` is the
    size at which a part is full, octets; a turn is never divided, not even by a full disk. Raises ``OSError``.
    """

    def __init__(self, path: Path, limit: int | None = None) -> None:
        self._names, self._limit = Names.of(path), limit
        self._number, self._size = 0, 0
        self._pending: list[str] = []
        self._waiting = 0
        self._compressing: list[Thread] = []
        self._failed: OSError | None = None
        """Why a part could not be compressed."""
        self._begun = False
        self._is_new = not self._names.written.exists()
        self._file = self._opened()

    def _opened(self) -> BinaryIO:
        """The file that is written to, which nobody else writes to. Raises ``OSError``."""
        file = cast("BinaryIO", self._names.written.open("ab", buffering=0))
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.close()
                if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:  # a file system without locks
                    return cast("BinaryIO", self._names.written.open("ab", buffering=0))
                raise OSError(error.errno, "another bench is writing this journal", str(self._names.written)) from None
        return file

    def _begin(self) -> None:
        """Replace the former journal of this name: only now, for a bench that does not start must not cost one."""
        self._begun = True
        if self._names.written.is_file():
            os.truncate(self._names.written, 0)
        for former in self._names.former():
            former.unlink()

    def write(self, text: str) -> None:
        """Take whole lines; they are in the file after the next ``flush``."""
        self._pending.append(text)
        self._waiting += len(text)
        if self._waiting > MOST_PENDING:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the operating system, in one piece. What an ``OSError`` prevents is written by the next flush."""
        if not self._pending:
            return
        if not self._begun:
            self._begin()
        octets = "".join(self._pending).encode()
        try:
            if self._limit is not None and self._size and self._size + len(octets) > self._limit:
                self._begin_part()
            if self._file.closed:  # the next part could not be opened
                self._file = self._opened()
            self._write(octets)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OSError(error.errno, f"the journal cannot be written: {reason}", str(self._names.written)) from None
        self._pending.clear()
        self._waiting = 0

    def _write(self, octets: bytes) -> None:
        accepted = 0
        try:
            while octets:
                written = self._file.write(octets)
                octets = octets[written:]
                accepted += written
        except OSError:
            if self._names.written.is_file():
                self._file.truncate(self._size)
            raise
        self._size += accepted

    def _begin_part(self) -> None:
        self._file.close()
        self._number, self._size = self._number + 1, 0
        full = self._names.part(self._number)
        self._names.written.rename(full)
        if self._names.ending:
            # beside the loop: a device that has to answer does not wait for it
            self._compressing.append(Thread(target=self._compress, args=(full,)))
            self._compressing[-1].start()
        self._file = self._opened()

    def _compress(self, plain: Path) -> None:
        try:
            compress(plain, self._names.compressed(plain))
        except OSError as error:  # the text is still there; who closes the journal is told
            self._failed = error

    def close(self) -> None:
        """Write what is left, and compress it where the name asks for it. Idempotent. Raises ``OSError``."""
        if self._file.closed and not self._pending:
            return
        try:
            self.flush()
        finally:
            self._file.close()
        for thread in self._compressing:
            thread.join()
        if self._names.ending:
            self._compress(self._names.written)
        if self._failed is not None:
            raise self._failed

    def __enter__(self) -> "JournalFile":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None or self._begun:
            try:
                self.close()
            except OSError:
                if kind is None:  # else that error says what was lost
                    raise
        else:  # the bench has not started: what was there before stays
            self._file.close()
            if self._is_new:
                self._names.written.unlink(missing_ok=True)


def compress(plain: Path, into: Path) -> None:
    """Compress a file by the ending of its new name. The text is deleted once all of it is in the new file.

    Raises ``OSError``; then the text is still there.
    """
    unfinished = into.with_name(into.name + ".unfinished")
    with ExitStack() as stack:
        source = stack.enter_context(plain.open("rb"))
        target = stack.enter_context(unfinished.open("wb"))
        shutil.copyfileobj(source, stack.enter_context(COMPRESSED[into.suffix](target)), 1 << 20)
    unfinished.replace(into)
    plain.unlink()


def replaced_by(path: Path) -> list[Path]:
    """The files that a new journal of this name writes, replaces or deletes, whether they are there or not."""
    names = Names.of(path)
    return [names.written, *names.former()]


# Reading


def is_journal(path: Path) -> bool:
    """Whether a file is a journal, a part of one or a compressed one, by its first line. Raises ``OSError``."""
    try:
        first = next(_lines_of_file(path), b"")
    except DAMAGES:
        return False
    return first.startswith((b'{"journal":', b'{"t":'))


def files_of(path: Path) -> list[Path]:
    """The files that a journal consists of, in the order of its lines. Raises ``OSError`` for a name without a file.

    A journal that was to be compressed and never was, since its bench was killed, is read as the text that it left.
    """
    names = Names.of(path)
    last = names.written if names.ending and not path.exists() else path
    parts = names.parts() if last.parent.is_dir() else []
    if not last.exists() and parts:
        return parts  # killed between two parts
    with last.open("rb"):
        pass
    return [*parts, last]


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a journal with their ends, from all its files. Raises ``OSError``, or one of ``DAMAGES``."""
    for file in files_of(path):
        yield from _lines_of_file(file)


def _lines_of_file(file: Path) -> Iterator[bytes]:
    with ExitStack() as stack:
        stream: Any = stack.enter_context(file.open("rb"))
        begin = stream.read(4)
        stream.seek(0)
        for signature, opened in SIGNATURES.items():
            if begin.startswith(signature):
                stream = stack.enter_context(opened(stream))
        yield from stream
