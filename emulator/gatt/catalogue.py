"""The words that select messages: names of types and of operations."""

from collections.abc import Mapping

from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import Attribute
from isletbench.protocols.catalogue import COMPANION_TYPES, OPERATIONS, SERVICES, TYPES


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
    for name, characteristic in {**TYPES, **COMPANION_TYPES}.items():
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
