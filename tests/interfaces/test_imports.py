"""A command imports what it needs and no more: nobody waits for a Bluetooth stack to decode octets."""

import json
import subprocess
import sys

import pytest

HEAVY = ("bleak", "bumble", "fastapi", "uvicorn", "serialx", "serial")
"""Libraries that talk to radios, ports and networks."""
DATA = ("pydantic", "construct")
"""Libraries of what is declared: faults, packets, files."""
BENCH = "isletbench.emulator.bench.bench"
PROGRAM = """
import io, json, sys
from contextlib import redirect_stdout
def loaded():
    with redirect_stdout(io.StringIO()):
        {body}
loaded()
print(json.dumps(sorted(sys.modules)))
"""
MAIN = """
        from isletbench.emulator.interfaces.cli import main
        sys.argv = ["isletbench", *{words!r}]
        try:
            main()
        except SystemExit as ended:
            assert not ended.code, ended.code
"""


def loaded_by(body: str) -> set[str]:
    program = PROGRAM.format(body=body.strip())
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    return set(json.loads(ended.stdout))


def test_the_package_alone_imports_none_of_its_own_modules() -> None:
    loaded = loaded_by("import isletbench")
    assert [name for name in loaded if name.startswith("isletbench.")] == []
    assert loaded.isdisjoint({*HEAVY, *DATA, "asyncio"})


@pytest.mark.parametrize(
    ("words", "never"),
    [
        (["--help"], {*HEAVY, *DATA, "asyncio", "rich.console", BENCH}),
        (["--version"], {*HEAVY, *DATA, "asyncio", "rich.console", BENCH}),
        (["types"], {*HEAVY, BENCH}),
        (["decode", "cgms.Measurement", "06 00 78 00 05 00", "--json"], {*HEAVY, "rich.console", BENCH}),
        (["faults"], {*HEAVY, BENCH}),
        (["faults", "lose_reply", "--json"], {*HEAVY, "rich.console", BENCH}),
        (["actions", "--json"], {*HEAVY, BENCH}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_that_needs_no_bench_imports_none(words: list[str], never: set[str]) -> None:
    assert loaded_by(MAIN.format(words=words)) & never == set()
