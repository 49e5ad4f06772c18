"""Where a device of a bench is found, and what it is doing: what the bench says of each."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isletbench.emulator.bench.host import Host
from isletbench.emulator.bench.problems import Problems
from isletbench.emulator.core.clock import Clock
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.speaking import SpeakingDevice

if TYPE_CHECKING:
    from isletbench.emulator.transports.ble.capture import Capture


def place_of(host: Host[Any]) -> dict[str, Any]:
    """Its serial port and its Bluetooth address; None where it has none."""
    return {"serial": None, "ble": None} | {carrier.kind: carrier.place() for carrier in host.carriers}


def _spoken(host: Host[Any], now: Instant) -> dict[str, Any]:
    """The personality of a device's port, where it has one, and what it shows of itself."""
    endpoint = host.endpoint
    if not isinstance(endpoint, SpeakingDevice):
        return {}
    shown = endpoint.face.status(now)
    return {"speaks": endpoint.personality, **({"adapter": dict(shown)} if shown else {})}


def status_of(host: Host[Any], kind: str, now: Instant) -> dict[str, Any]:
    """What a device is doing."""
    return {
        "kind": kind,
        **place_of(host),
        **_spoken(host, now),
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
