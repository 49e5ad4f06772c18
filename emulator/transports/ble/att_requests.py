"""The requests of the Attribute Protocol, one function each: from a PDU to its response, by way of the device.

A request is a generator: it yields reads and writes of attributes that the device has, is sent the device's answers, and
returns the response PDU. ``Refused`` ends it with an Error Response, ``struct.error`` with Invalid PDU.
Source: Core Vol 3, Part F, 3.4.
"""

import struct
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import field
from typing import Any, TypeAlias

from bumble.att import ATT_DEFAULT_MTU, ErrorCode, Opcode

from isletbench.emulator.core.endpoint import Link
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.gatt import MAX_VALUE_LENGTH, ErrorResponse, Handle, Read, ReadResponse, Write
from isletbench.emulator.transports.ble.att_rows import PRIMARY_SERVICE, SECONDARY_SERVICE, Row, short_uuid, uuid_octets
from isletbench.emulator.transports.ble.stack_services import StackServices
from isletbench.protocols.att import AttCode, AttError

Steps: TypeAlias = Generator[Read | Write, Any, bytes]
QueuedWriteRefused: TypeAlias = Callable[[Link, Handle], int | None]
"""Of the device: why a client may not write under a handle of the device's table, whatever the value."""
MAX_PREPARED_WRITES = 64
"""Parts of long values that wait for their execution, of one client."""
CANCEL, EXECUTE = 0x00, 0x01
_GROUPS = {uuid_octets(PRIMARY_SERVICE), uuid_octets(SECONDARY_SERVICE)}


class Refused(Exception):
    """A request that is answered with an Error Response: its code, and the attribute that it is about."""

    def __init__(self, code: int, handle: Handle = 0) -> None:
        super().__init__(f"0x{code:02X}")
        self.code, self.handle = code, handle


@dataclass(slots=True)
class Client:
    """What the server knows of the client of one connection."""

    link: Link
    max_mtu: int
    """The largest ATT_MTU that the server agrees to, octets."""
    mtu: int = ATT_DEFAULT_MTU
    prepared: list[tuple[Handle, int, bytes]] = field(default_factory=list)
    """Parts of long values that it has sent: handle, offset, octets."""


class AttributeTable:
    """Every attribute that a client can see, in the order of handles."""

    def __init__(self, stack: StackServices, queued_write_refused: QueuedWriteRefused) -> None:
        self.stack = stack
        self._queued_write_refused = queued_write_refused
        self._rows = stack.rows
        self._handles = [row.handle for row in self._rows]
        self._by_handle = {row.handle: row for row in self._rows}
        self._moved = stack.moved

    def device_handle(self, handle: Handle) -> Handle:
        """Return the handle that an attribute of the device has in the device's table."""
        return handle - self._moved

    def client_handle(self, handle: Handle) -> Handle:
        """Return the handle at which clients find an attribute of the device's table."""
        return handle + self._moved

    def row(self, handle: Handle) -> Row:
        """Return the attribute of a handle. Raises ``Refused``."""
        if (row := self._by_handle.get(handle)) is None:
            raise Refused(ErrorCode.INVALID_HANDLE, handle)
        return row

    def is_of_device(self, handle: Handle) -> bool:
        """Whether the device has the value of this attribute, if there is one."""
        row = self._by_handle.get(handle)
        return row is not None and row.value is None and not self.stack.owns(handle)

    def within(self, first: Handle, last: Handle) -> Iterator[Row]:
        """Return the attributes of a range of handles. Raises ``Refused`` for a range that cannot be. 3.4.3."""
        if first == 0 or first > last:
            raise Refused(ErrorCode.INVALID_HANDLE, first)
        return iter(self._rows[bisect_left(self._handles, first) : bisect_left(self._handles, last + 1)])

    def read(self, client: Client, row: Row) -> Steps:
        """Read the value of an attribute, of the device if it is the device's."""
        if row.value is not None:
            return row.value
        if self.stack.owns(row.handle):
            try:
                return self.stack.read(client.link, row.handle)
            except AttError as error:
                raise Refused(error.code, row.handle) from None
        answer = yield Read(client.link, self.device_handle(row.handle))
        if isinstance(answer, ReadResponse):
            return answer.value
        raise Refused(answer.code if isinstance(answer, ErrorResponse) else ErrorCode.UNLIKELY_ERROR, row.handle)

    def write(self, client: Client, handle: Handle, value: bytes) -> Steps:
        """Write the value of an attribute."""
        row = self.row(handle)
        if len(value) > MAX_VALUE_LENGTH:
            raise Refused(ErrorCode.INVALID_ATTRIBUTE_LENGTH, handle)
        if row.value is not None:
            raise Refused(AttCode.WRITE_NOT_PERMITTED, handle)
        if self.stack.owns(handle):
            try:
                self.stack.write(client.link, handle, value)
            except AttError as error:
                raise Refused(error.code, handle) from None
            return b""
        answer = yield Write(client.link, self.device_handle(handle), value)
        if isinstance(answer, ErrorResponse):
            raise Refused(answer.code, handle)
        return b""

    def check_queued_write(self, client: Client, handle: Handle) -> None:
        """Judge a part of a long value before it is queued. Raises ``Refused``."""
        if self.row(handle).value is not None:
            raise Refused(AttCode.WRITE_NOT_PERMITTED, handle)
        if self.stack.owns(handle):
            try:
                self.stack.check_write(handle)
            except AttError as error:
                raise Refused(error.code, handle) from None
        elif (code := self._queued_write_refused(client.link, self.device_handle(handle))) is not None:
            raise Refused(code, handle)


