"""A command imports what it needs and no more: `isletbench decode` does not wait for a Bluetooth stack."""

import subprocess
import sys

import pytest

HEAVY = ("bumble", "fastapi", "uvicorn", "serialx", "isletbench.emulator.bench", "isletbench.emulator.pump")
SCRIPT = """
import sys
from isletbench.emulator.interfaces import cli
sys.argv = ["isletbench", *sys.argv[1:]]
try:
    cli.main()
except SystemExit:
    pass
print(*sorted(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "also"),
    [
        (["--help"], ("construct", "pydantic", "rich")),
        (["decode", "ids.Status", "5596000001"], ("rich",)),
        (["decode", "ids.Status", "00"], ("rich",)),  # it ends with an error
        (["encode", "ids.Status", "{}"], ("rich",)),
        (["types"], ()),
    ],
)
def test_a_command_without_a_bench_imports_none(arguments: list[str], also: tuple[str, ...]) -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True)
    loaded = run.stderr.splitlines()[-1].split()
    assert "typer" in loaded
    assert not {*HEAVY, *also}.intersection(loaded)
