"""What an audit needs of a collector, whatever carries it."""

from collections.abc import Sequence
from typing import Protocol

from isletbench.emulator.collectors.collector import Attribute, Collector, Key


class AuditLink(Collector, Protocol):
    """A collector that shows the table of a device as it was discovered."""

    @property
    def attributes(self) -> Sequence[Attribute]:
        """Every characteristic, one that is there twice among them."""

    async def read_cccd(self, key: Key) -> bytes:
        """The octets of a characteristic's CCCD."""
