"""Which device a fixture means: the only one of its kind, of whatever runs."""

from typing import TYPE_CHECKING

import pytest

from isletbench.emulator.interfaces.pytest.devices import DeviceHandle, FirmwareHandle
from isletbench.emulator.interfaces.pytest.sentence import fail

if TYPE_CHECKING:
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.interfaces.pytest.blocking import BlockingBench, BlockingDevice
    from isletbench.emulator.rigs.bring_up.steps import FirmwareBringUp


def only(running: "Bench | FirmwareBringUp | BlockingBench", kind: str) -> "DeviceHandle | FirmwareHandle | BlockingDevice":
    """Return the only device of a kind. Skips the test when the rig has none; fails it with a sentence for several."""
    from isletbench.emulator.bench.bench import Bench
    from isletbench.emulator.interfaces.pytest.blocking import BlockingBench

    names = [name for name, device in running.rig.devices.items() if device.kind == kind]
    if not names:
        pytest.skip(f"the rig {running.rig.name} has no {kind}")
    if len(names) > 1:
        fail(f"the rig {running.rig.name} has {len(names)} devices of kind {kind}: use `bench` itself")
    if isinstance(running, BlockingBench):
        return running.device(names[0])
    return DeviceHandle(running, names[0]) if isinstance(running, Bench) else FirmwareHandle(running, names[0])
