"""Which ports of a bench other machines can reach. A serial port has no security: who reaches a pump there can command it."""

import ipaddress
from collections.abc import Iterable, Mapping

from isletbench.emulator.rigs.rig import RigError

EXPECTED = "other machines could reach it, and it has no security: expected 127.0.0.1, or permission (--expose)"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a port that listens at ``host``; another name could be any address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def exposed(specs: Mapping[str, str | None]) -> dict[str, str]:
    """Of the ports by what they are called, those that other machines can reach."""
    found = {}
    for what, spec in specs.items():
        kind, _, place = (spec or "").partition(":")
        if spec is not None and kind in {"tcp", "rfc2217"} and not is_loopback(place.rpartition(":")[0]):
            found[what] = spec
    return found


def check_exposed(origin: str, ports: Mapping[str, str]) -> None:
    """Raise ``RigError`` when there are any."""
    for what, spec in ports.items():
        raise RigError(f"{origin}: {what} {spec}: {EXPECTED}")


def ports_of(serial: Mapping[str, str | None], hci: Iterable[str]) -> dict[str, str | None]:
    """The ports of a rig by what they are called: the serial ports of its devices, and where HCI is offered."""
    ports: dict[str, str | None] = {f"devices.{name}.serial": spec for name, spec in serial.items()}
    return ports | {f"HCI {number}:": spec for number, spec in enumerate(hci, 1)}
