"""Where HCI is offered, or a controller stands: specs, as rigs, programs and people write them."""

from typing import NamedTuple

VHCI = "/dev/vhci"
EXPECTED = "expected tcp:HOST:PORT, unix:PATH, pty:LINK or vhci"


class SpecError(OSError):
    """A place HCI cannot be offered at or found."""


class Spec(NamedTuple):
    """A place for HCI. ``host`` is empty for all but TCP, ``port`` 0."""

    kind: str
    path: str = ""
    host: str = ""
    port: int = 0


def parse_spec(spec: str) -> Spec:
    """What a spec says. Raises ``SpecError`` saying what was expected."""
    kind, _, rest = spec.partition(":")
    host, _, port = rest.rpartition(":")
    if kind in {"unix", "pty"} and rest:
        return Spec(kind, path=rest)
    if kind == "vhci":
        return Spec(kind, path=rest or VHCI)
    if kind == "tcp" and host and port.isdecimal() and int(port) < 1 << 16:
        return Spec(kind, host=host, port=int(port))
    raise SpecError(f"HCI {spec!r}: {EXPECTED}")
