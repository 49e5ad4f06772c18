"""The C files of the firmware stubs as a graph: what each one includes, defines and uses.

The C of the stubs is regular enough to be read as text: a definition begins in the first column, and its opening brace is alone
in a line. ``test_structure.py`` compares the result with the symbol tables of a compiler.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.firmware.compiled import STUBS

ROOMS = ("cgm", "clock", "collector", "gatt", "include", "link", "ports", "pump")
"""The directories of C that is written by hand; ``generated`` has the rest."""

NOT_CODE = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
INCLUDE = re.compile(r'^#include "(?P<path>[^"]+)"', re.MULTILINE)
FUNCTION = re.compile(r"^(?P<static>static )?(?:\w+[ *]+)+(?P<name>\w+)\([^;{}]*\)\n\{", re.MULTILINE)
OBJECT = re.compile(r"^const (?:struct |enum )?\w+ \**(?P<name>\w+)(?:\[\w*\])? =", re.MULTILINE)
WORD = re.compile(r"\b[A-Za-z_]\w*\b")


@dataclass(frozen=True, slots=True)
class File:
    """A C file or a header, by its path below ``firmware_stubs``."""

    name: str
    includes: tuple[str, ...]
    """Those of our own files that it includes, in order."""
    defines: frozenset[str]
    """The functions and constants with external linkage that it defines."""
    words: frozenset[str]
    """All identifiers outside of comments and strings."""
    lines: int

    @property
    def stem(self) -> str:
        """The name without directory and extension."""
        return Path(self.name).stem


def parse(name: str, text: str, resolve: Mapping[str, str]) -> File:
    """Read one file; ``resolve`` has the name of the file that an include directive means."""
    code = NOT_CODE.sub(" ", text)
    functions = {match["name"] for match in FUNCTION.finditer(code) if not match["static"]}
    objects = {match["name"] for match in OBJECT.finditer(code)}
    includes = tuple(resolve[path] for path in INCLUDE.findall(text) if path in resolve)
    return File(name, includes, frozenset(functions | objects), frozenset(WORD.findall(code)), len(text.splitlines()))


@cache
def files() -> dict[str, File]:
    """Every C file and header that is written by hand."""
    paths = [path for room in ROOMS for path in sorted((STUBS / room).rglob("*.[ch]"))]
    names = {str(path.relative_to(STUBS)): path for path in paths}
    found = {}
    for name, path in names.items():
        roots = (Path(name).parent, Path("include"), Path("ports"))
        text = path.read_text(encoding="utf-8")
        resolve = {
            include: next((str(root / include) for root in roots if str(root / include) in names), "")
            for include in INCLUDE.findall(text)
        }
        found[name] = parse(name, text, {include: target for include, target in resolve.items() if target})
    return found


def units(all_files: Iterable[File]) -> dict[str, str]:
    """The unit of each file, named by its C file: a header belongs to the C file of the same stem that includes it first."""
    unit_of = {file.name: file.name for file in all_files}
    for file in all_files:
        if file.name.endswith(".c") and file.includes and Path(file.includes[0]).stem == file.stem:
            unit_of[file.includes[0]] = file.name
    return unit_of


def uses(all_files: Mapping[str, File]) -> dict[str, set[str]]:
    """For each C file the others whose functions or constants it names; every program has a ``main`` of its own."""
    defined_in: dict[str, set[str]] = {}
    for file in all_files.values():
        for name in file.defines - {"main"}:
            defined_in.setdefault(name, set()).add(file.name)
    return {
        file.name: {
            other
            for word in file.words - file.defines
            for other in defined_in.get(word, ())
            if file.name.endswith(".c") and other != file.name
        }
        for file in all_files.values()
    }


def dependencies(all_files: Mapping[str, File]) -> dict[str, set[str]]:
    """For each unit the units that it includes or whose functions it uses."""
    unit_of = units(all_files.values())
    graph: dict[str, set[str]] = {unit: set() for unit in unit_of.values()}
    used = uses(all_files)
    for file in all_files.values():
        others = {unit_of[other] for other in (*file.includes, *used[file.name])}
        graph[unit_of[file.name]] |= others - {unit_of[file.name]}
    return graph


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The groups of nodes that depend on each other."""
    reached: dict[str, set[str]] = {}
    for start in graph:
        reached[start], waiting = set(), [start]
        while waiting:
            for other in graph.get(waiting.pop(), ()):
                if other not in reached[start]:
                    reached[start].add(other)
                    waiting.append(other)
    groups = {frozenset(other for other in reached[node] if node in reached[other]) for node in graph if node in reached[node]}
    return sorted(sorted(group) for group in groups)
