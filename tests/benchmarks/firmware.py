"""What the firmware stubs need and how soon they are there: `python -m tests.benchmarks.firmware`.

Flash and RAM are the linker's. The stack is measured: how far it has ever reached down into QEMU's RAM, which is all zero at
power-up, while random scripts were played. Times are of this machine, which has nothing better to do, one hopes.
"""

import asyncio
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig, load_any
from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp, Step
from isletbench.protocols import cgms, racp
from isletbench.protocols.racp import GENERIC
from tests.firmware import stubs
from tests.firmware.conftest import SERVICES
from tests.firmware.lineup import DEVICES, EMULATOR, PORTS, STUBS, UNDER_QEMU, lacks, powered_up, program
from tests.firmware.scripts import scripts
from tests.firmware.steps import Step as Act
from tests.firmware.steps import play
from tests.firmware.talking import Client

STARTS = 5
SCRIPTS = 60
TURNS = 300
RAM_AT, RAM_OCTETS = 0x20000000, 0x20000
UNCHECKED = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
LAST_RECORD = GENERIC.encode(racp.Request(racp.Operation.REPORT, racp.Selection(racp.Operator.LAST)))


def sizes() -> None:
    """Flash and RAM of both stubs on the Cortex-M ports."""
    for port in ("qemu", "nucleo_f446re"):
        with tempfile.TemporaryDirectory() as place:
            make = ["make", "-C", str(STUBS), "--no-print-directory", f"PORT={port}", f"BUILD={place}"]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
            told = subprocess.run([*make, "sizes"], check=True, capture_output=True, text=True)
        print(f"{port}\n{told.stdout}", end="")


def stack_of(device: str) -> int:
    """Octets of stack that a stub has used while scripts were played to it without a reset."""
    image = program(UNDER_QEMU, device)
    symbols = subprocess.run(["arm-none-eabi-nm", image], check=True, capture_output=True, text=True).stdout  # noqa: S607
    end = next(int(line.split()[0], 16) for line in symbols.splitlines() if line.endswith(" ib_bss_end"))
    board = stubs.board(image)
    stub = stubs.Stub(board, lambda machine: None)

    @seed(1)
    @settings(
        max_examples=SCRIPTS, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(scripts(device))
    def busy(script: list[Act]) -> None:
        play(script, Client(stub, SERVICES[device]))

    busy()
    with tempfile.TemporaryDirectory() as place:
        dump = Path(place) / "ram"
        board.send("monitor", f'pmemsave {RAM_AT:#x} {RAM_OCTETS:#x} "{dump}"\n'.encode())
        board.wait("monitor", stubs.PROMPT, "a copy of the RAM")
        ram = dump.read_bytes()
    board.end()
    deepest = next(at for at in range(end - RAM_AT, RAM_OCTETS) if ram[at])
    return RAM_OCTETS - deepest


async def _first_reading(stand: FirmwareBringUp) -> float:
    """From the start of the program to the first reading of its CGM at a client, s."""
    begin = time.perf_counter()
    await stand.go_to(Step.RUNNING)
    came = asyncio.Event()
    collector = stand.collector("cgm")
    await collector.connect()
    await collector.subscribe(Key(cgms.SERVICE, cgms.MEASUREMENT.uuid), lambda value: came.set())
    await collector.subscribe(Key(cgms.SERVICE, cgms.RECORD_ACCESS.uuid), lambda value: None)
    await collector.write(Key(cgms.SERVICE, cgms.RECORD_ACCESS.uuid), LAST_RECORD)
    await came.wait()
    took = time.perf_counter() - begin
    await collector.disconnect()
    await stand.go_to(Step.FLASHED)
    return took


async def first_readings(name: str, over: str) -> list[float]:
    """The same, some starts of one rig whose images are built; ``over`` is where its CGM's link is."""
    rig = load_any(name)
    assert isinstance(rig, FirmwareRig)
    cgm = rig.devices["cgm"].model_copy(update={"serial": over})
    with tempfile.TemporaryDirectory() as place:
        async with FirmwareBringUp(rig.model_copy(update={"devices": {"cgm": cgm}}), Path(place)) as stand:
            await stand.go_to(Step.FLASHED)
            return [await _first_reading(stand) for _ in range(STARTS)]


def free_port() -> int:
    """A TCP port that nobody has now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def turns(name: str) -> list[float]:
    """How long a client waits for the answer to a READ, s. What shows that there is no more takes as long again."""
    subject = powered_up(name, "cgm", compared=False)
    client = Client(subject, cgms.SERVICE)
    times = []
    for _ in range(TURNS):
        begin = time.perf_counter()
        client.read_octets(cgms.STATUS)
        times.append(time.perf_counter() - begin)
    subject.close()
    return times


def main() -> None:
    """Print every figure."""
    if why := next(filter(None, map(lacks, PORTS)), None):
        print(f"not here: {why}")
        return
    sizes()
    for device in DEVICES:
        print(f"{'stack of the ' + device + ', deepest':<48} {stack_of(device)} B")
    for name, over in (("native", "pty:"), ("qemu", f"tcp:127.0.0.1:{free_port()}"), ("qemu", "pty:")):
        starts = asyncio.run(first_readings(name, over))
        what = f"{name}, {over[:3]}: start to first reading"
        print(f"{what:<48} median {statistics.median(starts):.2f} s   max {max(starts):.2f} s")
    for name in (EMULATOR, *PORTS):
        print(f"{name + ': READ of CGM Status, under told time':<48} median {statistics.median(turns(name)) * 1e6:.0f} us")


if __name__ == "__main__":
    main()
