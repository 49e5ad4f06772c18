"""The Continuous Glucose Monitoring Service over a sensor: what a collector sees. Source: CGMS 1.0.1."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import field

from isletbench.emulator.cgm.records import SensorRecord
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.core.notes import Accepted, Committed, Decoded, Note, Refused
from isletbench.emulator.core.quantities import Instant, Span, hours, minutes
from isletbench.emulator.core.values import dataclass
from isletbench.emulator.endpoints.cgms import packets, specific_ops
from isletbench.emulator.gatt import (
    Advertisement,
    CharacteristicSpec,
    GattDevice,
    Link,
    Peer,
    Security,
    Send,
    Service,
    ServiceSpec,
)
from isletbench.emulator.gatt.companions import (
    BatteryService,
    BondManagementService,
    CurrentTimeService,
    DeviceInformationService,
    Identity,
)
from isletbench.emulator.gatt.notes import SessionTimeSet
from isletbench.emulator.gatt.record_access import RecordAccess, Transfer, Transfers
from isletbench.protocols import cgms, racp
from isletbench.protocols.att import AttCode, AttError
from isletbench.protocols.cgms import CgmErrorCode, Feature
from isletbench.protocols.characteristic import Characteristic
from isletbench.protocols.errors import BadCrc, MissingCrc, ReservedValue, WireError
from isletbench.protocols.racp import GENERIC, CountResponse, Operation, Outcome, Response

APPEARANCE = 0x0D00
"""Continuous glucose monitor, generic. Assigned Numbers, section 2.6."""
RACP, SOCP = cgms.RECORD_ACCESS.uuid, cgms.SPECIFIC_OPS_POINT.uuid


@dataclass
class Client:
    """The state of one connection."""

    peer: Peer
    notified_at: Span
    """When measurements were notified last, as time since the session's start."""
    transfer: Transfer[SensorRecord]
    """Stored records on their way to it."""
    news: deque[SensorRecord] = field(default_factory=deque)
    """Results that have been sent since the last round of notifications."""
    open_procedures: set[int] = field(default_factory=set)
    """Control points whose closing indication has not been confirmed."""


