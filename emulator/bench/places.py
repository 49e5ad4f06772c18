"""Where a device of a bench is found, and what it is doing: what the bench says of each."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.bench.problems import Problems
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.device_table import DeviceTable

if TYPE_CHECKING:
    from isletbench.emulator.transports.ble.capture import Capture


def place_of(host: Host[Any]) -> dict[str, Any]:
    """Its serial port and its Bluetooth address; None where it has none."""
    return {"serial": None, "ble": None} | {carrier.kind: carrier.place() for carrier in host.carriers}


def status_of(host: Host[Any], kind: str, table: DeviceTable | None, now: Instant) -> dict[str, Any]:
    """What a device is doing; ``table`` is its own in the rig, which a patient has not."""
    spoken = None if table is None else table.personality
    return {
        "kind": kind,
        **place_of(host),
        **({} if spoken is None else {"speaks": spoken[0].name}),
        "clients": sorted(host.endpoint.links),
        **host.endpoint.machine.status(now),
    }


def capture_to(path: Path, start: datetime, clock: Clock, problems: Problems) -> "Capture":
    """What takes down the HCI of the devices; a failure to write is a problem of the bench."""
    # here, so that a bench without a capture does not wait for a Bluetooth stack
    from isletbench.emulator.transports.ble.capture import Capture

    def failed(error: OSError) -> None:
        problems.say("capture", f"{error.strerror or error}: {path}: the capture ends here, and devices go on")

    return Capture(path, start, clock.now, failed)
