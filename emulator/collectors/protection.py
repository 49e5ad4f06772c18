"""The collector's side of end-to-end protection: its own counters, and a check of the device's."""

from typing import Any

from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import Protected, next_counter
from isletbench.protocols.errors import WireError


class E2eProtection:
    """For one connection. ``protected`` is what the device's Feature characteristic says.

    A device counts every value it sends of a characteristic: ``missed`` is how many never came.
    """

    def __init__(self, *, protected: Protected) -> None:
        self.protected = protected
        self.missed = 0
        self._sent: dict[int, int] = {}
        self._received: dict[int, int] = {}

    def seal(self, characteristic: Characteristic, content: Any) -> bytes:
        """The value to write: the operation, this connection's next counter, the CRC."""
        return self.seal_octets(characteristic, characteristic.encode_payload(content))

    def seal_octets(self, characteristic: Characteristic, payload: bytes) -> bytes:
        """The same for an operation that is octets already."""
        counter = next_counter(self._sent.get(characteristic.uuid, 0))
        self._sent[characteristic.uuid] = counter
        return characteristic.envelope.seal(payload, protected=self.protected, counter=counter)

    def open(self, characteristic: Characteristic, value: bytes) -> Any:
        """What a value means. Raises ``WireError``, also for a counter that was there before."""
        payload, counter = characteristic.envelope.open(value, protected=self.protected)
        if counter is not None and self.protected:
            last = self._received.get(characteristic.uuid, 0)
            if counter == last:
                raise WireError(f"counter {counter} comes a second time", octets=value, layout=characteristic.name)
            self.missed += (counter - next_counter(last)) % 255
            self._received[characteristic.uuid] = counter
        return characteristic.decode_payload(payload)
