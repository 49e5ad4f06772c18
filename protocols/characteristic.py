"""A characteristic of a service, said once: its UUID, what may be done with it, its layout and where its protection goes.

The service's attribute table, ``isletbench types``, ``decode`` and ``encode`` all read it from here.
"""

from typing import Any, Protocol

from isletbench.protocols import racp
from isletbench.protocols.att import Property
from isletbench.protocols.e2e import Envelope, Protected
from isletbench.protocols.packet import decode, encode
from isletbench.protocols.plain import from_plain, to_plain
from isletbench.protocols.values import dataclass


class Layout(Protocol):
    """Anything that turns octets into a value and back."""

    def decode(self, octets: bytes, *, undefined: bool = False) -> Any:
        """The value these octets are. Raises ``WireError``; with ``undefined`` not for what is not defined."""

    def encode(self, value: Any) -> bytes:
        """The octets of a value. Raises ``Unencodable``."""

    def to_plain(self, value: Any) -> Any:
        """A value as plain data."""

    def from_plain(self, plain: Any) -> Any:
        """The value that plain data describes. Raises ``Unencodable``."""


@dataclass(frozen=True)
class Characteristic:
    """One characteristic. ``name`` is the specification's."""

    name: str
    uuid: int
    properties: Property
    layout: type[Any] | Layout | racp.Dialect
    """A packet class, a control point with its operations, or a record access control point's dialect."""
    envelope: Envelope

    def __str__(self) -> str:
        return self.name

    def decode(self, value: bytes, *, protected: Protected, undefined: bool = False) -> Any:
        """What a whole value means, its envelope checked and taken off. Raises ``WireError``."""
        payload, _ = self.envelope.open(value, protected=protected)
        return self.decode_payload(payload, undefined=undefined)

    def decode_payload(self, payload: bytes, *, undefined: bool = False) -> Any:
        """What the octets inside the envelope mean. Raises ``WireError``.

        Strict by default; with ``undefined``, as for a log, codes that are not defined are carried and not refused.
        """
        if isinstance(self.layout, type):
            return decode(self.layout, payload, undefined=undefined)
        if isinstance(self.layout, racp.Dialect):
            if undefined:
                return self.layout.decode_logged(payload)
            return self.layout.decode_answer(payload) if self.layout.answers(payload) else self.layout.decode(payload)
        return self.layout.decode(payload, undefined=undefined)

    def encode(self, content: Any, *, protected: Protected, counter: int = 0) -> bytes:
        """The value to send. Raises ``Unencodable``."""
        return self.envelope.seal(self.encode_payload(content), protected=protected, counter=counter)

    def encode_payload(self, content: Any) -> bytes:
        """The octets inside the envelope. Raises ``Unencodable``."""
        return encode(content) if isinstance(self.layout, type) else self.layout.encode(content)

    def to_plain(self, content: Any) -> Any:
        """What ``decode`` returns, as plain JSON-able data."""
        return to_plain(content) if isinstance(self.layout, type) else self.layout.to_plain(content)

    def from_plain(self, plain: Any) -> Any:
        """What plain data describes, for ``encode``. Raises ``Unencodable`` naming the field."""
        return from_plain(self.layout, plain) if isinstance(self.layout, type) else self.layout.from_plain(plain)
