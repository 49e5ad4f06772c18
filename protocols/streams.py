"""How the requests of a client are found in the octets of a byte stream: what every protocol over a serial port has to say.

A framer is incremental: the octets may come in any chunks, and the requests it finds are the same. It never waits for octets
that cannot come: what is garbage is discarded, and what is incomplete is given up after a silence.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Framed(NamedTuple):
    """One request of a client, as it was found in the octets."""

    operation: str
    """What it asks for: an operation of the service (``SetBolus``) where the device has the same one, else the protocol's own
    name of the command (``ReadSystemTime``)."""
    octets: bytes
    """All of it, framing and check included."""


class Framer(Protocol):
    """Finds the requests in the octets of one connection."""

    @property
    def silence(self) -> int | None:
        """After how many ms without octets ``expire`` is due; None where nothing is incomplete, or nothing is given up."""

    def feed(self, octets: bytes) -> Sequence[Framed]:
        """The requests that end in these octets, in order."""

    def expire(self) -> Sequence[Framed]:
        """Give up what is incomplete, because no octets have come for ``silence``; what the device makes of it, if anything."""
