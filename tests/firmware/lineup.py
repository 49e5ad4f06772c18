"""Who stands in the line-up: the Python emulator, the stub built for this machine, and the stub under QEMU."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from emulator.rig import Constant, Rig, load
from tests.firmware.subjects import QEMU, Emulated, Subject, native, qemu
from tests.firmware.talking import Compared

STUBS = Path(__file__).parents[2] / "firmware_stubs"
DEVICES = ("cgm", "pump")
EMULATOR, NATIVE, UNDER_QEMU = "emulator", "native", "qemu"


@dataclass(frozen=True)
class Firmware:
    """How one port of the stubs is built and run here."""

    port: str
    needs: tuple[str, ...]
    """Programs, the compiler first."""
    suffix: str
    run: Callable[[Path, Path], Subject]


PORTS = {
    NATIVE: Firmware("posix", ("cc", "make"), "", native),
    UNDER_QEMU: Firmware("qemu", ("arm-none-eabi-gcc", "make", QEMU), ".elf", qemu),
}
ALL = (EMULATOR, *PORTS)


def lacks(name: str) -> str | None:
    """Why this subject cannot be had on this machine; None when it can."""
    if name in PORTS and not (STUBS / "Makefile").exists():
        return f"{name}: not there yet"
    missing = [program for program in (PORTS[name].needs if name in PORTS else ()) if shutil.which(program) is None]
    return f"{name}: {', '.join(missing)} not found" if missing else None


@cache
def built(name: str) -> Path:
    """The directory with the programs of a port, built once in a process. Raises ``CalledProcessError``."""
    place = tempfile.TemporaryDirectory(prefix="loopbench-firmware-")
    _KEPT.append(place)
    return build(PORTS[name].port, Path(place.name))


_KEPT: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""


def build(port: str, place: Path) -> Path:
    """Build a port's programs under ``place``; the directory they are in. Raises ``CalledProcessError``."""
    make = ["make", "-C", str(STUBS), "--no-print-directory", f"PORT={port}", f"BUILD={place / port}"]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    return place / port


@cache
def rig() -> Rig:
    """The rig that is as the stubs are, with nothing on the air and a sensor that sees what it is told to."""
    found = load("stubs")
    devices = {
        name: device.model_copy(update={"ble": None} | ({"glucose": Constant(mg_dl=100)} if device.kind == "cgm" else {}))
        for name, device in found.devices.items()
    }
    return found.model_copy(update={"devices": devices})


def powered_up(name: str, device: str, directory: Path) -> Subject:
    """A device as new; firmware is held to what the emulator says. Raises ``FirmwareError``, ``CalledProcessError``."""
    reference = Emulated(rig(), device)
    if name == EMULATOR:
        return reference
    port = PORTS[name]
    try:
        return Compared(reference, port.run(built(name) / f"loopbench-{device}{port.suffix}", directory))
    except BaseException:
        reference.close()
        raise
