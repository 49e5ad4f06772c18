"""Whatever anybody sends, whenever, in any pieces: the sensor goes on, and answers only what the specification knows."""

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from isletbench.emulator.cgm.profile import PROFILES
from isletbench.emulator.cgm.sensor import Sensor
from isletbench.emulator.cgm.states import ACTIVE, Refused
from isletbench.emulator.collectors.link_client import LinkClient
from isletbench.emulator.core.quantities import hours
from isletbench.emulator.endpoints.cgms.service import cgm_endpoint
from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    ErrorResponse,
    Indicate,
    Notify,
    Read,
    ReadResponse,
    Unbond,
    Write,
    WriteResponse,
)
from isletbench.emulator.gatt import Disconnected as Gone
from isletbench.emulator.gatt import Security as Level
from isletbench.emulator.transports.serial_link import LinkServer
from isletbench.protocols import cgms, companions
from isletbench.protocols.att import AttCode
from isletbench.protocols.cgms import CgmErrorCode, OpsResponse, ResponseCode
from isletbench.protocols.e2e import split_records, with_crc
from isletbench.protocols.frames import Frame, FrameReader, FrameType, encode_frame
from isletbench.protocols.racp import GENERIC, CountResponse, Response
from tests.cgm.talking import BARE, EPOCH, EVERYTHING, MEASUREMENT, RACP, SOCP, rising
from tests.harness.deadlines import searched_device
from tests.harness.links import answered_by

WRITABLE = [RACP, SOCP, cgms.SESSION_START_TIME, companions.TIME, companions.LOCAL_TIME, companions.BOND_POINT]
"""Every characteristic that can be written."""
KNOWN_TO_CGMS = {
    CgmErrorCode.MISSING_CRC,
    CgmErrorCode.INVALID_CRC,
    AttCode.INVALID_ATTRIBUTE_VALUE_LENGTH,
    AttCode.CCCD_IMPROPERLY_CONFIGURED,
    AttCode.PROCEDURE_ALREADY_IN_PROGRESS,
    AttCode.OUT_OF_RANGE,
    AttCode.INSUFFICIENT_AUTHORIZATION,
}
"""The errors a write may get on a safe link (0x80 and 0x81 are Bond Management's, too)."""


MTUS = st.sampled_from([23, 247])


def requests() -> st.SearchStrategy[bytes]:
    """Octets that are nearly right more often than chance would have it: known op codes, with and without a right CRC."""
    body = st.one_of(
        st.binary(max_size=20),
        st.builds(lambda code, rest: bytes([code]) + rest, st.integers(0, 0x1D), st.binary(max_size=11)),
        st.builds(lambda code, operator, rest: bytes([code, operator]) + rest, *[st.integers(0, 8)] * 2, st.binary(max_size=6)),
    )
    return st.one_of(body, body.map(with_crc))


