"""A characteristic of a service, said once: its UUID, what may be done with it, its layout and where its protection goes.

The service's attribute table, ``loopbench types``, ``decode`` and ``encode`` all read it from here.
"""

from dataclasses import dataclass
from typing import Any

from protocols import racp
from protocols.att import Property
from protocols.e2e import Envelope
from protocols.packet import ControlPoint, decode, encode


@dataclass(frozen=True)
class Characteristic:
    """One characteristic. ``name`` is the specification's."""

    name: str
    uuid: int
    properties: Property
    layout: type[Any] | ControlPoint | racp.Dialect
    """A packet class, a control point with its operations, or a record access control point's dialect."""
    envelope: Envelope

    def decode(self, value: bytes, *, protected: bool) -> Any:
        """What a whole value means, its envelope checked and taken off. Raises ``WireError``."""
        payload, _ = self.envelope.open(value, protected=protected)
        return self.decode_payload(payload)

    def decode_payload(self, payload: bytes) -> Any:
        """What the octets inside the envelope mean. Raises ``WireError``."""
        match self.layout:
            case ControlPoint():
                return self.layout.decode(payload)
            case racp.Dialect():
                return self.layout.decode_answer(payload) if self.layout.answers(payload) else self.layout.decode(payload)
            case packet_class:
                return decode(packet_class, payload)

    def encode(self, content: Any, *, protected: bool, counter: int = 0) -> bytes:
        """The value to send. Raises ``Unencodable``."""
        return self.envelope.seal(self.encode_payload(content), protected=protected, counter=counter)

    def encode_payload(self, content: Any) -> bytes:
        """The octets inside the envelope. Raises ``Unencodable``."""
        match self.layout:
            case ControlPoint() | racp.Dialect():
                return self.layout.encode(content)
            case _:
                return encode(content)
