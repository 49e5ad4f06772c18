"""The labgrid environment of a rig: its ports as resources, the link and the steps as drivers.

https://labgrid.readthedocs.io: a resource is a connected port, a driver uses it, a strategy brings the target to a state.
"""

import json
from pathlib import Path
from typing import Any

from isletbench.emulator.core import running
from isletbench.emulator.rigs.bring_up.firmware_rig import FirmwareRig
from isletbench.emulator.rigs.rig import Rig, RigError
from isletbench.emulator.transports.ports import settings

DRIVERS = "isletbench.hil_rigs.clients.labgrid_drivers"
"""The module that the environment imports."""


def environment(name: str, rig: Rig | FirmwareRig) -> str:
    """Return the environment file (YAML) of the rig that ``isletbench up NAME`` brings up. Raises ``RigError``."""
    found = {device: _resource(device, config) for device, config in rig.devices.items() if config.serial is not None}
    if not found:
        raise RigError(f"{name}: devices: expected one with a serial port: labgrid has no resource for the others")
    call = str(Path(name).resolve()) if name.endswith(".toml") else name
    lines = [
        f"# The rig {rig.name}: made by `isletbench rigs {name} --labgrid FILE`. For tests only: never near a therapy device.",
        "imports:",
        f"  - {DRIVERS}",
        "targets:",
        "  main:",
        "    resources:",
        *(line for device, resource in found.items() for line in _yaml(*resource, device)),
        "    drivers:",
        *(line for device in found for line in _yaml("SerialLinkDriver", {"bindings": {"port": device}}, device)),
        *_yaml("RigStrategy", {"rig": call}, "rig"),
    ]
    return "\n".join(lines) + "\n"


def _yaml(kind: str, keys: dict[str, Any], name: str) -> list[str]:
    """Return the lines of a list entry; values are JSON, which is valid YAML."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in keys.items()]
    return [f"      - {kind}:", f"          name: {name}", *(f"          {line}" for line in lines)]


def _resource(name: str, device: Any) -> tuple[str, dict[str, Any]]:
    """Return the labgrid resource of a device's port and its keys. Raises ``RigError``."""
    kind, _, place = device.serial.partition(":")
    if kind == "pty":
        return "RawSerialPort", {"port": place or str(running.directory() / name), "speed": settings.DEFAULT_BAUD}
    if kind == "serial":
        path, line = settings.parse(place)
        path = device.client or path if hasattr(device, "client") else path
        return "RawSerialPort", {"port": path, "speed": line.baud}
    host, _, port = place.rpartition(":")
    if int(port) == 0:
        raise RigError(f"devices.{name}.serial: {device.serial!r}: expected a port number other than 0")
    protocol = {"tcp": "raw", "rfc2217": "rfc2217"}[kind]
    return "NetworkSerialPort", {"host": host, "port": int(port), "speed": settings.DEFAULT_BAUD, "protocol": protocol}
