"""The device's end of the serial link: connections, retries, refusals. Octets in, octets out, no port."""

import pytest

from emulator.client.collector import Key
from emulator.client.link_client import LinkClient, result
from emulator.device import Note
from emulator.gatt import Confirm, Request, Write
from emulator.transports.serial_link import LinkServer
from protocols import frames
from protocols.att import AttCode, AttError
from protocols.e2e import crc16_mcrf4xx
from protocols.errors import WireError
from protocols.frames import Frame, FrameType, LinkError
from protocols.packet import decode, encode
from tests.gadget import CONTROL_POINT, INDICATED, NOTIFIED, READABLE, SERVICE, WRITABLE, gadget


class Line:
    """A gadget behind a link server, and everything it sent and was asked."""

    def __init__(self) -> None:
        self.gadget = gadget()
        self.sent: list[Frame] = []
        self.requests: list[Request] = []
        self.server = LinkServer("line", "Gadget", self.gadget.device.table, self._deliver, self.sent.append)
        self.client = LinkClient()

    def _deliver(self, request: Request) -> None:
        self.requests.append(request)
        for effect in self.gadget.device.receive(request, 0):
            if not isinstance(effect, Note):
                self.server.send(effect)

    def ask(self, frame: Frame) -> list[Frame]:
        self.sent.clear()
        self.server.receive(frame)
        return list(self.sent)

    def hello(self) -> Frame:
        return self.ask(self.client.hello())[0]

    def handle(self, uuid: int) -> int:
        return self.gadget.device.table.of(SERVICE, uuid).handle

    def tell(self, uuid: int, *values: bytes) -> list[Frame]:
        self.sent.clear()
        self.gadget.service.news = [(uuid, value) for value in values]
        for effect in self.gadget.device.advance(0):
            if not isinstance(effect, Note):
                self.server.send(effect)
        return list(self.sent)


@pytest.fixture
def line() -> Line:
    made = Line()
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
    for kind in (FrameType.TABLE, FrameType.READ, FrameType.WRITE, FrameType.SUBSCRIBE, FrameType.CONFIRM):
        answer = made.ask(Frame(kind, 9, made.handle(READABLE), b""))[0]
        assert answer.type == FrameType.ERROR
        assert decode(frames.Error, answer.content) == frames.Error(LinkError.NO_CONNECTION, kind)
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


def test_a_new_number_is_a_new_request(line: Line) -> None:
    for _ in range(2):
        line.ask(line.client.request(FrameType.WRITE, line.handle(CONTROL_POINT), b"bolus"))
    assert line.gadget.service.written == [b"bolus", b"bolus"]


def test_an_answer_echoes_number_and_handle(line: Line) -> None:
    request = line.client.request(FrameType.READ, line.handle(READABLE))
    answer = line.ask(request)[0]
    assert (answer.type, answer.seq, answer.handle) == (FrameType.READ_RSP, request.seq, request.handle)
    assert result(answer) == b"\x01\x02\x03"


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
            result(line.ask(frame)[0])
        assert refused.value.code is code


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        (0x55, b"", LinkError.UNKNOWN_TYPE),
        (FrameType.READ_RSP, b"", LinkError.UNKNOWN_TYPE),
        (FrameType.SUBSCRIBE, b"\x01", LinkError.MALFORMED),
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
        result(answer)


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


def test_when_the_line_goes_dead_the_connection_is_over(line: Line) -> None:
    line.server.disconnect()
    assert not line.gadget.device.peers
    assert line.ask(line.client.request(FrameType.READ, 3))[0].type == FrameType.ERROR


def test_what_is_meant_for_an_earlier_connection_is_not_sent(line: Line) -> None:
    line.hello()
    line.sent.clear()
    for effect in line.gadget.device.receive(Write("line#1", line.handle(WRITABLE), b"x"), 0):
        if not isinstance(effect, Note):
            line.server.send(effect)
    assert line.sent == []