class AnyConversation(RuleBasedStateMachine):
    """Two clients, everything they can send, everything that can happen to a sensor."""

    @initialize(name=st.sampled_from([*sorted(PROFILES), "without protection"]), seed=st.integers(0, 9))
    def bench(self, name: str, seed: int) -> None:
        profile = BARE if name == "without protection" else PROFILES[name]
        self.sensor = Sensor(profile, rising, epoch=EPOCH, seed=seed)
        self.device = cgm_endpoint("cgm", self.sensor, "IB-CGM")
        self.protected = profile.protected
        self.now = 0
        self.unconfirmed: list[Indicate] = []
        self.connect("a", Level.AUTHENTICATED, 247)
        self.subscribe("a", True)

    def take(self, effects: list[Any]) -> list[Any]:
        """Look at everything that left; the answers to a request are returned."""
        answers = []
        for effect in effects:
            match effect:
                case Notify(handle=handle, value=value) | Indicate(handle=handle, value=value):
                    self.told(self.device.table.by_handle[handle].spec.uuid, value)
                    if isinstance(effect, Indicate):
                        assert all(waiting.link != effect.link for waiting in self.unconfirmed), "one at a time"
                        self.unconfirmed.append(effect)
                case ReadResponse() | WriteResponse() | ErrorResponse():
                    answers.append(effect)
                case Unbond():
                    raise AssertionError("nobody has a bond here")
        return answers

    def told(self, uuid: int, value: bytes) -> None:
        """Nothing leaves that a client could not read."""
        match uuid:
            case MEASUREMENT.uuid:
                for record in split_records(value):
                    MEASUREMENT.decode(record, protected=self.protected)
            case RACP.uuid:
                assert isinstance(GENERIC.decode_answer(value), CountResponse | Response)
            case SOCP.uuid:
                answer = SOCP.decode(value, protected=self.protected)
                assert type(answer).__name__.endswith("Response") or isinstance(answer, ResponseCode)
                assert not isinstance(answer, ResponseCode) or answer.code in OpsResponse
            case _:
                assert uuid in {companions.BATTERY_LEVEL.uuid, companions.TIME.uuid}

    @rule(
        client=st.sampled_from("ab"), level=st.sampled_from([Level.OPEN, Level.AUTHENTICATED]), mtu=st.sampled_from([23, 247])
    )
    def connect(self, client: str, level: Level, mtu: int) -> None:
        if client not in self.device.peers:
            self.take(self.device.receive(Connected(client, mtu, level), self.now))

    @rule(client=st.sampled_from("ab"))
    def disconnect(self, client: str) -> None:
        self.unconfirmed = [waiting for waiting in self.unconfirmed if waiting.link != client]
        self.take(self.device.receive(Gone(client), self.now))

    @rule(client=st.sampled_from("ab"), characteristic=st.sampled_from(WRITABLE), octets=requests())
    def write(self, client: str, characteristic: Any, octets: bytes) -> None:
        row = next((row for row in self.device.table.attributes if row.spec.uuid == characteristic.uuid), None)
        if row is None:
            return  # a make without Bond Management
        answers = self.take(self.device.receive(Write(client, row.handle, octets), self.now))
        assert len(answers) == 1
        if isinstance(answers[0], ErrorResponse):
            expected = KNOWN_TO_CGMS
            if client not in self.device.peers:
                expected = {AttCode.UNLIKELY_ERROR}
            elif self.device.peers[client].security is Level.OPEN:
                expected = {AttCode.INSUFFICIENT_AUTHENTICATION}
            assert answers[0].code in expected

    @rule(client=st.sampled_from("ab"), handle=st.integers(0, 60), octets=st.binary(max_size=4))
    def write_anywhere(self, client: str, handle: int, octets: bytes) -> None:
        assert len(self.take(self.device.receive(Write(client, handle, octets), self.now))) == 1

    @rule(client=st.sampled_from("ab"), handle=st.integers(0, 60))
    def read_anywhere(self, client: str, handle: int) -> None:
        assert len(self.take(self.device.receive(Read(client, handle), self.now))) == 1

    @rule(client=st.sampled_from("ab"), on=st.booleans())
    def subscribe(self, client: str, on: bool) -> None:
        for row in self.device.table.attributes:
            if row.cccd is not None:
                wanted = (1 if row.spec.properties & 0x10 else 2) if on else 0
                self.take(self.device.receive(Write(client, row.cccd, bytes([wanted, 0])), self.now))

    @precondition(lambda self: bool(self.unconfirmed))
    @rule()
    def confirm(self) -> None:
        waiting = self.unconfirmed.pop(0)
        self.take(self.device.receive(Confirm(waiting.link, waiting.handle), self.now))

    @rule(span=st.one_of(st.integers(0, 40_000), st.integers(0, hours(30))))
    def time_passes(self, span: int) -> None:
        until, turns = self.now + span, 0
        while (due := self.device.next_deadline) is not None and due <= until:
            assert due >= self.now
            turns = turns + 1 if due == self.now else 0
            assert turns < 50, "the sensor stands still and time with it"
            self.now = due
            if self.unconfirmed:
                queues = [peer.indications for peer in self.device.peers.values()]
                waiting = {queue.link for queue in queues if queue.deadline is None or queue.deadline > due}
                self.unconfirmed = [each for each in self.unconfirmed if each.link in waiting]
            self.take(self.device.advance(due))
        self.now = until

    @rule(what=st.sampled_from(["fail", "remove", "insert", "stop", "start", "hot", "weak", "broken", "usual", "empty"]))
    def the_world_does(self, what: str) -> None:
        sensor, conditions = self.sensor, self.sensor.conditions
        match what:
            case "hot":
                conditions.temperature = 60.0
            case "weak":
                conditions.attenuated = True
            case "broken":
                conditions.malfunction = conditions.general_fault = conditions.alert_latched = True
            case "usual":
                self.sensor.conditions = type(conditions)()
            case "empty":
                sensor.set_battery(0, self.now)
            case _:
                sensor.advance(self.now)
                with suppress(Refused):
                    getattr(sensor, what)(self.now)

    @invariant()
    def records_ascend_and_fit(self) -> None:
        numbers = [record.time_offset for record in self.sensor.records]
        assert numbers == sorted(set(numbers))
        assert len(numbers) <= self.sensor.profile.capacity
        assert 0 <= self.sensor.session.time_offset(self.now) <= 0xFFFF
        deadline = self.device.next_deadline
        assert deadline == searched_device(self.device)
        assert deadline is None or deadline >= 0
        assert self.sensor.session.state not in ACTIVE or deadline is not None, "a running session always has something ahead"


