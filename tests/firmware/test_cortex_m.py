"""What holds of the machine code for a Cortex-M4, and of the stub that ticks by itself there."""

import subprocess
from contextlib import closing, suppress
from pathlib import Path

import pytest

from isletbench.emulator.core.quantities import hours
from isletbench.protocols import cgms, companions, ids
from isletbench.protocols.cgms import Annunciation
from tests.firmware.lineup import DEVICES, STUBS, UNDER_QEMU, lacks, program
from tests.firmware.stubs import QEMU, FirmwareError, Machine, Stub, board, qemu
from tests.firmware.subjects import Marks
from tests.firmware.talking import Client

FLASH, RAM = 64 * 1024, 64 * 1024
"""What a stub may need: half of the RAM, and room in the flash of the smallest STM32F4."""
ALLOCATORS = {"malloc", "calloc", "realloc", "free", "_malloc_r", "_sbrk", "sbrk"}
LOOKS = 500
"""Until time has passed: a look takes a millisecond or so, and the clock shows 256ths of a second."""


pytestmark = pytest.mark.skipif(lacks(UNDER_QEMU) is not None, reason=str(lacks(UNDER_QEMU)))


def symbols(image: Path) -> set[str]:
    told = subprocess.run(["arm-none-eabi-nm", image], check=True, capture_output=True, text=True).stdout  # noqa: S607
    return {line.split()[-1] for line in told.splitlines()}


def needs(image: Path) -> tuple[int, int]:
    """Octets of flash and of RAM."""
    told = subprocess.run(["arm-none-eabi-size", image], check=True, capture_output=True, text=True).stdout  # noqa: S607
    text, data, bss, *_ = told.splitlines()[1].split()
    return int(text) + int(data), int(data) + int(bss)


def soft_floats(found: set[str]) -> set[str]:
    """Functions of the compiler's that calculate with floating point numbers, by their names in the ARM run-time ABI."""
    return {name for name in found if name.startswith(("__aeabi_f", "__aeabi_d", "__aeabi_i2", "__aeabi_l2", "__aeabi_ul2"))}


@pytest.mark.parametrize("device", DEVICES)
def test_it_allocates_nothing_and_has_no_floating_point(device: str) -> None:
    found = symbols(program(UNDER_QEMU, device))
    assert f"ib_{device}_poll" in found
    assert found & ALLOCATORS == set()
    assert soft_floats(found) == set()
    flash, ram = needs(program(UNDER_QEMU, device))
    assert flash <= FLASH
    assert ram <= RAM


class Ticking(Stub):
    """A stub under QEMU whose time is its own. It tells nobody when it is there: what is said before is lost."""

    def __init__(self, machine: Machine) -> None:
        self.now = 0
        self._machine, self._done, self._marks = machine, Machine.end, Marks()
        for _ in range(LOOKS):
            mark, answer = self._marks.next()
            self._machine.send("link", mark)
            with suppress(FirmwareError):
                self._machine.wait("link", answer, "an answer", patience=0.2)
                return


def test_without_a_clock_channel_its_time_passes_by_itself() -> None:
    with closing(Ticking(board(program(UNDER_QEMU, "cgm"), told=False))) as stub:
        client = Client(stub, companions.CURRENT_TIME)
        first = client.read(companions.TIME)
        assert any(client.read(companions.TIME) != first for _ in range(LOOKS))


def test_with_one_it_stands_still_until_it_is_told() -> None:
    with closing(qemu(program(UNDER_QEMU, "cgm"))) as stub:
        client = Client(stub, companions.CURRENT_TIME)
        first = client.read(companions.TIME)
        assert all(client.read(companions.TIME) == first for _ in range(20))
        client.wait(1_000)
        assert client.read(companions.TIME).time.seconds == first.time.seconds + 1


def test_a_reset_is_a_power_up() -> None:
    """The tests of stubs under QEMU stand on it: they press the button instead of starting QEMU anew."""
    with closing(qemu(program(UNDER_QEMU, "cgm"))) as stub:
        used = Client(stub, cgms.SERVICE)
        used.subscribe(cgms.SPECIFIC_OPS_POINT)
        used.wait(hours(1))
        used.ask(cgms.SPECIFIC_OPS_POINT, cgms.StopSession())
        assert Annunciation.SESSION_STOPPED in used.read(cgms.STATUS).annunciation
    with closing(qemu(program(UNDER_QEMU, "cgm"))) as stub:
        status = Client(stub, cgms.SERVICE).read(cgms.STATUS)
        assert status.time_offset == 0
        assert Annunciation.SESSION_STOPPED not in status.annunciation


@pytest.mark.slow
@pytest.mark.parametrize("wires", ["usart1", "usart2"])
def test_the_image_for_the_board_runs_as_far_as_qemu_has_the_board(wires: str, tmp_path: Path) -> None:
    """UARTs, interrupts, SysTick and sleep are there.

    A crystal is not, so it goes on without one; pins read as low, so the pump is occluded from the start.
    """
    make = ["make", "-C", str(STUBS), "--silent", "-j2", "PORT=nucleo_f446re", f"LINK={wires}", f"BUILD={tmp_path}"]
    subprocess.run(make, check=True)
    for device in DEVICES:
        flash, ram = needs(tmp_path / f"isletbench-{device}.elf")
        assert 0 < flash <= FLASH
        assert 0 < ram <= RAM
    with closing(Ticking(_as_on_the_board(tmp_path / "isletbench-cgm.elf", wires))) as stub:
        cgm = Client(stub, companions.CURRENT_TIME)
        first = cgm.read(companions.TIME)
        assert any(cgm.read(companions.TIME) != first for _ in range(LOOKS))
    with closing(Ticking(_as_on_the_board(tmp_path / "isletbench-pump.elf", wires))) as stub:
        shown = Client(stub, ids.SERVICE).read(ids.ANNUNCIATION_STATUS).annunciation
        assert shown.type is ids.AnnunciationType.OCCLUSION_DETECTED


def _as_on_the_board(image: Path, wires: str) -> Machine:
    """QEMU with the two UARTs of a board, of which the image uses one."""
    order = ("link", "other") if wires == "usart1" else ("other", "link")
    command = (QEMU, "-M", "netduinoplus2", "-nodefaults", "-display", "none", "-monitor", "none", "-kernel", image)
    return Machine(order, lambda paths: [*command, *(word for wire in order for word in ("-serial", f"unix:{paths[wire]}"))])
