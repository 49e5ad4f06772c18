"""The settings of a serial line: baud rate and frame."""

import re

from isletbench.emulator.core.values import dataclass

DEFAULT_BAUD = 115_200
MAX_BAUD = 10_000_000
EXPECTED = "serial:PATH[,BAUD[,8N1[,rtscts]]] with 5 to 8 bits, parity N, E, O, M or S, and 1, 1.5 or 2 stop bits"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a line. A frame is a start bit, ``bits``, perhaps a parity bit, and ``stop`` bits."""

    baud: int = DEFAULT_BAUD
    bits: int = 8
    parity: str = "N"
    stop: float = 1
    rtscts: bool = False

    @property
    def bits_per_octet(self) -> float:
        """The bit times of one octet on the line."""
        return 1 + self.bits + (self.parity != "N") + self.stop

    def __str__(self) -> str:
        return f"{self.baud},{self.bits}{self.parity}{self.stop:g}" + (",rtscts" if self.rtscts else "")


def baud_of(port: str | None) -> int:
    """Return the baud rate of a rig's port; the default of the link where the port has none."""
    kind, _, spec = (port or "").partition(":")
    return parse(spec)[1].baud if kind == "serial" else DEFAULT_BAUD


def parse(spec: str) -> tuple[str, Settings]:
    """Parse ``PATH[,BAUD[,8N1[,rtscts]]]`` into path and settings. Raises ``ValueError`` with the expected form."""
    path, *words = spec.split(",")
    rtscts = words[-1:] == ["rtscts"]
    if rtscts:
        words.pop()
    frame = re.fullmatch(r"([5-8])([NEOMS])(1|1\.5|2)", words[1]) if len(words) > 1 else re.fullmatch("(8)(N)(1)", "8N1")
    baud = words[0] if words else str(DEFAULT_BAUD)
    if not path or len(words) > 2 or frame is None or not baud.isdigit() or not 0 < int(baud) <= MAX_BAUD:
        raise ValueError(f"serial:{spec}: expected {EXPECTED}")
    return path, Settings(int(baud), int(frame[1]), frame[2], float(frame[3]), rtscts)
