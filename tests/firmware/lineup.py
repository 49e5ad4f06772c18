"""Who stands in the line-up: the Python emulator, the stub built for this machine, and the stub under QEMU.

Besides, for whoever has time, the stub built for this machine with a guard over its memory and its arithmetic.
"""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from isletbench.emulator.endpoints.glucose_table import Constant
from isletbench.emulator.rigs.rig import Rig, load_rig
from tests.firmware.stubs import QEMU, FirmwareError, native, qemu
from tests.firmware.subjects import Emulated, Subject
from tests.firmware.talking import Compared
from tests.harness.built import built

STUBS = Path(__file__).parents[2] / "firmware_stubs"
DEVICES = ("cgm", "pump")
EMULATOR, NATIVE, UNDER_QEMU, GUARDED = "emulator", "native", "qemu", "guarded"


@dataclass(frozen=True)
class Firmware:
    """How one port of the stubs is built and run here."""

    port: str
    needs: tuple[str, ...]
    """Programs, the compiler first."""
    suffix: str
    run: Callable[[Path], Subject]
    flags: tuple[str, ...] = ()
    """What make is told besides."""


SANITIZED = "-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
PORTS = {
    NATIVE: Firmware("posix", ("cc", "make"), "", native),
    UNDER_QEMU: Firmware("qemu", ("arm-none-eabi-gcc", "make", QEMU), ".elf", qemu),
}
ALL = (EMULATOR, *PORTS)
BUILDS = {**PORTS, GUARDED: Firmware("posix", ("cc", "make"), "", native, (f"CFLAGS={SANITIZED}",))}
"""All that the fuzzer can be set on."""


def lacks(name: str) -> str | None:
    """Why this subject cannot be had on this machine; None when it can."""
    needs = BUILDS[name].needs if name in BUILDS else ()
    missing = [program for program in needs if shutil.which(program) is None]
    return f"{name}: {', '.join(missing)} not found" if missing else None


@cache
def program(name: str, device: str) -> Path:
    """The program of a port for a device, or a tool of the port. Raises ``FirmwareError`` with what the compiler says."""
    build = BUILDS[name]

    def make(place: Path) -> None:
        call = ["make", "-C", str(STUBS), "--no-print-directory", "-j2", f"PORT={build.port}", *build.flags]
        done = subprocess.run([*call, f"BUILD={place}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise FirmwareError(f"{' '.join(call)}: {done.stderr}")

    return built(name, make) / f"isletbench-{device}{build.suffix}"


@cache
def rig() -> Rig:
    """The rig that is as the stubs are, with nothing on the air and a sensor that sees what it is told to."""
    found = load_rig("stubs")
    devices = {
        name: device.model_copy(update={"ble": None} | ({"glucose": Constant(mg_dl=100)} if device.kind == "cgm" else {}))
        for name, device in found.devices.items()
    }
    return found.model_copy(update={"devices": devices})


def powered_up(name: str, device: str, *, compared: bool = True) -> Subject:
    """A device as new; firmware is held to what the emulator says, if ``compared``. Raises ``FirmwareError``."""
    if name == EMULATOR:
        return Emulated(rig(), device)
    stub = BUILDS[name].run(program(name, device))
    return Compared(Emulated(rig(), device), stub) if compared else stub
