"""The octets that each field of a value stands in: for whoever shows octets to people.

``located`` walks the same declarations that decode a value, so a field and its octets are never said twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from isletbench.protocols import racp
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.e2e import CGM_FEATURE, CGM_RECORD, COUNTER_SIZE, CRC_SIZE, IDS_FEATURES, opened_somehow
from isletbench.protocols.ids.history import EVENTS, HistoryLayout
from isletbench.protocols.packet import ControlPoint, FieldInfo, Flags, parts_of
from isletbench.protocols.shapes import Code, CodePair, Counted, Nested, Octets, Repeated, Rest, Shape, Zone, shape_of


@dataclass(frozen=True, slots=True)
class Located:
    """A field of a value, and the octets that it stands in."""

    name: str
    """``basal_rate``; with a dot inside another one: ``annunciation.type``."""
    value: Any
    """Plain data."""
    unit: str
    """Unit, or meaning where there is none."""
    begin: int
    """Its first octet, from 0."""
    end: int
    """The octet after its last one."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value, decoded, with the octets of every field."""

    operation: str | None
    """What a control point is asked or answers: ``SetBolus``; of a history record, the event."""
    protected: bool
    """Whether it carries E2E-protection."""
    fields: tuple[Located, ...]


def located(characteristic: Characteristic, value: bytes) -> Decoded:
    """Decode a whole value, with E2E-protection where its CRC is right, and say where each field stands.

    Codes that are not defined are carried. Raises ``WireError`` for octets that are no value of this characteristic.
    """
    payload, counter, protected = _opened(characteristic, value)
    plain = characteristic.to_plain(characteristic.decode_payload(payload, undefined=True))
    begin = _begin_of_payload(characteristic)
    walk = _Walk(value, begin + len(payload))
    walk.layout(characteristic.layout, plain, begin)
    fields = [*walk.found, *_envelope(characteristic, value, len(payload), counter, protected)]
    operation = plain.get("operation") if isinstance(plain, dict) else None
    if operation is None and isinstance(plain, dict) and isinstance(plain.get("event"), dict):
        operation = plain["event"].get("operation")
    return Decoded(operation, protected, tuple(sorted(fields, key=lambda field: (field.begin, field.end))))


def _opened(characteristic: Characteristic, value: bytes) -> tuple[bytes, int | None, bool]:
    """The payload, the counter and whether the value is protected: a right CRC is no accident."""
    protected, (payload, counter) = opened_somehow(characteristic.envelope, value)
    return payload, counter, bool(protected)


def _begin_of_payload(characteristic: Characteristic) -> int:
    if characteristic.envelope is CGM_RECORD:
        return 1
    return CRC_SIZE + COUNTER_SIZE if characteristic.envelope is IDS_FEATURES else 0


def _envelope(
    characteristic: Characteristic, value: bytes, length: int, counter: int | None, protected: bool
) -> Iterator[Located]:
    """What is around the payload: size, counter, CRC."""
    envelope, end = characteristic.envelope, len(value)
    if envelope is CGM_RECORD:
        yield Located("size", value[0], "octets", 0, 1)
    if envelope is IDS_FEATURES:
        yield Located("crc", value[:CRC_SIZE].hex(), "", 0, CRC_SIZE)
        yield Located("e2e_counter", value[CRC_SIZE], "", CRC_SIZE, CRC_SIZE + COUNTER_SIZE)
        return
    if counter is not None:
        yield Located("e2e_counter", counter, "", length, length + COUNTER_SIZE)
    if protected or envelope is CGM_FEATURE:
        yield Located("crc", value[end - CRC_SIZE :].hex(), "", end - CRC_SIZE, end)


