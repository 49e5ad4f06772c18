"""What a collector over Bluetooth LE has discovered: the characteristics of standard services, by their 16-bit UUIDs."""

from collections.abc import Iterable, Mapping

from isletbench.emulator.collectors.collector import Attribute, Key, NoCharacteristic
from isletbench.protocols.att import Property

BASE = "-0000-1000-8000-00805f9b34fb"
"""The Bluetooth Base UUID behind a 16-bit one (Core Vol 3, Part B, 2.5.1)."""
_NAMES = {
    "read": Property.READ,
    "write-without-response": Property.WRITE_WITHOUT_RESPONSE,
    "write": Property.WRITE,
    "notify": Property.NOTIFY,
    "indicate": Property.INDICATE,
}


class Discovered:
    """The handles and properties of characteristics."""

    def __init__(self) -> None:
        self._handles: dict[Key, int] = {}
        self._properties: dict[Key, Property] = {}
        self._cccds: dict[Key, int] = {}
        self.attributes: list[Attribute] = []
        """Every characteristic in the order of discovery; a device may have one twice."""

    @property
    def characteristics(self) -> Mapping[Key, Property]:
        """The characteristics with their properties."""
        return self._properties

    def add(self, service: str, characteristic: str, handle: int, properties: Iterable[str], cccd: int | None = None) -> None:
        """Add a characteristic by its 128-bit UUIDs, with the handle of its CCCD where it has one.

        One that is not of the Bluetooth SIG is passed over.
        """
        if service.endswith(BASE) and characteristic.endswith(BASE):
            key = Key(int(service[:8], 16), int(characteristic[:8], 16))
            self._handles[key] = handle
            self._properties[key] = Property(sum(_NAMES.get(name, 0) for name in properties))
            self.attributes.append(Attribute(key, self._properties[key], cccd is not None))
            if cccd is not None:
                self._cccds[key] = cccd

    def handle(self, key: Key) -> int:
        """The handle of a characteristic's value. Raises ``NoCharacteristic`` for one that was not discovered."""
        if key not in self._handles:
            raise NoCharacteristic(f"no characteristic {key.uuid:04X} of {key.service:04X} here")
        return self._handles[key]

    def cccd(self, key: Key) -> int:
        """The handle of a characteristic's CCCD. Raises ``NoCharacteristic`` where none was discovered."""
        if key not in self._cccds:
            raise NoCharacteristic(f"no CCCD of {key.uuid:04X} of {key.service:04X} here")
        return self._cccds[key]
