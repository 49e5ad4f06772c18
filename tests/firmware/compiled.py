"""The portable C of the firmware stubs as a library of this machine: to lay its functions beside those of Python.

Some C only tests need, and it is written here: what calls every packet's functions by number, and what compares the fields of a
golden value one by one.
"""

import ctypes
import shutil
import subprocess
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from isletbench.emulator.codegen.fields import c_name
from isletbench.emulator.codegen.headers import MODULES
from isletbench.protocols import shapes
from isletbench.protocols.errors import ReservedValue, TrailingOctets, Truncated, WireError
from isletbench.protocols.fields import FLOAT, SFLOAT
from isletbench.protocols.packet import FieldInfo, fields_of, is_packet
from tests.harness.built import built

STUBS = Path(__file__).parents[2] / "firmware_stubs"
WARNINGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")
INCLUDES = (f"-I{STUBS / 'include'}", f"-I{STUBS / 'generated'}")
COMPILER, MAKE = shutil.which("cc") or "", shutil.which("make") or ""
COMPILED = "test.out"
needs_compiler = pytest.mark.skipif(not (COMPILER and MAKE), reason="no C compiler: cc and make are needed")

PACKETS = tuple(
    thing
    for modules in MODULES.values()
    for module in modules
    for name, thing in vars(module).items()
    if is_packet(thing) and not name.startswith("_") and thing.__module__ == module.__name__ and fields_of(thing)
)
"""Every packet that has a struct in C."""


@cache
def archive() -> Path:
    """What every stub has in common. Undefined behaviour ends whoever calls it."""

    def make(place: Path) -> None:
        flags = "-O1 -fPIC -fsanitize=undefined -fsanitize-undefined-trap-on-error"
        call = [MAKE, "-C", str(STUBS), "--no-print-directory", "-j2", f"BUILD={place}", f"CFLAGS={flags}", "library"]
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL)

    return built("archive", make) / "libisletbench.a"


def compile_c(text: str, place: Path, *flags: str) -> Path:
    """A program or library of this C and what the stubs have in common. Raises ``CalledProcessError``."""
    source, made = place / "test.c", place / COMPILED
    source.write_text(text, encoding="utf-8")
    whole: list[str | Path] = ["-Wl,--whole-archive", archive(), "-Wl,--no-whole-archive"]
    subprocess.run([COMPILER, *WARNINGS, *INCLUDES, *flags, "-o", made, source, *whole], check=True)
    return made


def shared_library(name: str, text: str, *flags: str) -> ctypes.CDLL:
    """This C, and what the stubs have in common, as a library of this machine."""
    place = built(name, lambda place: compile_c(text, place, *flags, "-shared", "-fPIC"))
    return ctypes.CDLL(str(place / COMPILED))


@cache
def library() -> ctypes.CDLL:
    """The functions of the stubs, and ``roundtrip``."""
    return shared_library("roundtrips", roundtrips(), "-O0")


# Every packet


class Outcome(Enum):
    """What C makes of octets: ``enum ib_wire_error``."""

    OK = 0
    TRUNCATED = 1
    TRAILING = 2
    RESERVED = 3
    UNENCODABLE = 4
    NO_ROOM = 5


def outcome_of(error: WireError) -> Outcome:
    """What C has to call an error of Python's."""
    if "encoding" in error.problem:
        return Outcome.OK  # C hands text on as it is
    for kind, outcome in (
        (Truncated, Outcome.TRUNCATED),
        (TrailingOctets, Outcome.TRAILING),
        (ReservedValue, Outcome.RESERVED),
    ):
        if isinstance(error, kind):
            return outcome
    raise AssertionError(f"an error that C does not know: {error!r}")


def roundtrips() -> str:
    """C that reads a packet by its number, refuses what its functions refuse, and writes it again."""
    lines = [f'#include "packets/{name}.h"' for name in MODULES]
    lines += ["int roundtrip(int number, const uint8_t *octets, size_t count, uint8_t *again, size_t *written);"]
    lines += ["int roundtrip(int number, const uint8_t *octets, size_t count, uint8_t *again, size_t *written)", "{"]
    lines += ["    struct ib_reader from = ib_reader_of(octets, count);"]
    lines += ["    struct ib_writer to = ib_writer_of(again, 600);", "    switch (number) {"]
    for number, cls in enumerate(PACKETS):
        name = c_name(cls)
        lines += [f"    case {number}: {{", f"        struct {name} value;", f"        {name}_read(&from, &value);"]
        lines += [f"        if (ib_reader_end(&from)) {name}_write(&to, &value);", "        break;", "    }"]
    lines += ["    }", "    *written = to.count;"]
    return "\n".join([*lines, "    return from.error ? (int)from.error : (int)to.error;", "}", ""])


def roundtrip(cls: type[Any], octets: bytes) -> tuple[Outcome, bytes]:
    """What C says of a packet's octets, and what it writes in their place."""
    again, written = ctypes.create_string_buffer(600), ctypes.c_size_t()
    told = library().roundtrip(PACKETS.index(cls), octets, ctypes.c_size_t(len(octets)), again, ctypes.byref(written))
    return Outcome(told), again.raw[: written.value]


# Golden values


def fields(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every field of a value as C has it: where it stands in the struct, and what has to stand there."""
    announced: set[int] = set()
    for info in fields_of(type(value)):
        content, flag = getattr(value, info.name), info.wire.flag
        where = f"{place}.{info.name}"
        if info.wire.layout is None:
            yield where, "true" if content else "false"
            continue
        if isinstance(flag, int):
            if flag not in announced:
                announced.add(flag)
                yield f"{place}.has_{info.name}", "false" if content is None else "true"
            if content is None:
                continue
        yield from _field(info, content, where)


def _field(info: FieldInfo, content: Any, where: str) -> Iterator[tuple[str, str]]:
    match shapes.shape_of(info.wire.layout):
        case shapes.Nested():
            yield from fields(content, where)
        case shapes.Decimal(octets=octets):
            code = (SFLOAT if octets == 2 else FLOAT).build(content)
            yield where, f"0x{int.from_bytes(code, 'little'):X}"
        case shapes.CodePair():
            low, high = content or (0, 0)
            yield from ((f"{where}.low", str(int(low))), (f"{where}.high", str(int(high))))
        case shapes.Zone(unknown=unknown):
            yield where, str(unknown if content is None else content)
        case shapes.Counted(element=element):
            yield where, _octets(b"".join(number.to_bytes(element.octets, "little") for number in content))
        case shapes.Rest(text=text):
            yield where, _octets(content.encode() if text else content)
        case _:
            yield where, str(int(content))


def _octets(content: bytes) -> str:
    return "octets:" + "".join(f"\\x{octet:02x}" for octet in content)
