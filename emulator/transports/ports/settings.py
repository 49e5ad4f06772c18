"""How a serial line is set: speed and frame."""

import re
from dataclasses import dataclass

DEFAULT_BAUD = 115_200
FASTEST_BAUD = 10_000_000
EXPECTED = "serial:PATH[,BAUD[,8N1[,rtscts]]] with 5 to 8 bits, parity N, E, O, M or S, and 1, 1.5 or 2 stop bits"


@dataclass(frozen=True, slots=True)
class Settings:
    """Of a line. A frame is a start bit, ``bits``, perhaps a parity bit, and ``stop`` bits."""

    baud: int = DEFAULT_BAUD
    bits: int = 8
    parity: str = "N"
    stop: float = 1
    rtscts: bool = False

    @property
    def bits_an_octet(self) -> float:
        """How many bit times one octet takes on the line."""
        return 1 + self.bits + (self.parity != "N") + self.stop

    def __str__(self) -> str:
        return f"{self.baud},{self.bits}{self.parity}{self.stop:g}" + (",rtscts" if self.rtscts else "")


def baud_of(port: str | None) -> int:
    """The speed of a rig's port: the link's where it names none."""
    kind, _, spec = (port or "").partition(":")
    return parse(spec)[1].baud if kind == "serial" else DEFAULT_BAUD


def parse(spec: str) -> tuple[str, Settings]:
    """Path and settings of ``PATH[,BAUD[,8N1[,rtscts]]]``. Raises ``ValueError`` saying what was expected."""
    path, *words = spec.split(",")
    rtscts = words[-1:] == ["rtscts"]
    if rtscts:
        words.pop()
    frame = re.fullmatch(r"([5-8])([NEOMS])(1|1\.5|2)", words[1]) if len(words) > 1 else re.fullmatch("(8)(N)(1)", "8N1")
    baud = words[0] if words else str(DEFAULT_BAUD)
    if not path or len(words) > 2 or frame is None or not baud.isdigit() or not 0 < int(baud) <= FASTEST_BAUD:
        raise ValueError(f"serial:{spec}: expected {EXPECTED}")
    return path, Settings(int(baud), int(frame[1]), frame[2], float(frame[3]), rtscts)