# Discovery


def _exchange_mtu(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.2.1: the smaller of both; a value below the default changes nothing."""
    yield from ()
    (offered,) = struct.unpack("<xH", pdu)
    if offered >= ATT_DEFAULT_MTU:
        client.mtu = min(client.max_mtu, offered)
    return struct.pack("<BH", Opcode.ATT_EXCHANGE_MTU_RESPONSE, client.max_mtu)


def _find_information(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.3.1: handles and UUIDs, those with UUIDs of one size."""
    yield from ()
    first, last = struct.unpack("<xHH", pdu)
    found, size = b"", 0
    for row in table.within(first, last):
        size = size or len(row.type)
        if len(row.type) != size or 2 + len(found) + 2 + size > client.mtu:
            break
        found += row.handle.to_bytes(2, "little") + row.type
    if not found:
        raise Refused(ErrorCode.ATTRIBUTE_NOT_FOUND, first)
    return bytes([Opcode.ATT_FIND_INFORMATION_RESPONSE, 0x01 if size == 2 else 0x02]) + found


def _find_by_type_value(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.3.3: a value of the device is not compared, since reading it may need permission."""
    yield from ()
    first, last, kind = struct.unpack_from("<xHH2s", pdu)
    found = b""
    for row in table.within(first, last):
        if row.type != kind or row.value is None or not _is_value(row, pdu[7:]):
            continue
        if 1 + len(found) + 4 > client.mtu:
            break
        found += struct.pack("<HH", row.handle, row.end)
    if not found:
        raise Refused(ErrorCode.ATTRIBUTE_NOT_FOUND, first)
    return bytes([Opcode.ATT_FIND_BY_TYPE_VALUE_RESPONSE]) + found


def _is_value(row: Row, wanted: bytes) -> bool:
    """Whether an attribute has this value; the UUID of a service may be given in both lengths."""
    return row.value == wanted or (row.type in _GROUPS and row.value == short_uuid(wanted))


def _typed_range(pdu: bytes) -> tuple[Handle, Handle, bytes]:
    """Return first handle, last handle and UUID of a Read By Type or Read By Group Type Request."""
    if len(pdu) not in {7, 21}:
        raise struct.error
    first, last = struct.unpack_from("<xHH", pdu)
    return first, last, short_uuid(pdu[5:])


def _read_by_type(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.4.1: values of one length; the error of the first attribute is the answer, one of a later attribute ends the list."""
    first, last, kind = _typed_range(pdu)
    found, length = b"", 0
    for row in table.within(first, last):
        if row.type != kind:
            continue
        try:
            value = yield from table.read(client, row)
        except Refused:
            if not found:
                raise
            break
        entry = row.handle.to_bytes(2, "little") + value[: min(client.mtu - 4, 253)]
        length = length or len(entry)
        if len(entry) != length or 2 + len(found) + length > client.mtu:
            break
        found += entry
    if not found:
        raise Refused(ErrorCode.ATTRIBUTE_NOT_FOUND, first)
    return bytes([Opcode.ATT_READ_BY_TYPE_RESPONSE, length]) + found


def _read_by_group_type(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.4.9: services, those with UUIDs of one size."""
    yield from ()
    first, last, kind = _typed_range(pdu)
    rows = table.within(first, last)
    if kind not in _GROUPS:
        raise Refused(ErrorCode.UNSUPPORTED_GROUP_TYPE, first)
    found, length = b"", 0
    for row in rows:
        if row.type != kind:
            continue
        entry = struct.pack("<HH", row.handle, row.end) + (row.value or b"")[: min(client.mtu - 6, 251)]
        length = length or len(entry)
        if len(entry) != length or 2 + len(found) + length > client.mtu:
            break
        found += entry
    if not found:
        raise Refused(ErrorCode.ATTRIBUTE_NOT_FOUND, first)
    return bytes([Opcode.ATT_READ_BY_GROUP_TYPE_RESPONSE, length]) + found


# Reading


def _read(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.4.3."""
    (handle,) = struct.unpack("<xH", pdu)
    value = yield from table.read(client, table.row(handle))
    return bytes([Opcode.ATT_READ_RESPONSE]) + value[: client.mtu - 1]


def _read_blob(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.4.5."""
    handle, offset = struct.unpack("<xHH", pdu)
    value = yield from table.read(client, table.row(handle))
    if offset > len(value):
        raise Refused(ErrorCode.INVALID_OFFSET, handle)
    if len(value) <= client.mtu - 1:
        raise Refused(ErrorCode.ATTRIBUTE_NOT_LONG, handle)
    return bytes([Opcode.ATT_READ_BLOB_RESPONSE]) + value[offset : offset + client.mtu - 1]


def _handles(pdu: bytes) -> tuple[Handle, ...]:
    """Return the set of handles of a Read Multiple Request: two or more."""
    if len(pdu) < 5:
        raise struct.error
    return struct.unpack(f"<x{(len(pdu) - 1) // 2}H", pdu)


def _read_multiple(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.4.7: the values one after the other, cut at the end of the PDU."""
    values = b""
    for handle in _handles(pdu):
        values += yield from table.read(client, table.row(handle))
    return bytes([Opcode.ATT_READ_MULTIPLE_RESPONSE]) + values[: client.mtu - 1]


def _read_multiple_variable(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.4.11: each value after its length."""
    values = b""
    for handle in _handles(pdu):
        value = yield from table.read(client, table.row(handle))
        values += len(value).to_bytes(2, "little") + value
    return bytes([Opcode.ATT_READ_MULTIPLE_VARIABLE_RESPONSE]) + values[: client.mtu - 1]


# Writing


def _write(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.5.1."""
    (handle,) = struct.unpack_from("<xH", pdu)
    yield from table.write(client, handle, pdu[3:])
    return bytes([Opcode.ATT_WRITE_RESPONSE])


def _prepare_write(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.6.1: the part is queued where the client may write; the device takes or refuses the whole when it is executed."""
    yield from ()
    handle, offset = struct.unpack_from("<xHH", pdu)
    table.check_queued_write(client, handle)
    if len(client.prepared) >= MAX_PREPARED_WRITES:
        raise Refused(ErrorCode.PREPARE_QUEUE_FULL, handle)
    client.prepared.append((handle, offset, pdu[5:]))
    return bytes([Opcode.ATT_PREPARE_WRITE_RESPONSE]) + pdu[1:]


def _execute_write(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.4.6.3: the parts make up values, which are written in the order in which they were begun."""
    (flags,) = struct.unpack("<xB", pdu)
    parts, client.prepared = client.prepared, []
    if flags not in {CANCEL, EXECUTE}:
        raise struct.error
    values: dict[Handle, bytearray] = {}
    for handle, offset, part in parts if flags == EXECUTE else ():
        value = values.setdefault(handle, bytearray())
        if offset > len(value):
            raise Refused(ErrorCode.INVALID_OFFSET, handle)
        value[offset : offset + len(part)] = part
    for handle, value in values.items():
        yield from table.write(client, handle, bytes(value))
    return bytes([Opcode.ATT_EXECUTE_WRITE_RESPONSE])


def not_supported(table: AttributeTable, client: Client, pdu: bytes) -> Steps:
    """3.3: a request that this server does not know."""
    yield from ()
    raise Refused(AttCode.REQUEST_NOT_SUPPORTED)


REQUESTS: Mapping[int, Callable[[AttributeTable, Client, bytes], Steps]] = {
    Opcode.ATT_EXCHANGE_MTU_REQUEST: _exchange_mtu,
    Opcode.ATT_FIND_INFORMATION_REQUEST: _find_information,
    Opcode.ATT_FIND_BY_TYPE_VALUE_REQUEST: _find_by_type_value,
    Opcode.ATT_READ_BY_TYPE_REQUEST: _read_by_type,
    Opcode.ATT_READ_REQUEST: _read,
    Opcode.ATT_READ_BLOB_REQUEST: _read_blob,
    Opcode.ATT_READ_MULTIPLE_REQUEST: _read_multiple,
    Opcode.ATT_READ_BY_GROUP_TYPE_REQUEST: _read_by_group_type,
    Opcode.ATT_READ_MULTIPLE_VARIABLE_REQUEST: _read_multiple_variable,
    Opcode.ATT_WRITE_REQUEST: _write,
    Opcode.ATT_PREPARE_WRITE_REQUEST: _prepare_write,
    Opcode.ATT_EXECUTE_WRITE_REQUEST: _execute_write,
}
