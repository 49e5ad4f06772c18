"""`ports --usb-tree`: a small tree of files in which programs find our ports as the USB devices that they look for.

Some programs take no path: they search ``/sys`` or ``/dev/serial/by-id`` for the USB id of their device, and ``/dev`` for its
terminal. The tree has all of it, and a script that starts a program in a mount namespace of its own, where the tree lies over
the real one. Nothing outside that namespace changes. It needs no rights where the kernel lets users have namespaces
(user_namespaces(7)), else root.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAME = "ttyACM{}"
"""How the kernel names the terminal of a USB device with a CDC-ACM interface."""
BY_ID = "usb-{}_{}-if00-port0"
"""How udev names a device without strings of its own under ``/dev/serial/by-id``."""
SCRIPT = """#!/bin/sh
# Starts a program that finds the ports of isletbench by their USB ids: {here}/run PROGRAM [ARGUMENT ...]
set -e
here={here}
if [ "$1" != --inside ]; then
    [ "$(id -u)" = 0 ] && exec unshare --mount "$here/run" --inside "$@"
    exec unshare --map-root-user --mount "$here/run" --inside "$@"
fi
shift
over() {{
    if [ -d "$2" ]; then mount --rbind "$1" "$2"
    else echo "$2: there is none on this machine; programs that look there find nothing" >&2; fi
}}
mount -t tmpfs tmpfs "$here/dev"
for entry in /dev/*; do
    name=${{entry#/dev/}}
    [ "$name" = serial ] && continue
    if [ -L "$entry" ]; then cp -P "$entry" "$here/dev/$name"
    elif [ -d "$entry" ]; then mkdir "$here/dev/$name"; mount --rbind "$entry" "$here/dev/$name"
    else : > "$here/dev/$name"; mount --bind "$entry" "$here/dev/$name"
    fi
done
mkdir -p "$here/dev/serial/by-id"
{links}
if [ -d /sys/bus/usb ]; then over "$here/sys/bus/usb" /sys/bus/usb; else over "$here/sys/bus" /sys/bus; fi
over "$here/sys/class/tty" /sys/class/tty
mount --rbind "$here/dev" /dev
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class UsbPort:
    """A port, and the USB device that it is to look like."""

    path: str
    """What a client opens."""
    usb_id: str
    """Vendor and product, ``22a3:0047``."""
    product: str


def write_tree(directory: Path, ports: Sequence[UsbPort]) -> Path:
    """Write the tree for these ports; the script that starts programs in it. Raises ``OSError``."""
    here = directory.resolve()
    devices, terminals = here / "sys" / "bus" / "usb" / "devices", here / "sys" / "class" / "tty"
    for place in (devices, terminals, here / "dev"):
        place.mkdir(parents=True, exist_ok=True)
    links = []
    for number, port in enumerate(ports):
        terminal, device = NAME.format(number), devices / f"1-{number + 1}"
        interface = device / f"1-{number + 1}:1.0"
        (interface / "tty" / terminal).mkdir(parents=True, exist_ok=True)
        vendor, _, product = port.usb_id.partition(":")
        for name, text in {
            "idVendor": vendor,
            "idProduct": product,
            "product": port.product,
            "manufacturer": "isletbench",
            "serial": f"virtual-{number}",
            "bNumInterfaces": "1",
        }.items():
            (device / name).write_text(f"{text}\n", encoding="ascii")
        (interface / "interface").write_text(f"{port.product}\n", encoding="ascii")
        _link(interface / "subsystem", "/sys/bus/usb")
        (terminals / terminal).mkdir(exist_ok=True)
        _link(terminals / terminal / "device", f"/sys/bus/usb/devices/{device.name}/{interface.name}")
        links.append(f'ln -sfn {shlex.quote(port.path)} "$here/dev/{terminal}"')
        links.append(f'ln -sfn ../../{terminal} "$here/dev/serial/by-id/{BY_ID.format(vendor, product)}"')
    script = here / "run"
    script.write_text(SCRIPT.format(here=shlex.quote(str(here)), links="\n".join(links)), encoding="utf-8")
    script.chmod(0o755)
    return script


def _link(place: Path, target: str) -> None:
    place.unlink(missing_ok=True)
    place.symlink_to(target)