class _Walk:
    """Walks through a value's declaration and its octets; ``end`` is the end of the payload."""

    def __init__(self, octets: bytes, end: int) -> None:
        self.found: list[Located] = []
        self._octets, self._end = octets, end

    def _add(self, name: str, value: Any, unit: str, begin: int, size: int) -> int:
        self.found.append(Located(name, value, unit, begin, begin + size))
        return begin + size

    def layout(self, layout: Any, plain: Any, at: int) -> None:
        """A whole payload."""
        match layout:
            case ControlPoint():
                self._operation(layout, plain, self._add("op_code", plain["operation"], "", at, layout.opcode.sizeof()), at)
            case HistoryLayout():
                event = plain["event"]
                after = self._add("event_type", event["operation"], "", at, EVENTS.opcode.sizeof())
                after = self._add("sequence_number", plain["sequence_number"], "", after, 4)
                after = self._add("relative_offset", plain["relative_offset"], "s", after, 2)
                self._operation(EVENTS, event, after, at)
            case racp.Dialect():
                self._record_access(layout, plain, at)
            case _:
                self._packet(layout, plain, at, "")

    def _operation(self, point: ControlPoint, plain: Mapping[str, Any], at: int, code_at: int) -> None:
        """The packet behind an op code."""
        code = int.from_bytes(self._octets[code_at : code_at + point.opcode.sizeof()], "little")
        if cls := point.operations.get(code):
            self._packet(cls, plain, at, "")
        elif at < self._end:
            self._add("octets", plain["octets"], "", at, self._end - at)

    def _record_access(self, dialect: racp.Dialect, plain: Mapping[str, Any], at: int) -> None:
        """A request or answer of a record access control point: op code, operator, operand."""
        selection = plain.get("selection") or {}
        answer = {key: item for key, item in plain.items() if key not in {"operation", "selection"}}
        word = plain.get("operation", "RESPONSE" if "outcome" in answer else "COUNT_RESPONSE")
        at = self._add("op_code", word, "", at, 1)
        if at < self._end:
            at = self._add("operator", selection.get("operator", "NULL"), "", at, 1)
        if at < self._end and selection:
            at = self._add("filter", selection.get("filter"), "", at, 1)
        given = [(name, item) for name, item in ({**answer, **selection}).items() if name not in {"operator", "filter"}]
        given = [(name, item) for name, item in given if item is not None]
        size = (self._end - at) // len(given) if given else 0
        for name, item in given:
            at = self._add(name, item, "", at, size)

    def _packet(self, cls: type[Any], plain: Mapping[str, Any], at: int, path: str) -> int:
        """A packet; returns the octet after it. Fields that are absent have no octets, and are left out."""
        flags, flags_at, bits = 0, (at, at), []
        for part in parts_of(cls):
            if isinstance(part, Flags):
                size = int(part.layout.sizeof())
                flags, flags_at = int.from_bytes(self._octets[at : at + size], "little"), (at, at + size)
                at = self._add(f"{path}flags", f"{flags:0{2 * size}x}", "which fields are present", at, size)
            elif part.wire.layout is None:
                bits.append(part)
            elif _is_present(part, flags):
                at = self._field(part, plain[part.name], at, flags, path)
        for part in bits:
            self.found.append(Located(path + part.name, plain[part.name], part.wire.unit, *flags_at))
        return at

    def _field(self, part: FieldInfo, value: Any, at: int, flags: int, path: str) -> int:
        name, unit = path + part.name, part.wire.unit
        if isinstance(part.wire.flag, tuple):
            size = sum(flags >> bit & 1 for bit in part.wire.flag)
            return self._add(name, value, unit, at, size) if size else at
        return self._shaped(shape_of(part.wire.layout), name, value, unit, at)

    def _shaped(self, shape: Shape, name: str, value: Any, unit: str, at: int) -> int:
        match shape:
            case Nested(cls):
                return self._packet(cls, value, at, f"{name}.")
            case Repeated(cls):
                for number, item in enumerate(value):
                    at = self._packet(cls, item, at, f"{name}[{number}].")
                return at
            case Counted(count, element):
                return self._add(name, value, unit, at, count.octets + len(value) * element.octets)
            case Rest():
                return self._add(name, value, unit, at, max(0, self._end - at))
            case CodePair() | Zone():
                return self._add(name, value, unit, at, 1)
            case Octets(size) | Code(octets=size):
                return self._add(name, value, unit, at, size)
            case _:
                return self._add(name, value, unit, at, shape.octets)


def _is_present(part: FieldInfo, flags: int) -> bool:
    return not isinstance(part.wire.flag, int) or bool(flags >> part.wire.flag & 1)
