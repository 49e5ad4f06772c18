"""A journal as captured traffic, for tools that people have: Bluetooth as btsnoop, serial lines as pcapng.

A journal has what the attributes of a device were asked and answered, not the packets of a radio. So the capture is made of it:
what the client sent as it sent it, what reached the client as it reached it, and around it what such a tool needs to read it.
An encrypted link and an ATT_MTU appear as the events that they are; the declarations of the characteristics that the journal
names come first on every connection, because a tool knows a handle only from them. Pairing and advertising are not there
(``isletbench up --btsnoop`` captures a run with them).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Any

from isletbench.emulator.core import octets
from isletbench.emulator.core.endpoint import Link, Place
from isletbench.emulator.core.notes import Stage
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    Disconnected,
    ErrorResponse,
    Indicate,
    MtuChanged,
    Notify,
    Read,
    ReadResponse,
    Secured,
    Write,
    WriteResponse,
)
from isletbench.emulator.journal.entries import Direction, Entry, FrameEntry, Header, OutgoingEntry, RequestEntry
from isletbench.protocols.att import Property
from isletbench.protocols.captures import att_pdus, hci, pcapng
from isletbench.protocols.captures.att_pdus import PduOpcode, pdu
from isletbench.protocols.captures.btsnoop import BtsnoopFile, MonitorOpcode, new_index
from isletbench.protocols.captures.hci import EventCode
from isletbench.protocols.captures.pcapng import LinkType, PcapngFile
from isletbench.protocols.catalogue import COMPANION_TYPES, SERVICES, TYPES

PROPERTIES = {known.uuid: known.properties for known in (*TYPES.values(), *COMPANION_TYPES.values())}
"""What may be done with each characteristic, by its UUID."""
SERVICE_OF = {known.uuid: SERVICES[name.partition(".")[0]] for name, known in (*TYPES.items(), *COMPANION_TYPES.items())}
"""The service of each, by its UUID. The record access control point is of several: the handles around it decide."""
CCCD_UUID, RACP_UUID = 0x2902, 0x2A52
REMOTE_USER_TERMINATED = 0x13
"""Why a connection ended, where the journal does not say. Core Vol 1, Part F, 1.3."""
INTERVAL, TIMEOUT = 24, 72
"""Of a connection, where the journal does not say: 30 ms and 720 ms, in units of 1.25 and 10 ms."""


class NothingToExport(ValueError):
    """The journal has no traffic of this kind; one sentence."""


def export_bluetooth(entries: Sequence[Entry], file: IO[bytes]) -> int:
    """Write what was said over Bluetooth LE as btsnoop; returns the number of packets. Raises ``NothingToExport``."""
    air = _Air(entries)
    if not any(isinstance(entry.request, Connected) for entry in air.messages if isinstance(entry, RequestEntry)):
        raise NothingToExport("expected a connection over Bluetooth LE, got none: --pcapng FILE writes serial lines")
    began = microseconds(entries, 0)
    capture = BtsnoopFile(file, began)
    for name, adapter in air.adapters.items():
        capture.write(began, adapter, MonitorOpcode.NEW_INDEX, new_index(name, bytes(6)))
    count = 0
    for entry in air.messages:
        adapter = air.adapters[entry.device]
        for opcode, packet in air.packets(entry):
            capture.write(microseconds(entries, entry.at), adapter, opcode, packet)
            count += 1
    return count


def export_serial(entries: Sequence[Entry], file: IO[bytes]) -> int:
    """Write what was said over serial lines as pcapng; returns the number of packets. Raises ``NothingToExport``."""
    capture = PcapngFile(file)
    interfaces: dict[str, int] = {}
    count = 0
    for at, line, direction, packet, kind in _on_lines(entries):
        if line not in interfaces:
            interfaces[line] = capture.interface(line, kind)
        capture.write(microseconds(entries, at), interfaces[line], direction, packet)
        count += 1
    if not interfaces:
        raise NothingToExport("expected octets of a serial line, got none: --btsnoop FILE writes Bluetooth LE")
    return count


def microseconds(entries: Sequence[Entry], at: Instant) -> int:
    """An instant of the bench as microseconds since 1970: the date at the devices, as if it were UTC."""
    header = entries[0]
    start = header.start if isinstance(header, Header) else None
    began = 0.0 if start is None else datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()
    return round(began * 1_000_000) + at * 1_000


# Serial lines


def _on_lines(entries: Iterable[Entry]) -> Iterator[tuple[Instant, str, pcapng.Direction, bytes, LinkType]]:
    """Everything that was on a serial line: when, on which, which way, octets, what it is."""
    directions = {Direction.IN: pcapng.Direction.INBOUND, Direction.OUT: pcapng.Direction.OUTBOUND}
    for entry in entries:
        match entry:
            case FrameEntry():
                yield entry.at, entry.carrier, directions[entry.direction], entry.octets, LinkType.FRAMES
            case RequestEntry(request=octets.Received(link, value) | octets.Command(link, value)) if _left(entry):
                yield entry.at, carrier_of(link), pcapng.Direction.INBOUND, value, LinkType.OCTETS
            case OutgoingEntry(outgoing=octets.Octets(link, value) | octets.Answer(link, value)) if _left(entry):
                yield entry.at, carrier_of(link), pcapng.Direction.OUTBOUND, value, LinkType.OCTETS


def carrier_of(link: Link) -> str:
    """The name of the carrier of a link."""
    return link.rpartition("#")[0]


def _left(entry: RequestEntry | OutgoingEntry) -> bool:
    """Whether this is the line of a message by which it is counted: as the client sent it, or as the client got it."""
    if isinstance(entry, OutgoingEntry):
        return entry.stage is Stage.REPLY_SENT
    return entry.stage is Stage.ON_THE_WIRE or not entry.faults


# Bluetooth LE


@dataclass(slots=True)
class _Connection:
    handle: int
    """Of the connection, at its host."""
    request: tuple[PduOpcode, int] = (PduOpcode.READ_REQUEST, 0)
    """The last request that has to be answered, and its attribute."""


@dataclass(slots=True)
class _Air:
    """The messages over Bluetooth LE, and the packets of each."""

    entries: Sequence[Entry]
    messages: list[RequestEntry | OutgoingEntry] = field(init=False)
    adapters: dict[str, int] = field(init=False)
    """The number of every device."""
    _attributes: dict[str, dict[int, Place]] = field(init=False, default_factory=dict)
    """The attributes of every device that the journal names, by handle."""
    _connections: dict[Link, _Connection] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        lines = {entry.carrier for entry in self.entries if isinstance(entry, FrameEntry)}
        found = [entry for entry in self.entries if isinstance(entry, RequestEntry | OutgoingEntry)]
        self.messages = [entry for entry in found if carrier_of(_link(entry)) not in lines and _left(entry)]
        self.adapters = {name: number for number, name in enumerate(dict.fromkeys(entry.device for entry in self.messages))}
        for entry in self.messages:
            handle = getattr(_content(entry), "handle", None)
            if handle is not None and entry.place is not None:
                self._attributes.setdefault(entry.device, {})[handle] = entry.place

    def packets(self, entry: RequestEntry | OutgoingEntry) -> Iterator[tuple[MonitorOpcode, bytes]]:
        """The packets of a message; none for one that Bluetooth does not have."""
        content, link = _content(entry), _link(entry)
        if isinstance(content, Connected):
            self._connections[link] = _Connection(len(self._connections) + 1)
            yield MonitorOpcode.EVENT, self._begun(self._connections[link].handle)
        connection = self._connections.get(link)
        if connection is None:
            return  # the journal begins in the middle of it
        if isinstance(content, Connected):
            yield from _both_ways(connection.handle, self._declarations(entry.device))
        elif isinstance(content, Secured):
            yield MonitorOpcode.EVENT, hci.event(EventCode.ENCRYPTION_CHANGE, hci.EncryptionChange(0, connection.handle, 1))
        elif isinstance(content, MtuChanged):
            mtu = att_pdus.Mtu(content.mtu)
            exchange = (pdu(PduOpcode.EXCHANGE_MTU_REQUEST, mtu), pdu(PduOpcode.EXCHANGE_MTU_RESPONSE, mtu))
            yield from _both_ways(connection.handle, [exchange])
        elif isinstance(content, Disconnected):
            ended = hci.DisconnectionComplete(0, connection.handle, REMOTE_USER_TERMINATED)
            yield MonitorOpcode.EVENT, hci.event(EventCode.DISCONNECTION_COMPLETE, ended)
            del self._connections[link]
        elif octets_of := self._pdu(content, connection):
            direction = MonitorOpcode.ACL_RX if isinstance(entry, RequestEntry) else MonitorOpcode.ACL_TX
            yield direction, hci.acl(connection.handle, octets_of)

    def _begun(self, handle: int) -> bytes:
        complete = hci.LeConnectionComplete(1, 0, handle, 1, 1, bytes(6), INTERVAL, 0, TIMEOUT, 0)
        return hci.event(EventCode.LE_META, complete)

    def _declarations(self, device: str) -> Iterator[tuple[bytes, bytes]]:
        """A request and its answer for each service and each attribute that the journal names."""
        attributes = sorted(self._attributes.get(device, {}).items())
        for service, first, last in _services(attributes):
            yield (
                pdu(PduOpcode.READ_BY_GROUP_TYPE_REQUEST, att_pdus.RangeOfType(first, last, att_pdus.PRIMARY_SERVICE)),
                pdu(PduOpcode.READ_BY_GROUP_TYPE_RESPONSE, att_pdus.Group(6, first, last, service)),
            )
        for handle, place in attributes:
            if place.is_descriptor:
                yield (
                    pdu(PduOpcode.FIND_INFORMATION_REQUEST, att_pdus.Range(handle, handle)),
                    pdu(PduOpcode.FIND_INFORMATION_RESPONSE, att_pdus.Information(1, handle, CCCD_UUID)),
                )
            else:
                properties = PROPERTIES.get(place.characteristic, Property(0))
                declared = att_pdus.Declaration(7, handle - 1, properties, handle, place.characteristic)
                wanted = att_pdus.RangeOfType(handle - 1, handle - 1, att_pdus.CHARACTERISTIC_DECLARATION)
                yield pdu(PduOpcode.READ_BY_TYPE_REQUEST, wanted), pdu(PduOpcode.READ_BY_TYPE_RESPONSE, declared)

    def _pdu(self, content: Any, connection: _Connection) -> bytes | None:
        match content:
            case Read(handle=handle):
                connection.request = (PduOpcode.READ_REQUEST, handle)
                return pdu(PduOpcode.READ_REQUEST, att_pdus.Attribute(handle))
            case Write(handle=handle, value=value, response=response):
                if response:
                    connection.request = (PduOpcode.WRITE_REQUEST, handle)
                opcode = PduOpcode.WRITE_REQUEST if response else PduOpcode.WRITE_COMMAND
                return pdu(opcode, att_pdus.HandleValue(handle, value))
            case Confirm():
                return pdu(PduOpcode.CONFIRMATION, att_pdus.Nothing())
            case ReadResponse(value=value):
                return pdu(PduOpcode.READ_RESPONSE, att_pdus.Value(value))
            case WriteResponse():
                return pdu(PduOpcode.WRITE_RESPONSE, att_pdus.Nothing())
            case ErrorResponse(code=code):
                asked, handle = connection.request
                return pdu(PduOpcode.ERROR_RESPONSE, att_pdus.Refusal(asked, handle, code))
            case Notify(handle=handle, value=value):
                return pdu(PduOpcode.NOTIFICATION, att_pdus.HandleValue(handle, value))
            case Indicate(handle=handle, value=value):
                return pdu(PduOpcode.INDICATION, att_pdus.HandleValue(handle, value))
            case _:
                # what a client asks the link itself for is kept as it was
                return getattr(content, "value", None) if getattr(content, "of_link", False) else None


def _services(attributes: Sequence[tuple[int, Place]]) -> Iterator[tuple[int, int, int]]:
    """The UUID of each service of these attributes, the handle before the first declaration, and the last one known."""
    service, first, last = 0, 0, 0
    for handle, place in attributes:
        of_it = service if place.characteristic == RACP_UUID and service else SERVICE_OF.get(place.characteristic, 0)
        if of_it != service and service:
            yield service, first, last
        if of_it != service:
            service, first = of_it, handle - 2
        last = handle
    if service:
        yield service, first, last


def _both_ways(handle: int, exchanges: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[MonitorOpcode, bytes]]:
    for request, response in exchanges:
        yield MonitorOpcode.ACL_RX, hci.acl(handle, request)
        yield MonitorOpcode.ACL_TX, hci.acl(handle, response)


def _content(entry: RequestEntry | OutgoingEntry) -> Any:
    return entry.request if isinstance(entry, RequestEntry) else entry.outgoing


def _link(entry: RequestEntry | OutgoingEntry) -> Link:
    link: Link = _content(entry).link
    return link
