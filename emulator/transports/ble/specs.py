"""Specs of HCI addresses, as rigs and command lines have them."""

from typing import NamedTuple

VHCI = "/dev/vhci"
EXPECTED = "expected tcp:HOST:PORT, unix:PATH, pty:LINK or vhci"


class SpecError(OSError):
    """HCI cannot be offered or opened at this address."""


class Spec(NamedTuple):
    """An HCI address. ``host`` is empty and ``port`` 0 unless ``kind`` is ``tcp``."""

    kind: str
    path: str = ""
    host: str = ""
    port: int = 0


def parse_spec(spec: str) -> Spec:
    """Parse a spec. Raises ``SpecError`` with the expected forms."""
    kind, _, rest = spec.partition(":")
    host, _, port = rest.rpartition(":")
    if kind in {"unix", "pty"} and rest:
        return Spec(kind, path=rest)
    if kind == "vhci":
        return Spec(kind, path=rest or VHCI)
    if kind == "tcp" and host and port.isdecimal() and int(port) < 1 << 16:
        return Spec(kind, host=host, port=int(port))
    raise SpecError(f"HCI {spec!r}: {EXPECTED}")
