"""What the portable part of the stubs keeps out of: heap, floating point, I/O; and that its headers can be used anywhere."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.firmware.compiled import STUBS, needs_compiler
from tests.firmware.lineup import NATIVE, UNDER_QEMU, lacks, program

SHARED = ("generated", "link", "gatt", "clock")
FROM_C = frozenset({"memcpy", "memmove", "memset", "memcmp", "memchr", "strlen", "strcmp"})
"""The functions of the C library that any firmware has."""


def tool(name: str) -> str:
    """The path of a program, or the reason to skip."""
    if (path := shutil.which(name)) is None:
        pytest.skip(f"{name} not found")
    return path


def wanted(objects: list[Path]) -> set[str]:
    """The names that objects want from others and do not have among themselves."""
    told = [
        subprocess.run([tool("nm"), option, "--format=just-symbols", *objects], capture_output=True, text=True, check=True)
        for option in ("--undefined-only", "--defined-only")
    ]
    undefined, defined = ({line for line in t.stdout.split() if not line.endswith(":")} for t in told)
    return undefined - defined


@needs_compiler
@pytest.mark.parametrize("part", ["cgm", "pump", "collector"])
def test_a_device_and_a_collector_want_nothing_but_memory_from_the_c_library(part: str) -> None:
    build = program(NATIVE, part).parent
    objects = [path for shared in (*SHARED, part) for path in sorted((build / shared).rglob("*.o"))]
    assert len(objects) > 20
    # The position of a global, and what a hardened compiler puts in by itself.
    foreign = {name for name in wanted(objects) - FROM_C if not name.startswith(("_GLOBAL_OFFSET_TABLE", "__stack_chk"))}
    assert not foreign


@pytest.mark.parametrize("device", ["cgm", "pump"])
def test_a_device_has_no_floating_point_and_no_heap_on_a_microcontroller(device: str) -> None:
    if why := lacks(UNDER_QEMU):
        pytest.skip(why)
    listed = subprocess.run(
        [tool("arm-none-eabi-nm"), "--format=just-symbols", program(UNDER_QEMU, device)],
        capture_output=True,
        text=True,
        check=True,
    )
    symbols = listed.stdout.split()
    assert f"ib_{device}_poll" in symbols
    helpers = ("__aeabi_d", "__aeabi_f", "__aeabi_i2d", "__aeabi_i2f", "__aeabi_ui2", "__aeabi_l2", "__aeabi_ul2")
    assert not [name for name in symbols if name.startswith(helpers)]
    assert not {"malloc", "free", "_sbrk", "printf"} & set(symbols)


@pytest.mark.slow
def test_clang_tidy_finds_nothing() -> None:
    tool("clang-tidy")
    ran = subprocess.run([tool("make"), "-C", str(STUBS), "tidy"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_every_header_stands_alone_and_can_be_used_from_cpp(tmp_path: Path) -> None:
    compiler = tool("c++")
    roots = (STUBS / "include", STUBS / "generated")
    headers = [str(path.relative_to(root)) for root in roots for path in sorted(root.rglob("*.h"))]
    assert len(headers) > 20
    sources = []
    for number, header in enumerate(headers):
        sources.append(tmp_path / f"{number}.cpp")
        sources[-1].write_text(f'#include "{header}"\n', encoding="utf-8")
    strict = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", *(f"-I{root}" for root in roots)]
    subprocess.run([compiler, *strict, *sources], check=True)
