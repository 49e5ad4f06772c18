"""The text of a trace file, whatever it is packed and encoded in."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from isletbench.emulator.patient.traces.errors import TraceError

LARGEST = 400 * 1024 * 1024
"""Octets that an unpacked file may have: a year of one reading a minute as JSON is less."""
_ARCHIVE = b"PK\x03\x04"
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def texts_of(path: Path) -> Iterator[tuple[str, str]]:
    """The texts in a file, each with its name: one, or those in a zip archive. Raises ``TraceError``, ``OSError``."""
    with path.open("rb") as file:
        octets = file.read(LARGEST + 1)  # a device such as /dev/zero has no end
    if len(octets) > LARGEST:
        raise TraceError(f"trace {path.name}: expected at most {LARGEST >> 20} MB")
    if octets[:2] == b"\x1f\x8b":
        octets = _gunzipped(octets, path.name)
    if not octets.strip():
        raise TraceError(f"trace {path.name}: expected a recording, the file is empty")
    if not zipfile.is_zipfile(io.BytesIO(octets)):
        if octets.startswith(_ARCHIVE):
            raise TraceError(f"trace {path.name}: begins as a zip archive and cannot be unpacked")
        yield path.name, decoded(octets, path.name)
        return
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        members = [
            member for member in archive.infolist() if not member.is_dir() and not member.filename.startswith("__MACOSX")
        ]
        if sum(member.file_size for member in members) > LARGEST:
            raise TraceError(f"trace {path.name}: expected at most {LARGEST >> 20} MB in the archive")
        for member in members:
            try:
                yield f"{path.name}/{member.filename}", decoded(archive.read(member), member.filename)
            # zipfile: RuntimeError for one with a password, NotImplementedError for a compression that it does not know
            except (RuntimeError, zipfile.BadZipFile, zlib.error, NotImplementedError):
                raise TraceError(f"trace {path.name}: {member.filename} in the archive cannot be read") from None


def _gunzipped(octets: bytes, name: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(octets)) as packed:
            found = packed.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise TraceError(f"trace {name}: begins as a gzip file and cannot be unpacked") from None
    if len(found) > LARGEST:
        raise TraceError(f"trace {name}: expected at most {LARGEST >> 20} MB unpacked")
    return found


def decoded(octets: bytes, name: str) -> str:
    """Octets as text: by their byte order mark, as UTF-16 without one, as UTF-8, else as Windows-1252 or Latin-1."""
    for mark, encoding in _BOMS:
        if octets.startswith(mark):
            return _as(octets, encoding, name)
    for encoding, zeros in (("utf-16-le", octets[1:200:2]), ("utf-16-be", octets[:200:2])):
        if zeros and zeros.count(0) > len(zeros) // 2:
            return _as(octets, encoding, name)
    if b"\0" in octets[:4096]:
        raise TraceError(f"trace {name}: expected text, got a binary file")
    for encoding in ("utf-8", "cp1252"):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    return octets.decode("latin-1")


def _as(octets: bytes, encoding: str, name: str) -> str:
    try:
        return octets.decode(encoding)
    except UnicodeDecodeError as error:
        raise TraceError(f"trace {name}: begins as {encoding} and is none from octet {error.start}") from None
