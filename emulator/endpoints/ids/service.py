"""The Insulin Delivery Service over a pump: what a collector sees. Decides nothing: asks the pump. Source: IDS 1.0.2."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import Any

from isletbench.emulator.core import notes
from isletbench.emulator.core.notes import Accepted, Committed, Decoded, IgnoredRequest, Note
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.ids import command, status_reader
from isletbench.emulator.endpoints.ids.answer import Answer
from isletbench.emulator.endpoints.ids.history import aux_of, read, would_report
from isletbench.emulator.endpoints.ids.refusals import Rejected, response_to
from isletbench.emulator.gatt import (
    Advertisement,
    CharacteristicSpec,
    GattDevice,
    Link,
    Peer,
    Security,
    Send,
    Service,
    ServiceAction,
    ServiceSpec,
    Silence,
)
from isletbench.emulator.gatt.companions import (
    BatteryService,
    BondManagementService,
    CurrentTimeService,
    DeviceInformationService,
    Identity,
    ImmediateAlertService,
)
from isletbench.emulator.gatt.record_access import RecordAccess, Transfer, Transfers
from isletbench.emulator.pump.amounts import iu
from isletbench.emulator.pump.happenings import Outcome
from isletbench.emulator.pump.history import Entry
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.records import ReferenceTime
from isletbench.emulator.pump.states import Refused
from isletbench.protocols import ids, racp
from isletbench.protocols.att import AttCode, AttError
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.code_words import is_code_word
from isletbench.protocols.e2e import COUNTER_SIZE, CRC_SIZE, next_counter
from isletbench.protocols.errors import BadCrc, WireError
from isletbench.protocols.fields import Special
from isletbench.protocols.ids import Feature, Response, StatusFlag
from isletbench.protocols.packet import ControlPoint
from isletbench.protocols.racp import IDS, IdsFilter, Operation

DURABLE, PATCH = 0x0D41, 0x0D44
"""The appearance of an insulin pump: durable, patch. Assigned Numbers, section 2.6."""
RACP = ids.RECORD_ACCESS.uuid
NOTHING = StatusFlag(0)


@dataclass
class Client:
    """What the service remembers of one connection."""

    peer: Peer
    transfer: Transfer[Entry]
    """History on its way to it."""
    sent: dict[int, int] = field(default_factory=dict)
    """The last E2E-counter sent, by characteristic."""
    received: dict[int, int] = field(default_factory=dict)
    """The last one accepted, by control point."""
    rejected: dict[int, int] = field(default_factory=dict)
    """Writes refused since then: the client may or may not have counted them."""
    procedure: int | None = None
    """The control point whose procedure runs; its indication has not been confirmed."""
    flags: StatusFlag = NOTHING
    """The Status Changed bits it has been notified of."""
    notified: dict[int, Any] = field(default_factory=dict)
    """The values of Status and Annunciation Status it has been notified of."""


class PumpService:
    """One pump as GATT characteristics. ``spec`` is its part of the table."""

    def __init__(self, pump: Pump, security: Security = Security.AUTHENTICATED) -> None:
        self._pump = pump
        self._protected = pump.profile.protected
        self._commands = command.Commands(pump)
        self._writer: Link | None = None
        """Whose profile template is on its way in."""
        self._silent = False
        history = pump.history
        self._access = RecordAccess(
            IDS, history.entries, deletes=True, kinds=_KINDS, splits=history.splits, reported_for=history.reported
        )
        self._clients: dict[Link, Client] = {}
        self._transfers = Transfers[Entry]()
        self._seen = 0
        """How many operations the pump had carried out when the clients were notified last."""
        self.spec = ServiceSpec(
            ids.SERVICE, tuple(CharacteristicSpec(c.uuid, c.properties, security) for c in ids.CHARACTERISTICS)
        )

    @property
    def next_deadline(self) -> Instant | None:
        """The next record of history on its way to a client."""
        return self._transfers.next_deadline

    def connected(self, peer: Peer, now: Instant) -> None:
        client = Client(peer, self._transfers.open(self._pump.profile.transfer_spacing), flags=self._pump.parts.status.changed)
        client.notified = {c.uuid: self._value(c.uuid) for c in (ids.STATUS, ids.ANNUNCIATION_STATUS)}
        self._clients[peer.link] = client

    def disconnected(self, peer: Peer, now: Instant) -> None:
        self._transfers.close(self._clients.pop(peer.link).transfer)
        if self._writer == peer.link:
            self._commands.discard()

    # Values

    def _value(self, uuid: int) -> Any:
        pump, parts = self._pump, self._pump.parts
        match uuid:
            case ids.STATUS_CHANGED.uuid:
                return ids.StatusChanged(parts.status.changed)
            case ids.STATUS.uuid:
                shown = parts.reservoir.shown
                states = parts.therapy.state, parts.operation.state
                if shown is None:
                    return ids.Status(*states, Special.NAN, reservoir_attached=False)
                return ids.Status(*states, iu(shown))
            case ids.FEATURES.uuid:
                return ids.Features(float(pump.profile.concentration), pump.profile.features)
            case _ if first := parts.annunciations.shown:
                return ids.AnnunciationStatusValue(
                    ids.Annunciation(first.instance_id, first.type, first.status), *aux_of(first.detail)
                )
            case _:
                return ids.AnnunciationStatusValue()

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        characteristic = next(c for c in ids.CHARACTERISTICS if c.uuid == uuid)
        return self._sealed(self._clients[peer.link], characteristic, self._value(uuid))

    def _sealed(self, client: Client, characteristic: Characteristic, value: Any) -> bytes:
        """The value with the next counter of this characteristic on this connection (IDS 1.0.2, section 3.1.1)."""
        uuid = characteristic.uuid
        client.sent[uuid] = next_counter(client.sent.get(uuid, 0))
        return characteristic.encode(value, protected=self._protected, counter=client.sent[uuid])

    def _tell(self, client: Client, characteristic: Characteristic, value: Any) -> Iterable[Send]:
        """Send a client that wants to know. A client that has not subscribed costs no counter."""
        if client.peer.subscribed(self.spec, characteristic.uuid):
            yield Send(client.peer, characteristic.uuid, self._sealed(client, characteristic, value))

    def _news(self) -> Iterable[Send]:
        """Notify every client of what has changed since it was notified last."""
        if self._pump.performed == self._seen:
            return ()
        self._seen = self._pump.performed
        return self._changes()

    def _changes(self) -> Iterable[Send]:
        """What differs from what each client was notified of. The new information is readable before its bit goes up."""
        for client in tuple(self._clients.values()):
            changed = self._pump.parts.status.changed
            risen, cleared = changed & ~client.flags, client.flags & ~changed
            client.flags = changed
            if risen or (cleared and self._pump.profile.habits.indicates_cleared_status):
                yield from self._tell(client, ids.STATUS_CHANGED, self._value(ids.STATUS_CHANGED.uuid))
            for characteristic in (ids.STATUS, ids.ANNUNCIATION_STATUS):
                if characteristic is ids.ANNUNCIATION_STATUS and not self._pump.parts.annunciations.are_sent:
                    continue
                value = self._value(characteristic.uuid)
                if client.notified[characteristic.uuid] != value:
                    client.notified[characteristic.uuid] = value
                    yield from self._tell(client, characteristic, value)

    def _radio(self) -> Iterable[Silence]:
        """Flight mode begins when its answer has arrived: what happens to the radio is our choice, IDS does not say."""
        if self._pump.parts.status.flight_mode != self._silent and all(
            client.procedure is None for client in self._clients.values()
        ):
            self._silent = self._pump.parts.status.flight_mode
            yield Silence(self._silent)

    # Control points

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        client = self._clients[peer.link]
        match uuid:
            case ids.STATUS_READER_POINT.uuid:
                answered = self._read_status(client, value, now)
            case ids.COMMAND_POINT.uuid:
                answered = self._command(client, value, now)
            case _:
                answered = self._access_records(client, value, now)
        return [*answered, *self._news()]

    def _opened(
        self,
        client: Client,
        point: Characteristic,
        value: bytes,
        shortest: int,
        answered_through: Callable[[bytes], Characteristic | None] = lambda payload: None,
    ) -> bytes:
        """The payload of a write that begins a procedure, or the ATT error (IDS 1.0.2, sections 1.8 and 3.11).

        ``answered_through`` says which other characteristic a payload's answer needs switched on.
        """
        try:
            payload, counter = self._examined(client, point, value, shortest)
            if (other := answered_through(payload)) is not None:
                self._demand(client, other)
        except AttError:
            # whether a refused write used a counter up, clients differ in
            client.rejected[point.uuid] = client.rejected.get(point.uuid, 0) + 1
            raise
        if counter is not None:
            client.received[point.uuid], client.rejected[point.uuid] = counter, 0
        return payload

    def _examined(self, client: Client, point: Characteristic, value: bytes, shortest: int) -> tuple[bytes, int | None]:
        if len(value) < shortest:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, f"expected an op code, got {len(value)} octets")
        self._demand(client, point)
        if client.procedure is not None and not (point.uuid == RACP and _is_abort(value)):
            raise AttError(AttCode.PROCEDURE_ALREADY_IN_PROGRESS, f"a procedure of {client.procedure:04X} is running")
        if self._protected and len(value) < shortest + COUNTER_SIZE + CRC_SIZE:
            raise AttError(ids.IdsErrorCode.INVALID_COUNTER, f"expected a counter and a CRC, got {len(value)} octets")
        try:
            payload, counter = point.envelope.open(value, protected=self._protected)
        except BadCrc as error:
            raise AttError(ids.IdsErrorCode.INVALID_CRC, str(error)) from None
        if counter is not None and counter not in (acceptable := self._acceptable(client, point)):
            raise AttError(ids.IdsErrorCode.INVALID_COUNTER, f"expected counter {acceptable[0]}, got {counter}")
        return payload, counter

    def _acceptable(self, client: Client, point: Characteristic) -> list[int]:
        """One more than the last accepted counter, and as many more as there were refused writes since."""
        tolerated = 0 if self._pump.profile.habits.strict_counters else client.rejected.get(point.uuid, 0)
        found = [next_counter(client.received.get(point.uuid, 255))]
        for _ in range(tolerated):
            found.append(next_counter(found[-1]))
        return found

    def _demand(self, client: Client, characteristic: Characteristic) -> None:
        """An answer through this characteristic needs it switched on (IDS 1.0.2, sections 3.7.2.33, 3.9.4.6 and 3.11.4)."""
        if not client.peer.subscribed(self.spec, characteristic.uuid):
            raise AttError(AttCode.CCCD_IMPROPERLY_CONFIGURED, f"the CCCD of {characteristic.uuid:04X} is off")

    def _read_status(self, client: Client, value: bytes, now: Instant) -> Iterable[Send | Note]:
        payload = self._opened(client, ids.STATUS_READER_POINT, value, 2)
        if self._ignores(payload):
            return [IgnoredRequest(now, payload[:2].hex())]
        client.procedure = ids.STATUS_READER_POINT.uuid
        self._commands.discard()

        def perform(operation: Any) -> Answer:
            return status_reader.perform(operation, self._pump, now)

        return self._operate(client, ids.STATUS_READER_POINT, payload, now, supports=status_reader.supports, perform=perform)

    def _command(self, client: Client, value: bytes, now: Instant) -> Iterable[Send | Note]:
        payload = self._opened(client, ids.COMMAND_POINT, value, 2, self._needs_data)
        if self._ignores(payload):
            return [IgnoredRequest(now, payload[:2].hex())]
        client.procedure, self._writer = ids.COMMAND_POINT.uuid, client.peer.link

        def perform(operation: Any) -> Answer:
            return self._commands.perform(operation, now)

        return self._operate(client, ids.COMMAND_POINT, payload, now, supports=command.supports, perform=perform)

    def _ignores(self, payload: bytes) -> bool:
        return self._pump.profile.habits.ignores_prohibited and not is_code_word(int.from_bytes(payload[:2], "little"))

    def _needs_data(self, payload: bytes) -> Characteristic | None:
        kind = ids.COMMAND.operations.get(ids.COMMAND.peek(payload))
        through = kind in command.THROUGH_DATA and command.supports(kind, self._pump)
        return ids.COMMAND_DATA_VALUE if through else None

    def _operate(
        self,
        client: Client,
        point: Characteristic,
        payload: bytes,
        now: Instant,
        *,
        supports: Callable[[type[Any], Pump], bool],
        perform: Callable[[Any], Answer],
    ) -> Iterable[Send | Note]:
        """One procedure, from its op code to the indication that ends it. Checks in the order of docs/pump.md."""
        assert isinstance(point.layout, ControlPoint)
        refusal = ids.StatusReaderResponseCode if point is ids.STATUS_READER_POINT else ids.CommandResponseCode
        opcode = point.layout.peek(payload)
        written: list[Note] = []
        answer = Answer(None)
        try:
            kind = point.layout.operations.get(opcode)
            if kind is None or not supports(kind, self._pump):
                raise Rejected(Response.OPCODE_NOT_SUPPORTED, f"op code 0x{opcode:04X} is not supported")
            operation = point.layout.decode(payload)
            written.append(Decoded(now, type(operation).__name__, operation))
            answer = perform(operation)
        except WireError as error:
            written.append(_refused(now, error))
            answer.last = refusal(opcode, Response.INVALID_OPERAND)
            self._commands.discard()
        except (Refused, Rejected) as error:
            written.append(_refused(now, error))
            answer.last = refusal(opcode, response_to(error))
            self._commands.discard()
        else:
            written.append(Accepted(now, type(operation).__name__))
            if answer.changed:
                written.append(Committed(now, type(operation).__name__))
        tells = [tell for record in answer.records for tell in self._tell(client, ids.COMMAND_DATA_VALUE, record)]
        return [*written, *tells, *self._tell(client, point, answer.last)]

    # Record access. IDS 1.0.2, section 3.9

    def _access_records(self, client: Client, value: bytes, now: Instant) -> Iterable[Send | Note]:
        payload = self._opened(client, ids.RECORD_ACCESS, value, 1, _needs_history)
        client.procedure = RACP
        self._commands.discard()
        try:
            request = IDS.decode(payload)
        except racp.Refused as refused:
            return [_refused(now, refused), *self._tell(client, ids.RECORD_ACCESS, racp.Response(payload[0], refused.outcome))]
        return [Decoded(now, "record_access", request), *self._perform(client, request, payload[0], now)]

    def reported_by(self, value: bytes) -> Sequence[ids.HistoryRecord]:
        """The records that a write to the record access control point would report now."""
        return would_report(self._access, self._pump.history, value, protected=self._protected)

    def _perform(self, client: Client, request: racp.Request, opcode: int, now: Instant) -> Iterable[Send | Note]:
        answer = self._access.perform(request, opcode, client.transfer, now).answer
        if answer is None:
            yield Accepted(now, "report", len(client.transfer.records))
        else:
            yield from self._tell(client, ids.RECORD_ACCESS, answer)

    def _transfer(self, client: Client, now: Instant) -> Iterable[Send]:
        """One record; after the last one, the answer."""
        if client.transfer.step(now):
            record = read(self._pump.history, client.transfer.records.popleft())
            yield from self._tell(client, ids.HISTORY_DATA, record)
        else:
            yield from self._tell(client, ids.RECORD_ACCESS, self._access.reported)

    # Confirmation and time

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[ServiceAction]:
        client = self._clients[peer.link]
        if uuid == client.procedure and client.transfer.due is None:
            client.procedure = None
        return self._radio()

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """IDS 1.0.2, section 3.11.3: the procedure has failed, and nothing more is sent for it."""
        client = self._clients[peer.link]
        if uuid == client.procedure:
            client.procedure = None
            client.transfer.stop()

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[ServiceAction]:
        silent, seen = self._pump.parts.status.flight_mode, self._pump.performed
        if silent == self._silent and seen == self._seen and not self._transfers.is_due(now):
            return ()
        return self._advance(now)

    def _advance(self, now: Instant) -> Iterable[ServiceAction]:
        for client in tuple(self._clients.values()):
            if client.transfer.due is not None and client.transfer.due <= now:
                yield from self._transfer(client, now)
        yield from self._news()
        yield from self._radio()


def _needs_history(payload: bytes) -> Characteristic | None:
    return ids.HISTORY_DATA if payload[0] == IDS.opcodes[Operation.REPORT] else None


def _is_abort(value: bytes) -> bool:
    return value[0] == IDS.opcodes[Operation.ABORT]


def _refused(now: Instant, why: Exception) -> Note:
    return notes.Refused(now, str(why))


_KINDS: dict[int, Callable[[Entry], bool]] = {
    IdsFilter.SEQUENCE_NUMBER_OF_REFERENCE_TIME: lambda entry: isinstance(entry.record, ReferenceTime),
    IdsFilter.SEQUENCE_NUMBER_OF_OTHER_EVENTS: lambda entry: not isinstance(entry.record, ReferenceTime),
}


def identity_of(name: str, profile: str) -> Identity:
    """What a pump says of its make unless the rig says otherwise."""
    return Identity("isletbench", f"Virtual pump, {profile}", name, "1")


def _unless_refused(operation: Callable[[], Outcome[None]]) -> bool:
    """Whether a write to another service has changed the pump. Raises ``AttError`` where the pump does not carry it out."""
    try:
        return operation().changed
    except Refused as refused:
        raise AttError(AttCode.WRITE_REQUEST_REJECTED, str(refused)) from None


def pump_endpoint(name: str, pump: Pump, advertised: str, identity: Identity | None = None) -> GattDevice:
    """A pump as a GATT device, with the services of IDP 1.0.2 beside it; ``advertised`` is its local name on the air."""
    services: list[Service] = [
        PumpService(pump),
        DeviceInformationService(identity or identity_of(name, pump.profile.name), number=lambda: pump.parts.status.number),
        BatteryService(pump.battery_level),
        CurrentTimeService(
            pump.parts.clock.reading,
            lambda to, now: _unless_refused(lambda: pump.set_clock(to, now, by_client=True)),
            set_local_time=lambda zone, dst, now: _unless_refused(lambda: pump.set_local_time(zone, dst, now)),
        ),
        ImmediateAlertService(lambda level, now: pump.alert(level, now).changed),
    ]
    if Feature.MULTIPLE_BOND in pump.profile.features:
        services.append(BondManagementService(pump.profile.authorization))
    appearance = PATCH if pump.profile.patch else DURABLE
    advertisement = Advertisement(advertised, (ids.SERVICE,), appearance)
    return GattDevice(name, pump, services, advertisement, on_traffic=pump.serve_clients)
