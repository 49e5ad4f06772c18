"""The C files of the stubs depend on each other in one direction only, and none of them is large."""

import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.firmware.compiled import STUBS, needs_compiler
from tests.firmware.lineup import NATIVE, program
from tests.firmware.structure import circles, dependencies, files, parse, units, uses

LARGEST = 430
"""Lines of a file, as for Python."""

SHARED = ("link", "gatt", "clock")
"""The directories of C that every device and the collector are built with."""
VALUES = frozenset({"link/sfloat.c", "link/wire.c", "clock/wall_clock.c", "pump/schedule.c"})
"""Plain values and rules, which every part of the pump may use."""
PARTS = tuple(
    f"pump/{part}.c"
    for part in (
        *("annunciations", "basal", "battery", "boluses", "delivery", "fluid_path", "history", "operation", "reservoir"),
        *("status", "tbr", "templates", "therapy", "totals", "wall_clock"),
    )
)
"""Each owns its fields in ``struct ib_pump_machine``."""


def test_no_circle_of_c_files_by_include_or_by_call() -> None:
    assert len(files()) > 100
    assert circles(dependencies(files())) == []


def test_a_circle_is_found_however_it_is_closed() -> None:
    texts = {
        "a.h": "void a(void);\n",
        "a.c": '#include "a.h"\n#include "b.h"\n\nvoid a(void)\n{\n    b();\n}\n',
        "b.h": "void b(void);\n",
        "b.c": '#include "b.h"\n\nvoid b(void)\n{\n}\n',
    }

    def found(changed: dict[str, str]) -> list[list[str]]:
        names = {name: name for name in texts}
        return circles(dependencies({name: parse(name, text, names) for name, text in (texts | changed).items()}))

    assert found({}) == []
    assert found({"b.c": '#include "b.h"\n\nvoid b(void)\n{\n    a();\n}\n'}) == [["a.c", "b.c"]]
    assert found({"b.c": '#include "b.h"\n\nvoid (*const next)(void) = a;\n'}) == [["a.c", "b.c"]]
    assert found({"b.h": '#include "a.h"\n\nvoid b(void);\n'}) == [["a.c", "b.c"]]
    assert found({"b.c": '#include "b.h"\n\n/* a() */\nvoid b(void)\n{\n    say("a");\n}\n'}) == []


def test_a_part_of_the_pump_uses_no_other_part() -> None:
    graph = dependencies(files())
    fields = (STUBS / "include" / "isletbench" / "pump" / "parts.h").read_text(encoding="utf-8")
    assert all(f"/{Path(part).stem}.h" in fields for part in PARTS)
    for part in PARTS:
        others = {other for other in graph[part] if other.endswith(".c")}
        assert others <= VALUES, f"{part} uses {others - VALUES}: couplings.c is the place for that"


def test_only_the_machine_lets_parts_react_to_each_other() -> None:
    used = uses(files())
    assert [name for name in used if "pump/couplings.c" in used[name]] == ["pump/machine.c"]


def test_a_service_sends_through_the_files_below_it() -> None:
    used = uses(files())
    for room in ("cgm", "pump"):
        for higher, lower in pairwise((f"{room}/service.c", f"{room}/record_access.c", f"{room}/sending.c", "gatt/gatt.c")):
            assert lower in used[higher]


def test_every_c_file_includes_its_own_header_first() -> None:
    owned = units(files().values())
    for file in files().values():
        named_alike = [other for other in file.includes if Path(other).stem == file.stem]
        if file.name.endswith(".c") and named_alike:
            assert owned[named_alike[0]] == file.name, file.name


def test_no_c_file_is_large() -> None:
    assert {file.name: file.lines for file in files().values() if file.lines > LARGEST} == {}


@needs_compiler
@pytest.mark.parametrize("part", ["cgm", "pump", "collector"])
def test_the_text_of_a_file_shows_every_use_that_the_linker_sees(part: str) -> None:
    if (nm := shutil.which("nm")) is None:
        pytest.skip("nm not found")
    build = program(NATIVE, part).parent

    def symbols(name: str, option: str) -> set[str]:
        made = build / Path(name).with_suffix(".o")
        listed = subprocess.run([nm, option, "--format=just-symbols", made], capture_output=True, text=True, check=True)
        return set(listed.stdout.split())

    built = {name: file for name, file in files().items() if name.endswith(".c") and name.split("/")[0] in {*SHARED, part}}
    assert len(built) > 10
    defined = {name: symbols(name, "--extern-only") & symbols(name, "--defined-only") for name in built}
    used = uses(files())
    for name, file in built.items():
        assert file.defines == defined[name], name
        wanted = symbols(name, "--undefined-only")
        assert {other for other in built if wanted & defined[other]} == used[name] & set(built), name
