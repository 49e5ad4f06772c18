"""A capture of what the hosts of the devices and their controllers exchange, all that a Bluetooth stack sees, as btsnoop."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from bumble.hci import HCI_ACL_DATA_PACKET, HCI_COMMAND_PACKET, HCI_EVENT_PACKET
from bumble.snoop import Snooper

from isletbench.emulator.core.quantities import Instant
from isletbench.protocols.captures.btsnoop import BtsnoopFile, MonitorOpcode, new_index

OPCODES = {
    HCI_COMMAND_PACKET: (MonitorOpcode.COMMAND, MonitorOpcode.COMMAND),
    HCI_EVENT_PACKET: (MonitorOpcode.EVENT, MonitorOpcode.EVENT),
    HCI_ACL_DATA_PACKET: (MonitorOpcode.ACL_TX, MonitorOpcode.ACL_RX),
}
"""What a packet is in the file, from the host and to the host, by the packet type of H4."""


class Capture:
    """One file for all devices of a bench. The file is opened by ``begin``: a bench that does not start keeps the former one.

    Times are those at the devices, as if they were UTC. ``on_failure`` is called once when the file cannot be written: the
    capture ends there, and the devices go on.
    """

    def __init__(
        self,
        path: Path,
        start: datetime,
        now: Callable[[], Instant],
        on_failure: Callable[[OSError], None] = lambda error: None,
    ) -> None:
        self._path, self._now, self._on_failure = path, now, on_failure
        self._start = round(start.replace(tzinfo=UTC).timestamp() * 1_000_000)
        self._waiting: list[tuple[int, int, MonitorOpcode, bytes]] = []
        self._adapters: dict[str, int] = {}
        self._file: IO[bytes] | None = None
        self._capture: BtsnoopFile | None = None
        self._ended = False

    def begin(self) -> None:
        """Begin the file, with all that has been captured up to now. Raises ``OSError``."""
        self._file = self._path.open("wb", buffering=0)
        self._capture = BtsnoopFile(self._file, self._start)
        for record in self._waiting:
            self._capture.write(*record)
        self._waiting.clear()

    def close(self) -> None:
        """End the capture. Idempotent."""
        self._ended = True
        self._waiting.clear()
        if self._file is not None:
            self._file.close()

    def adapter(self, carrier: str, address: bytes) -> Snooper:
        """What bumble gives the packets of a carrier (``cgm.ble``) to; ``address`` has its lowest octet first."""
        name = carrier.removesuffix(".ble")
        if name not in self._adapters:
            self._adapters[name] = len(self._adapters)
            self.record(name, MonitorOpcode.NEW_INDEX, new_index(name, address))
        return _Adapter(self, name)

    def record(self, name: str, opcode: MonitorOpcode, octets: bytes) -> None:
        """Add a packet of a device."""
        if self._ended:
            return
        record = (self._start + self._now() * 1_000, self._adapters[name], opcode, octets)
        if self._capture is None:
            self._waiting.append(record)
            return
        try:
            self._capture.write(*record)
        except OSError as error:
            self.close()
            self._on_failure(error)


class _Adapter(Snooper):
    """The packets of one device."""

    def __init__(self, capture: Capture, name: str) -> None:
        self._capture, self._name = capture, name

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        """A packet, with its packet type before it."""
        if opcodes := OPCODES.get(hci_packet[0]):
            opcode = opcodes[direction is Snooper.Direction.CONTROLLER_TO_HOST]
            self._capture.record(self._name, opcode, hci_packet[1:])
