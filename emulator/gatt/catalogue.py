"""Every packet type by its name on the command line, and every operation by its own: what people call what is on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass

from isletbench.emulator.gatt import Attribute
from isletbench.protocols import cgms, ids, racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.packet import ControlPoint

TYPES: Mapping[str, Characteristic] = {
    f"{service}.{characteristic.name.removeprefix(prefix).replace(' ', '')}": characteristic
    for service, prefix, characteristics in (("cgms", "CGM ", cgms.CHARACTERISTICS), ("ids", "IDD ", ids.CHARACTERISTICS))
    for characteristic in characteristics
}
"""Every type by its name on the command line: ``cgms.Measurement``, ``ids.Status``."""
SERVICES = {"cgms": cgms.SERVICE, "ids": ids.SERVICE}


def _operations(characteristic: Characteristic) -> tuple[tuple[str, bytes], ...]:
    match characteristic.layout:
        case ControlPoint() as point:
            return tuple((cls.__name__, point.opcode.build(code)) for code, cls in point.operations.items())
        case racp.Dialect() as dialect:
            return tuple((operation.name, bytes([code])) for operation, code in dialect.opcodes.items())
        case _:
            return ()


OPERATIONS: Mapping[str, tuple[tuple[str, bytes], ...]] = {name: _operations(known) for name, known in TYPES.items()}
"""The operations of every type that has some, with the octets that each begins with."""


@dataclass(frozen=True, slots=True)
class MessageSelector:
    """Messages that people mean by one word: those of a characteristic, or the writes of an operation to it."""

    service: int
    uuid: int
    opcode: bytes = b""

    def matches(self, attribute: Attribute, value: bytes) -> bool:
        """Whether a message with this value belongs to it."""
        place = attribute.service.uuid, attribute.spec.uuid
        return place == (self.service, self.uuid) and value.startswith(self.opcode)


def _selectors() -> dict[str, tuple[MessageSelector, ...]]:
    selectors: dict[str, tuple[MessageSelector, ...]] = {}
    for name, characteristic in TYPES.items():
        service = name.partition(".")[0]
        selectors[name] = (MessageSelector(SERVICES[service], characteristic.uuid),)
        for operation, opcode in OPERATIONS[name]:
            selector = MessageSelector(SERVICES[service], characteristic.uuid, opcode)
            for called in (operation, f"{name}.{operation}"):
                selectors[called] = (*selectors.get(called, ()), selector)
    return selectors


SELECTORS: Mapping[str, tuple[MessageSelector, ...]] = _selectors()
"""What each word means: a type (``ids.Status``), an operation (``SetBolus``, ``REPORT``), or an operation of one type where
several have it (``cgms.RecordAccessControlPoint.REPORT``)."""
