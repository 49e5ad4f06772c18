"""The device's end of the serial link: connections, retries, refusals. Octets in, octets out, no port."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_client import UNSOLICITED, LinkClient
from isletbench.emulator.gatt import (
    CharacteristicSpec,
    Confirm,
    ErrorResponse,
    Indicate,
    Outgoing,
    Read,
    Request,
    ServiceSpec,
    Table,
    Write,
    WriteResponse,
)
from isletbench.emulator.transports.carrier import PortEvents
from isletbench.emulator.transports.serial_link import LinkServer, SerialLink
from isletbench.protocols import frames
from isletbench.protocols.att import AttCode, AttError, Property
from isletbench.protocols.e2e import crc16_mcrf4xx
from isletbench.protocols.errors import WireError
from isletbench.protocols.frames import Frame, FrameType, LinkError
from isletbench.protocols.packet import decode, encode
from tests.harness.gadget import CONTROL_POINT, INDICATED, NOTIFIED, READABLE, SERVICE, WRITABLE, gadget
from tests.harness.links import answered_by
from tests.transports.serial.manual import VECTORS


class Line:
    """A gadget behind a link server, and everything it sent and was asked. A slow one answers only when it catches up."""

    def __init__(self, *, slow: bool = False) -> None:
        self.slow = slow
        self.late: list[Outgoing] = []
        self.gadget = gadget()
        self.sent: list[Frame] = []
        self.requests: list[Request] = []
        self.server = LinkServer("line", "Gadget", self.gadget.device.table, self._deliver, self.sent.append)
        self.client = LinkClient()

    def _deliver(self, request: Request) -> None:
        if answered_by(self.server, request):
            return
        self.requests.append(request)
        for effect in self.gadget.device.receive(request, 0):
            if isinstance(effect, Outgoing):
                self.late.append(effect)
        if not self.slow:
            self.catch_up()

    def catch_up(self) -> list[Frame]:
        """What the device says at last."""
        before = len(self.sent)
        late, self.late = self.late, []
        for effect in late:
            self.server.send(effect)
        return self.sent[before:]

    def ask(self, frame: Frame) -> list[Frame]:
        self.sent.clear()
        self.server.receive(frame)
        return list(self.sent)

    def hello(self) -> Frame:
        answer = self.ask(self.client.hello())[0]
        assert list(self.client.receive(frames.encode_frame(answer))) == [answer]
        return answer

    def handle(self, uuid: int) -> int:
        return self.gadget.device.table.of(SERVICE, uuid).handle

    def tell(self, uuid: int, *values: bytes) -> list[Frame]:
        self.sent.clear()
        self.gadget.service.news = [(uuid, value) for value in values]
        for effect in self.gadget.device.advance(0):
            if isinstance(effect, Outgoing):
                self.server.send(effect)
        return list(self.sent)


@pytest.fixture
def line() -> Line:
    made = Line()
    made.hello()
    return made


@pytest.fixture
def slow() -> Line:
    made = Line(slow=True)
    made.hello()
    return made


def test_hello_says_who_answers() -> None:
    made = Line()
    answer = decode(frames.HelloResponse, made.hello().content)
    table = b"".join(
        encode(frames.TableEntry(a.service.uuid, a.spec.uuid, a.spec.properties, a.handle, a.cccd or 0))
        for a in made.gadget.device.table.attributes
    )
    assert answer == frames.HelloResponse(1, 512, crc16_mcrf4xx(table), "Gadget")


def test_nothing_is_done_before_hello() -> None:
    made = Line()
    for kind in (FrameType.TABLE, FrameType.READ, FrameType.WRITE, FrameType.SUBSCRIBE):
        answer = made.ask(Frame(kind, 9, made.handle(READABLE), b""))[0]
        assert answer.type == FrameType.ERROR
        assert decode(frames.Error, answer.content) == frames.Error(LinkError.NO_CONNECTION, kind)
    for kind in (FrameType.CONFIRM, FrameType.WRITE_CMD):
        assert made.ask(Frame(kind, 9, made.handle(WRITABLE), b"")) == []
    assert made.requests == []


def test_hello_begins_a_new_connection(line: Line) -> None:
    line.ask(line.client.request(FrameType.SUBSCRIBE, line.handle(NOTIFIED), encode(frames.Subscribe(1))))
    line.hello()
    assert list(line.gadget.device.peers) == ["line#2"]
    assert line.tell(NOTIFIED, b"to nobody") == []


def test_the_table_is_told_in_pieces_until_there_is_no_more(line: Line) -> None:
    handle: int | None = 1
    asked = 0
    while handle is not None:
        handle = line.client.learn(line.ask(line.client.request(FrameType.TABLE, handle))[0])
        asked += 1
    assert asked == 2
    assert {key.uuid for key in line.client.table if key.service == SERVICE} == {0xFE01, 0xFE02, 0xFE03, 0xFE04, 0xFE05, 0xFE06}
    with pytest.raises(LookupError, match="no characteristic 2AA7 of 181F here; there are FE01 of FD01"):
        line.client.entry(Key(0x181F, 0x2AA7))


def test_a_repeated_request_is_answered_again_and_done_once(line: Line) -> None:
    write = line.client.request(FrameType.WRITE, line.handle(CONTROL_POINT), b"bolus")
    first = line.ask(write)
    assert line.ask(write) == first
    assert line.ask(write) == first
    assert line.gadget.service.written == [b"bolus"]


def test_a_repeated_command_is_done_once_and_never_answered(line: Line) -> None:
    command = line.client.request(FrameType.WRITE_CMD, line.handle(WRITABLE), b"x")
    assert line.ask(command) == line.ask(command) == []
    assert line.gadget.service.written == [b"x"]


def test_a_command_between_a_request_and_its_repetition_changes_nothing(line: Line) -> None:
    write = line.client.request(FrameType.WRITE, line.handle(CONTROL_POINT), b"bolus")
    first = line.ask(write)
    line.ask(line.client.request(FrameType.WRITE_CMD, line.handle(WRITABLE), b"x"))
    assert line.ask(write) == first
    assert line.gadget.service.written == [b"bolus", b"x"]


def test_a_request_repeated_before_it_is_answered_is_done_once(slow: Line) -> None:
    write = slow.client.request(FrameType.WRITE, slow.handle(CONTROL_POINT), b"bolus")
    assert slow.ask(write) == slow.ask(write) == []
    assert [frame.type for frame in slow.catch_up()] == [FrameType.WRITE_RSP]
    assert slow.gadget.service.written == [b"bolus"]


def test_another_request_before_the_answer_finds_the_device_busy(slow: Line) -> None:
    slow.ask(slow.client.request(FrameType.READ, slow.handle(READABLE)))
    for frame in (slow.client.request(FrameType.READ, slow.handle(WRITABLE)), slow.client.request(FrameType.TABLE, 1)):
        assert decode(frames.Error, slow.ask(frame)[0].content) == frames.Error(LinkError.BUSY, frame.type)
    assert [frame.type for frame in slow.catch_up()] == [FrameType.READ_RSP]
    assert slow.ask(slow.client.request(FrameType.TABLE, 1))[0].type == FrameType.TABLE_RSP


def test_a_confirmation_between_a_request_and_its_answer_is_not_taken_for_the_request(slow: Line) -> None:
    request = slow.client.request(FrameType.READ, slow.handle(READABLE))
    slow.ask(request)
    slow.ask(Frame(FrameType.CONFIRM, 1, slow.handle(INDICATED)))
    assert [(frame.type, frame.seq) for frame in slow.catch_up()] == [(FrameType.READ_RSP, request.seq)]


def test_hello_ends_a_request_that_is_still_open(slow: Line) -> None:
    slow.ask(slow.client.request(FrameType.READ, slow.handle(READABLE)))
    assert slow.hello().type == FrameType.HELLO_RSP
    assert slow.catch_up() == []
    slow.ask(slow.client.request(FrameType.READ, slow.handle(READABLE)))
    assert [frame.type for frame in slow.catch_up()] == [FrameType.READ_RSP]


def test_a_new_number_is_a_new_request(line: Line) -> None:
    for _ in range(2):
        line.ask(line.client.request(FrameType.WRITE, line.handle(CONTROL_POINT), b"bolus"))
    assert line.gadget.service.written == [b"bolus", b"bolus"]


def test_an_answer_echoes_number_and_handle(line: Line) -> None:
    request = line.client.request(FrameType.READ, line.handle(READABLE))
    answer = line.ask(request)[0]
    assert (answer.type, answer.seq, answer.handle) == (FrameType.READ_RSP, request.seq, request.handle)
    assert line.client.result(answer) == b"\x01\x02\x03"


def test_a_refusal_has_its_att_code_as_status(line: Line) -> None:
    for frame, code in (
        (line.client.request(FrameType.READ, line.handle(CONTROL_POINT)), AttCode.READ_NOT_PERMITTED),
        (line.client.request(FrameType.READ, 0x0999), AttCode.INVALID_HANDLE),
        (line.client.request(FrameType.WRITE, line.handle(READABLE), b"x"), AttCode.WRITE_NOT_PERMITTED),
        (line.client.request(FrameType.WRITE, line.handle(CONTROL_POINT), b"\xff"), AttCode.OUT_OF_RANGE),
        (line.client.request(FrameType.SUBSCRIBE, line.handle(READABLE), b"\x01\x00"), AttCode.INVALID_HANDLE),
        (line.client.request(FrameType.SUBSCRIBE, line.handle(NOTIFIED), b"\x02\x00"), AttCode.VALUE_NOT_ALLOWED),
    ):
        with pytest.raises(AttError) as refused:
            line.client.result(line.ask(frame)[0])
        assert refused.value.code is code


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        (0x55, b"", LinkError.UNKNOWN_TYPE),
        (FrameType.SUBSCRIBE, b"\x01", LinkError.MALFORMED),
        (FrameType.SUBSCRIBE, b"\x01\x00\x00", LinkError.MALFORMED),
        (FrameType.READ, b"\x00", LinkError.MALFORMED),
        (FrameType.TABLE, b"\x00", LinkError.MALFORMED),
        (FrameType.WRITE, bytes(frames.MAX_VALUE + 1), LinkError.MALFORMED),
        (FrameType.HELLO, b"", LinkError.MALFORMED),
    ],
)
def test_an_intact_frame_without_sense_gets_an_error_and_changes_nothing(
    line: Line, kind: int, content: bytes, code: LinkError
) -> None:
    asked = len(line.requests)
    answer = line.ask(Frame(kind, 77, line.handle(NOTIFIED), content))[0]
    assert (answer.type, answer.seq) == (FrameType.ERROR, 77)
    assert decode(frames.Error, answer.content) == frames.Error(code, kind)
    assert len(line.requests) == asked
    with pytest.raises(WireError, match=f"ERROR {code.name}"):
        line.client.result(answer)


@pytest.mark.parametrize("kind", sorted(frames.FROM_DEVICE), ids=lambda kind: str(kind.name))
def test_a_device_never_answers_what_only_a_device_says(line: Line, kind: FrameType) -> None:
    """Else two of them on one line, or one on a line that echoes, would talk for ever."""
    assert line.ask(Frame(kind, 77, line.handle(NOTIFIED), b"\x01\x20")) == []


def test_a_version_to_come_may_say_more_in_hello(line: Line) -> None:
    answer = line.ask(line.client.request(FrameType.HELLO, content=b"\x02 and more"))[0]
    assert decode(frames.HelloResponse, answer.content).version == frames.VERSION


def test_news_has_a_counter_of_its_own_and_a_gap_is_noticed(line: Line) -> None:
    line.ask(line.client.request(FrameType.SUBSCRIBE, line.handle(NOTIFIED), encode(frames.Subscribe(1))))
    told = line.tell(NOTIFIED, *[bytes([n % 256]) for n in range(300)])
    assert [frame.seq for frame in told] == [n % 256 for n in range(1, 301)]
    for frame in [*told[:100], *told[103:]]:
        list(line.client.receive(frames.encode_frame(frame)))
    assert line.client.lost == 3


def test_an_indication_waits_for_the_confirmation_of_the_one_before(line: Line) -> None:
    line.ask(line.client.request(FrameType.SUBSCRIBE, line.handle(INDICATED), encode(frames.Subscribe(2))))
    first = line.tell(INDICATED, b"1", b"2")
    assert [frame.content for frame in first] == [b"1"]
    confirmation = line.client.confirmation(first[0])
    assert confirmation == Frame(FrameType.CONFIRM, first[0].seq, first[0].handle)
    assert [frame.content for frame in line.ask(confirmation)] == [b"2"]
    assert isinstance(line.requests[-1], Confirm)


def test_a_confirmation_confirms_its_own_indication_only(line: Line) -> None:
    line.ask(line.client.request(FrameType.SUBSCRIBE, line.handle(INDICATED), encode(frames.Subscribe(2))))
    first = line.tell(INDICATED, b"1", b"2", b"3")[0]
    confirmation = line.client.confirmation(first)
    assert confirmation is not None
    for wrong in (Frame(FrameType.CONFIRM, first.seq + 1, first.handle), Frame(FrameType.CONFIRM, first.seq, first.handle + 3)):
        assert line.ask(wrong) == []
    assert [frame.content for frame in line.ask(confirmation)] == [b"2"]
    assert line.ask(confirmation) == [], "the second indication is not confirmed by the first one's confirmation"


def test_the_client_drops_what_was_meant_for_the_connection_before(line: Line) -> None:
    line.ask(line.client.request(FrameType.SUBSCRIBE, line.handle(NOTIFIED), encode(frames.Subscribe(1))))
    told = line.tell(NOTIFIED, b"1", b"2")
    answer = line.ask(line.client.hello())[0]
    got = [frame for sent in (*told, answer) for frame in line.client.receive(frames.encode_frame(sent))]
    assert got == [answer]
    assert line.client.lost == 0


def test_the_manual_s_conversation_is_what_the_device_says() -> None:
    sent: list[Frame] = []
    table = Table(
        [
            ServiceSpec(
                0x181F,
                (
                    CharacteristicSpec(0x2AA7, Property.NOTIFY),
                    CharacteristicSpec(0x2A52, Property.WRITE | Property.INDICATE),
                ),
            )
        ]
    )

    def device(request: Request) -> None:
        match request:
            case Read():
                server.send(ErrorResponse(request.link, request.handle, AttCode.READ_NOT_PERMITTED))
            case Write():
                server.send(WriteResponse(request.link, request.handle))
                if request.handle == 6:
                    server.send(Indicate(request.link, 6, bytes.fromhex("05 00 07 00")))
            case _:
                answered_by(server, request)

    server = LinkServer("cgm.serial", "CGM", table, device, sent.append)
    said = [(line["from"], bytes.fromhex(line["wire"])) for line in VECTORS["conversation"]]
    for who, wire in said:
        if who == "client":
            assert not sent, "the device has said more than the manual tells"
            server.receive(frames.decode_frame(wire[:-1]))
        else:
            assert frames.encode_frame(sent.pop(0)) == wire
    assert not sent


def test_the_table_of_a_large_device_comes_in_pages() -> None:
    rows = tuple(CharacteristicSpec(0x1000 + n, Property.READ | Property.NOTIFY) for n in range(130))
    sent: list[Frame] = []
    server: LinkServer

    def deliver(request: Request) -> None:
        answered_by(server, request)

    server = LinkServer("big", "Big", Table([ServiceSpec(0x1800, rows)]), deliver, sent.append)
    client = LinkClient()
    server.receive(client.hello())
    pages, handle = 0, 1
    while True:
        server.receive(client.request(FrameType.TABLE, handle))
        following = client.learn(sent[-1])
        if following is None:
            break
        pages, handle = pages + 1, following
    assert pages == 3
    assert [key.uuid for key in client.table] == [row.uuid for row in rows]
    hello = decode(frames.HelloResponse, sent[0].content)
    assert hello.table_hash == crc16_mcrf4xx(b"".join(frame.content for frame in sent[1:]))


class Wire:
    """A serial link on a port that is only a list of what was written."""

    address = "wire"

    def __init__(self) -> None:
        self.gadget = gadget()
        self.written = bytearray()
        self.frames: list[tuple[str, bytes]] = []
        self.link = SerialLink("wire", self, "Gadget", lambda way, octets: self.frames.append((way, octets)))
        asyncio.run(self.link.start(self.gadget.device, self._deliver))

    async def start(self, events: PortEvents) -> None:
        events.opened()

    def write(self, octets: bytes) -> None:
        self.written += octets

    async def stop(self) -> None: ...

    def _deliver(self, request: Request) -> None:
        if answered_by(self.link, request):
            return
        for effect in self.gadget.device.receive(request, 0):
            if isinstance(effect, Outgoing):
                self.link.send(effect)


@given(st.lists(st.binary(max_size=80), max_size=8))
def test_no_octets_break_the_device_or_make_it_speak_nonsense(chunks: list[bytes]) -> None:
    wire = Wire()
    for chunk in chunks:
        wire.link.received(chunk)
    wire.link.received(b"\x00" + frames.encode_frame(LinkClient().hello()))
    answers = [frame for frame, _ in frames.FrameReader().feed(bytes(wire.written))]
    assert answers[-1].type == FrameType.HELLO_RSP


hostile_frames = st.builds(
    Frame,
    st.sampled_from(list(FrameType)) | st.integers(0, 255),
    st.integers(0, 3),
    st.integers(0, 22),
    st.sampled_from([b"", b"\x01", b"\x01\x00", b"\x02\x00", b"\xff"]) | st.binary(max_size=frames.MAX_CONTENT),
)


@given(st.lists(hostile_frames, max_size=30))
def test_no_sequence_of_frames_gets_more_than_one_answer_each(asked: list[Frame]) -> None:
    wire = Wire()
    wire.link.received(frames.encode_frame(LinkClient().hello()))
    for frame in asked:
        wire.written.clear()
        wire.link.received(frames.encode_frame(frame))
        answers = [answer for answer, _ in frames.FrameReader().feed(bytes(wire.written)) if answer.type not in UNSOLICITED]
        assert len(answers) <= 1
        for answer in answers:
            assert answer.seq == frame.seq
            assert answer.type in {frame.type + 1, FrameType.ERROR}
        if frame.type in frames.FROM_DEVICE or frame.type in {FrameType.WRITE_CMD, FrameType.CONFIRM}:
            assert not answers


@pytest.mark.parametrize("bit", range(8 * 7))
def test_a_damaged_request_is_never_answered_and_is_on_record(bit: int) -> None:
    wire = Wire()
    wire.link.received(frames.encode_frame(LinkClient().hello()))
    wire.written.clear()
    damaged = bytearray.fromhex("07 20 01 02 01 97 f4 00")
    damaged[bit // 8] ^= 1 << bit % 8
    wire.link.received(bytes(damaged))
    assert wire.written == b""
    assert wire.link.damaged >= 1
    assert b"".join(octets for way, octets in wire.frames[2:] if way == "in") == damaged.replace(b"\x00\x00", b"\x00")


def test_when_the_line_goes_dead_the_connection_is_over(line: Line) -> None:
    line.server.closed()
    assert not line.gadget.device.peers
    assert line.ask(line.client.request(FrameType.READ, 3))[0].type == FrameType.ERROR


def test_what_is_meant_for_an_earlier_connection_is_not_sent(line: Line) -> None:
    line.hello()
    line.sent.clear()
    for effect in line.gadget.device.receive(Write("line#1", line.handle(WRITABLE), b"x"), 0):
        if isinstance(effect, Outgoing):
            line.server.send(effect)
    assert line.sent == []