AnyConversation.TestCase.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
TestAnyConversation = AnyConversation.TestCase


FRAMES = st.builds(
    lambda kind, seq, handle, content: encode_frame(Frame(kind, seq, handle, content)),
    st.sampled_from([int(kind) for kind in FrameType]),
    st.integers(0, 3),
    st.integers(0, 60),
    requests(),
)


@settings(max_examples=50)
@given(pieces=st.lists(st.one_of(st.binary(max_size=12), FRAMES), max_size=14), cuts=st.lists(st.integers(1, 9), min_size=1))
def test_on_the_serial_link_any_octets_in_any_pieces_leave_it_working(pieces: list[bytes], cuts: list[int]) -> None:
    device = cgm_endpoint("cgm", Sensor(EVERYTHING, rising, epoch=EPOCH, seed=1), "IB-CGM")
    sent: list[bytes] = []
    server: LinkServer

    def deliver(request: Any) -> None:
        if answered_by(server, request):
            return
        for effect in device.receive(request, 0):
            if isinstance(effect, ReadResponse | WriteResponse | ErrorResponse | Notify | Indicate):
                server.send(effect)

    server = LinkServer("cgm", "cgm", device.table, deliver, lambda frame: sent.append(encode_frame(frame)))
    reader, client = FrameReader(), LinkClient()
    hello = encode_frame(client.hello())
    stream = hello + b"".join(pieces) + b"\x00" + hello
    at, cut = 0, 0
    while at < len(stream):
        size = cuts[cut % len(cuts)]
        for frame, _ in reader.feed(stream[at : at + size]):
            server.receive(frame)
        at, cut = at + size, cut + 1
    answers = [frame for octets in sent for frame in client.receive(octets)]
    assert answers[-1].type == FrameType.HELLO_RSP
    assert client.result(answers[-1])
    feature = device.table.of(cgms.SERVICE, cgms.FEATURE.uuid).handle
    server.receive(client.request(FrameType.READ, feature))
    (told,) = client.receive(sent[-1])
    assert cgms.FEATURE.decode(client.result(told), protected=True).features == EVERYTHING.features
