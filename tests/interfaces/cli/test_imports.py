"""A command imports what it needs and no more: `isletbench decode` does not wait for a Bluetooth stack."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_a_wired_bench_that_nobody_calls_imports_no_bluetooth_stack_and_no_web_framework(tmp_path: Path) -> None:
    rig = tmp_path / "wired.toml"
    rig.write_text('schema = 1\nname = "wired"\n[devices.cgm]\nkind = "cgm"\nserial = "pty:"\nglucose = { mg_dl = 100 }\n')
    environment = {**os.environ, "ISLETBENCH_DIR": str(tmp_path)}
    call = [sys.executable, "-c", SCRIPT, "up", str(rig), "--for", "1ms", "--json"]
    run = subprocess.run(call, capture_output=True, text=True, check=True, env=environment)
    assert json.loads(run.stdout)["ready"] is True
    assert not {"bumble", "serialx", "fastapi"}.intersection(run.stderr.splitlines()[-1].split())
