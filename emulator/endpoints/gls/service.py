"""The Glucose Service over a meter: what a collector sees. Source: GLS 1.0.1."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isletbench.emulator.core.notes import Accepted, Committed, Decoded, Note, Refused
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.gls import packets
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
from isletbench.emulator.gatt.record_access import RecordAccess, Transfer, Transfers
from isletbench.emulator.meter.machine import Meter
from isletbench.emulator.meter.records import MeterRecord
from isletbench.protocols import gls, racp
from isletbench.protocols.att import AttCode, AttError
from isletbench.protocols.gls import Feature, Filter, GlsErrorCode
from isletbench.protocols.racp import CountResponse, Operation, Outcome, Response

APPEARANCE = 0x0400
"""Generic glucose meter. Assigned Numbers, section 2.6."""
RACP = gls.RECORD_ACCESS.uuid
DIALECT = gls.RECORD_ACCESS_DIALECT
SHORTEST, LONGEST = 2, 17
"""Octets of a request: op code and operator; a range of two times."""


@dataclass
class Client:
    """The state of one connection."""

    peer: Peer
    transfer: Transfer[MeterRecord]
    """Stored records on their way to it."""
    in_progress: bool = False
    """Whether a procedure runs, or its response is not confirmed yet."""


class GlucoseService:
    """One meter as GATT characteristics."""

    def __init__(self, meter: Meter, security: Security) -> None:
        self._meter = meter
        habits = meter.profile.habits
        self._access = RecordAccess(DIALECT, meter.records, deletes=habits.deletes, numbers=NUMBERS)
        self._clients: dict[Link, Client] = {}
        self._transfers = Transfers[MeterRecord]()
        self.spec = ServiceSpec(
            gls.SERVICE,
            tuple(
                CharacteristicSpec(c.uuid, c.properties, security)
                for c in gls.CHARACTERISTICS
                if c is not gls.CONTEXT or habits.has_context
            ),
        )

    @property
    def next_deadline(self) -> Instant | None:
        """The next stored record on its way to a client."""
        return self._transfers.next_deadline

    def connected(self, peer: Peer, now: Instant) -> None:
        self._clients[peer.link] = Client(peer, self._transfers.open(self._meter.profile.habits.transfer_spacing))

    def disconnected(self, peer: Peer, now: Instant) -> None:
        self._transfers.close(self._clients.pop(peer.link).transfer)

    def read(self, uuid: int, peer: Peer, now: Instant) -> bytes:
        return gls.FEATURE.encode(gls.FeatureValue(self._meter.profile.features), protected=False)

    # Record access. GLS 1.0.1, section 3.4

    def write(self, uuid: int, value: bytes, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        client = self._clients[peer.link]
        if not SHORTEST <= len(value) <= LONGEST:
            expected = f"expected {SHORTEST} to {LONGEST} octets, got {len(value)}"
            raise AttError(AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH, expected)
        aborts = value[0] == DIALECT.opcodes[Operation.ABORT]
        self._demand_cccds(client, reports=value[0] == DIALECT.opcodes[Operation.REPORT])
        if client.in_progress and not aborts:
            raise AttError(GlsErrorCode.GLUCOSE_PROCEDURE_IN_PROGRESS)
        try:
            request = DIALECT.decode(value)
            if request.selection.filter == Filter.USER_FACING_TIME and not self._meter.profile.habits.filters_time:
                problem = "this make does not select by time"
                raise racp.Refused(problem, outcome=Outcome.OPERAND_NOT_SUPPORTED, opcode=value[0], octets=value)
        except racp.Refused as refused:
            return [Refused(now, str(refused)), self._answer(client, Response(value[0], refused.outcome))]
        return [Decoded(now, "record_access", request), *self._perform(client, request, value[0], now)]

    def _demand_cccds(self, client: Client, *, reports: bool) -> None:
        needed = (RACP, gls.MEASUREMENT.uuid) if reports else (RACP,)
        for uuid in needed:
            if not client.peer.subscribed(self.spec, uuid):
                raise AttError(GlsErrorCode.GLUCOSE_CCCD_IMPROPERLY_CONFIGURED, f"the CCCD of {uuid:04X} is off")

    def _perform(self, client: Client, request: racp.Request, opcode: int, now: Instant) -> Iterable[Send | Note]:
        if request.operation is Operation.ABORT and client.transfer.due is None:
            return [self._answer(client, Response(opcode, Outcome.ABORT_UNSUCCESSFUL))]
        performed = self._access.perform(request, opcode, client.transfer, now)
        client.in_progress = True
        if performed.answer is None:
            return [Accepted(now, "report", len(client.transfer.records))]
        done = [Committed(now, "delete", performed.answer)] if performed.deleted else []
        return [*done, self._answer(client, performed.answer)]

    def _answer(self, client: Client, answer: CountResponse | Response) -> Send:
        client.in_progress = True
        return Send(client.peer, RACP, DIALECT.encode(answer))

    def confirmed(self, uuid: int, peer: Peer, now: Instant) -> Iterable[Send | Note]:
        client = self._clients[peer.link]
        if client.transfer.due is None:
            client.in_progress = False
        return ()

    def unconfirmed(self, uuid: int, peer: Peer, now: Instant) -> None:
        """The procedure is dropped, and nothing more is sent for it."""
        client = self._clients[peer.link]
        client.in_progress = False
        client.transfer.stop()

    def advance(self, peers: Sequence[Peer], now: Instant) -> Iterable[Send | Note]:
        if not self._transfers.is_due(now):
            return ()
        return [sent for client in self._clients.values() for sent in self._step(client, now)]

    def _step(self, client: Client, now: Instant) -> Iterable[Send]:
        """One record with its context; after the last one, the answer."""
        transfer = client.transfer
        if transfer.due is None or transfer.due > now:
            return
        if not client.peer.subscribed(self.spec, RACP):  # nobody would receive an answer
            transfer.stop()
            client.in_progress = False
        elif transfer.records and not client.peer.subscribed(self.spec, gls.MEASUREMENT.uuid):
            transfer.stop()
            yield self._answer(client, Response(self._access.reported.request, Outcome.PROCEDURE_NOT_COMPLETED))
        elif transfer.step(now):
            yield from self._record(client, transfer.records.popleft())
        else:
            yield self._answer(client, self._access.reported)

    def _record(self, client: Client, record: MeterRecord) -> Iterable[Send]:
        """A measurement, and right after it the context, where the client takes it (GLS 1.0.1, section 3.2)."""
        wanted = self._meter.profile.habits.has_context and client.peer.subscribed(self.spec, gls.CONTEXT.uuid)
        context = packets.context(record) if wanted else None
        value = packets.measurement(record, self._meter.profile, context_follows=context is not None)
        yield Send(client.peer, gls.MEASUREMENT.uuid, gls.MEASUREMENT.encode(value, protected=False))
        if context is not None:
            yield Send(client.peer, gls.CONTEXT.uuid, gls.CONTEXT.encode(context, protected=False))


NUMBERS = {
    int(Filter.SEQUENCE_NUMBER): lambda record: record.sequence,
    int(Filter.USER_FACING_TIME): lambda record: int(f"{record.user_time:%Y%m%d%H%M%S}"),
}
"""What each filter type compares."""


def identity_of(name: str) -> Identity:
    """The identity of a meter where no other is given."""
    return Identity("isletbench", "Virtual meter", name, "1")


def meter_endpoint(name: str, meter: Meter, advertised: str, identity: Identity | None = None) -> GattDevice:
    """A meter as a GATT device, with the services of GLP 1.0.1 beside it; ``advertised`` is its local name on the air."""
    security = Security.ENCRYPTED if meter.profile.habits.just_works else Security.AUTHENTICATED
    services: list[Service] = [
        GlucoseService(meter, security),
        DeviceInformationService(identity or identity_of(name), security),
        BatteryService(meter.battery_level, security),
        CurrentTimeService(meter.clock, meter.set_clock, security),
    ]
    one_bond = Feature.MULTIPLE_BONDS not in meter.profile.features
    if not one_bond:
        services.append(BondManagementService(security=security))
    return GattDevice(name, meter, services, Advertisement(advertised, (gls.SERVICE,), APPEARANCE), one_bond=one_bond)
