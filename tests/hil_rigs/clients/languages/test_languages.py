"""The examples in other languages: each reads the CGM and gives a bolus; ledgers and journal say whether that is true."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from isletbench import Bench, Ports, load_rig, run
from isletbench.emulator.cgm.events import Sample
from isletbench.emulator.core.quantities import units
from isletbench.emulator.pump.events import BolusProgrammed
from isletbench.hil_rigs import clients
from tests.harness.node import needs, packages

EXAMPLES = Path(clients.__file__).with_name("languages")
SUFFIXES = {".mjs", ".rs"}
VARIABLE = "ISLETBENCH_NODE_PACKAGES"
MOST_LINES = 80
needs_rust = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("rustc") is None, reason="there is no rustc: apt-get install rustc"),
]


def with_packages(name: str, place: Path) -> list[str]:
    """The command of an example for Node.js, copied to where it finds its packages."""
    (place / "node_modules").symlink_to(packages(VARIABLE) / "node_modules")
    return ["node", str(shutil.copy(EXAMPLES / name, place / name))]


def compiled(name: str, place: Path) -> list[str]:
    """The command of an example in Rust, compiled."""
    program = place / Path(name).stem
    command = ["rustc", "--edition", "2021", "--deny", "warnings", "-O", "-o", str(program), str(EXAMPLES / name)]
    subprocess.run(command, check=True, capture_output=True)
    return [str(program)]


def on_hci(bench: Bench) -> list[str]:
    return [spec.removeprefix("pty:") for spec in bench.ready()["hci"]]


def on_serial(bench: Bench) -> list[str]:
    return [place["serial"].removeprefix("socket://") for place in bench.ready()["devices"].values()]


@pytest.mark.parametrize(
    ("name", "made", "places", "port"),
    [
        pytest.param("noble.mjs", with_packages, on_hci, None, id="noble", marks=needs(VARIABLE, "@stoprocent/noble")),
        pytest.param("serialport.mjs", with_packages, on_serial, "pty:", id="serialport", marks=needs(VARIABLE, "serialport")),
        pytest.param("tcp.rs", compiled, on_serial, "tcp:127.0.0.1:0", id="rust", marks=needs_rust),
    ],
)
def test_it_reads_the_cgm_and_gives_a_bolus(
    name: str,
    made: Callable[[str, Path], list[str]],
    places: Callable[[Bench], list[str]],
    port: str | None,
    tmp_path: Path,
) -> None:
    command = made(name, tmp_path)
    rig = load_rig("just_works")
    devices = {
        device: table.model_copy(
            update={
                "serial": port if port != "pty:" else f"pty:{tmp_path / device}",
                "ble": table.ble if port is None else None,
            }
        )
        for device, table in rig.devices.items()
    }

    async def main() -> tuple[int | None, list[str], str, Bench]:
        hci = [f"pty:{tmp_path / 'hci'}"] if port is None else []
        async with Bench(rig.model_copy(update={"devices": devices}), ports=Ports.REAL, hci=hci) as bench:
            pipe = asyncio.subprocess.PIPE
            client = await asyncio.create_subprocess_exec(*command, *places(bench), "0.25", stdout=pipe, stderr=pipe)
            try:
                shown, complaint = await asyncio.wait_for(client.communicate(), 60)
            finally:
                if client.returncode is None:
                    client.kill()
            return client.returncode, shown.decode().splitlines(), complaint.decode(), bench

    code, shown, complaint, bench = run(main())
    assert (code, complaint) == (0, "")
    names = ("cgm", "pump") if port else ("IB-CGM", "IB-Pump")
    ((_, measured),) = bench.hosts["cgm"].endpoint.machine.ledger.of(Sample)
    ((_, bolus),) = bench.hosts["pump"].endpoint.machine.ledger.of(BolusProgrammed)
    assert shown == [
        f"connected to {names[0]}",
        f"glucose {measured.mg_dl:g} mg/dL at minute 0",
        f"connected to {names[1]}",
        "reservoir 200 U",
        "bolus 1 of 0.25 U has begun",
    ]
    assert (bolus.bolus_id, bolus.fast_uu) == (1, units(0.25))


def test_every_example_is_short_and_on_the_page() -> None:
    page = (Path(__file__).parents[4] / "docs" / "your-language.md").read_text(encoding="utf-8")
    examples = sorted(path for path in EXAMPLES.iterdir() if path.suffix in SUFFIXES)
    assert len(examples) == 3
    for path in examples:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) < MOST_LINES, path.name
        assert max(map(len, lines)) <= 128, path.name
        assert f"../hil_rigs/clients/languages/{path.name}" in page