class CgmService:
    """One sensor as GATT characteristics. ``spec`` is its part of the attribute table."""

    def __init__(self, sensor: Sensor, security: Security) -> None:
        self._sensor = sensor
        self._protected = sensor.profile.protected
        self._access = RecordAccess(GENERIC, sensor.records, deletes=True)
        self._clients: dict[Link, Client] = {}
        self._transfers = Transfers[SensorRecord]()
        self._awaits_round = False
        """Whether a client has results that it was not sent yet."""
        self.spec = ServiceSpec(
            cgms.SERVICE,
            tuple(
                CharacteristicSpec(c.uuid, c.properties, security, cccd_read_security=Security.OPEN)
                for c in cgms.CHARACTERISTICS
            ),
        )

    @property
    def next_deadline(self) -> Instant | None:
        """The next stored record on its way to a client."""
        return self._transfers.next_deadline

    def connected(self, peer: Peer, now: Instant) -> None:
        spacing = self._sensor.profile.choices.transfer_spacing
        self._clients[peer.link] = Client(peer, self._sensor.session.elapsed(now), self._transfers.open(spacing))

    def disconnected(self, peer: Peer, now: Instant) -> None:
        self._transfers.close(self._clients.pop(peer.link).transfer)

    # Values

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        sensor, profile = self._sensor, self._sensor.profile
        match uuid:
            case cgms.FEATURE.uuid:
                origin = (profile.sample_type, profile.sample_location)
                return self._sealed(cgms.FEATURE, cgms.FeatureValue(profile.features, origin))
            case cgms.STATUS.uuid:
                return self._sealed(cgms.STATUS, cgms.Status(sensor.session.time_offset(now), sensor.annunciation(now)))
            case cgms.SESSION_START_TIME.uuid:
                return self._sealed(cgms.SESSION_START_TIME, packets.start_time(sensor.session.start_time))
            case _:
                return self._sealed(cgms.SESSION_RUN_TIME, cgms.SessionRunTime(sensor.session.life // hours(1)))

    def _sealed(self, characteristic: Characteristic, value: object) -> bytes:
        return characteristic.encode(value, protected=self._protected)

    # Writes

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        client = self._clients[peer.link]
        match uuid:
            case cgms.RECORD_ACCESS.uuid:
                return self._access_records(client, value, now)
            case cgms.SPECIFIC_OPS_POINT.uuid:
                return self._operate(client, value, now)
            case _:
                return self._set_time(value, now)

    def _set_time(self, value: bytes, now: Instant) -> Iterable[Note]:
        payload = self._opened(cgms.SESSION_START_TIME, value, bare_length=9)
        try:
            written: cgms.SessionStartTime = cgms.SESSION_START_TIME.decode_payload(payload)
            client_time = written.time.to_datetime()
        except ReservedValue as error:
            raise AttError(AttCode.OUT_OF_RANGE, str(error)) from None
        except WireError as error:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, str(error)) from None
        said = Decoded(now, "session_start_time", written)
        if self._sensor.set_time(client_time, written.time_zone, written.dst_offset, now):
            return [said, SessionTimeSet(now)]
        return [said]

    def _opened(self, characteristic: Characteristic, value: bytes, bare_length: int | None) -> bytes:
        """A written value out of its envelope, or the ATT error that CGMS 1.0.1, section 1.8 asks for.

        ``bare_length`` is how long the value is without a CRC: a client that sends just that has left the CRC out.
        """
        if self._protected and len(value) == bare_length:
            raise AttError(CgmErrorCode.MISSING_CRC, f"expected {len(value) + 2} octets with the CRC, got {len(value)}")
        try:
            return characteristic.envelope.open(value, protected=self._protected)[0]
        except MissingCrc as error:
            raise AttError(CgmErrorCode.MISSING_CRC, str(error)) from None
        except BadCrc as error:
            raise AttError(CgmErrorCode.INVALID_CRC, str(error)) from None

    # Record access. CGMS 1.0.1, section 3.6

    def _access_records(self, client: Client, value: bytes, now: Instant) -> Iterable[Send | Note]:
        self._demand_cccd(client, RACP)
        aborts = value[:1] == bytes([GENERIC.opcodes[Operation.ABORT]])
        if RACP in client.open_procedures and not aborts:
            raise AttError(AttCode.PROCEDURE_ALREADY_IN_PROGRESS)
        if not value:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, "expected an op code and an operator")
        opcode = value[0]
        try:
            operation, _ = GENERIC.head(value)
            if operation is Operation.REPORT:
                self._demand_cccd(client, cgms.MEASUREMENT.uuid)
            request = GENERIC.decode(value)
        except racp.Refused as refused:
            note = Refused(now, str(refused))
            return [note, self._answer_racp(client, Response(opcode, refused.outcome))]
        client.open_procedures.add(RACP)
        return [Decoded(now, "record_access", request), *self._perform(client, request, opcode, now)]

    def reported_by(self, value: bytes) -> Sequence[cgms.Measurement]:
        """The measurements that a write to the record access control point would report now; none for octets of no sense."""
        try:
            return [packets.measurement(record) for record in self._access.would_report(GENERIC.decode(value))]
        except WireError:
            return ()

    def _perform(self, client: Client, request: racp.Request, opcode: int, now: Instant) -> Iterable[Send | Note]:
        performed = self._access.perform(request, opcode, client.transfer, now)
        if performed.answer is None:
            yield Accepted(now, "report", len(client.transfer.records))
            return
        if performed.deleted:
            yield Committed(now, "delete", performed.answer)
        yield self._answer_racp(client, performed.answer)

    def _answer_racp(self, client: Client, answer: CountResponse | Response) -> Send:
        client.open_procedures.add(RACP)
        return Send(client.peer, RACP, GENERIC.encode(answer))

    def _transfer(self, client: Client, now: Instant) -> Iterable[Send]:
        """One notification of stored records; after the last one, the answer."""
        records = client.transfer.records
        subscribed = client.peer.subscribed(self.spec, cgms.MEASUREMENT.uuid)
        if records and (records[0].at < self._sensor.session.began or not subscribed):
            # A new session has cleared the store, or the client has unsubscribed: the rest cannot be sent.
            client.transfer.stop()
            yield self._answer_racp(client, Response(self._access.reported.request, Outcome.PROCEDURE_NOT_COMPLETED))
        elif client.transfer.step(now):
            yield Send(client.peer, cgms.MEASUREMENT.uuid, self._packed(records, client.peer.payload))
        else:
            yield self._answer_racp(client, self._access.reported)

    def _packed(self, records: deque[SensorRecord], room: int) -> bytes:
        """As many whole records as fit, taken from the front. CGMS 1.0.1, section 3.1."""
        value = b""
        while records:
            record = self._sealed(cgms.MEASUREMENT, packets.measurement(records[0]))
            if value and len(value) + len(record) > room:
                break
            value += record
            records.popleft()
        return value

    # CGM Specific Ops. CGMS 1.0.1, section 3.7

    def _operate(self, client: Client, value: bytes, now: Instant) -> Iterable[Send | Note]:
        self._demand_cccd(client, SOCP)
        if SOCP in client.open_procedures:
            raise AttError(AttCode.PROCEDURE_ALREADY_IN_PROGRESS)
        if not value:
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, "expected an op code")
        payload = self._opened(cgms.SPECIFIC_OPS_POINT, value, cgms.SPECIFIC_OPS.length_of(value[0]))
        client.open_procedures.add(SOCP)
        if not specific_ops.supports(cgms.SPECIFIC_OPS.operations.get(payload[0]), self._sensor):
            answer = cgms.ResponseCode(payload[0], cgms.OpsResponse.OPCODE_NOT_SUPPORTED)
            return [Refused(now, f"op code 0x{payload[0]:02X} is not supported"), self._answer_ops(client, answer)]
        try:
            operation = cgms.SPECIFIC_OPS.decode(payload)
            performed = specific_ops.perform(operation, payload[0], self._sensor, now)
        except WireError as error:
            answer = cgms.ResponseCode(payload[0], cgms.OpsResponse.INVALID_OPERAND)
            return [Refused(now, str(error)), self._answer_ops(client, answer)]
        notes = [Committed(now, type(operation).__name__)] if performed.changes else []
        return [Decoded(now, type(operation).__name__, operation), *notes, self._answer_ops(client, performed.answer)]

    def _answer_ops(self, client: Client, answer: object) -> Send:
        return Send(client.peer, SOCP, self._sealed(cgms.SPECIFIC_OPS_POINT, answer))

    def _demand_cccd(self, client: Client, uuid: int) -> None:
        if not client.peer.subscribed(self.spec, uuid):
            raise AttError(AttCode.CCCD_IMPROPERLY_CONFIGURED, f"the CCCD of {uuid:04X} is off")

    # Confirmation and time

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        client = self._clients[peer.link]
        if client.transfer.due is None or uuid != RACP:
            client.open_procedures.discard(uuid)
        return self._periodic(client, now)

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """CGMS 1.0.1, section 3.8.1: the procedure is dropped, and nothing more is sent for it."""
        client = self._clients[peer.link]
        client.open_procedures.discard(uuid)
        if uuid == RACP:
            client.transfer.stop()

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[Send | Note]:
        sent = self._sensor.transmission.sent
        if not sent and not self._awaits_round and not self._transfers.is_due(now):
            return ()
        while sent:
            record = sent.popleft()
            for client in self._clients.values():
                client.news.append(record)
        return self._rounds(now)

    def _rounds(self, now: Instant) -> Iterable[Send]:
        for client in tuple(self._clients.values()):
            if client.transfer.due is not None and client.transfer.due <= now:
                yield from self._transfer(client, now)
            yield from self._periodic(client, now)
        self._awaits_round = any(client.news for client in self._clients.values())

    def _periodic(self, client: Client, now: Instant) -> Iterable[Send]:
        """Send what has come since the last round, once a round is due and no procedure is open (CGMS 1.0.1, 3.8.3)."""
        while client.news and client.news[0].at < self._sensor.session.began:
            client.news.popleft()  # of a session that is over and deleted
        interval = self._sensor.interval
        if client.open_procedures or not interval or not client.news:
            return
        taken = minutes(client.news[-1].time_offset)
        if interval > self._sensor.profile.cadence and taken // interval == client.notified_at // interval:
            return  # the interval is longer than the cadence: all of them in the next round
        client.notified_at = taken
        while client.news and client.peer.subscribed(self.spec, cgms.MEASUREMENT.uuid):
            yield Send(client.peer, cgms.MEASUREMENT.uuid, self._packed(client.news, client.peer.payload))
        client.news.clear()


def identity_of(name: str) -> Identity:
    """The identity of a sensor where no other is given."""
    return Identity("isletbench", "Virtual CGM", name, "1")


def cgm_endpoint(name: str, sensor: Sensor, advertised: str, identity: Identity | None = None) -> GattDevice:
    """A sensor as a GATT device, with the services of CGMP 1.0.1 beside it; ``advertised`` is its local name on the air."""
    security = Security.ENCRYPTED if sensor.profile.choices.just_works else Security.AUTHENTICATED
    services: list[Service] = [
        CgmService(sensor, security),
        DeviceInformationService(identity or identity_of(name), security),
        BatteryService(sensor.battery_level, security),
        CurrentTimeService(sensor.clock, lambda shown, now: bool(sensor.set_clock(shown, now)), security),
    ]
    if Feature.MULTIPLE_BOND in sensor.profile.features:
        services.append(BondManagementService(security=security))
    return GattDevice(name, sensor, services, Advertisement(advertised, (cgms.SERVICE,), APPEARANCE))
