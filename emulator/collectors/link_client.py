"""The client's end of the serial link without I/O: numbers requests, tells answers from news, checks what comes back.

Two shells drive it: ``serial_client.SerialClient`` on a serial port and ``link_collector.LinkCollector`` on a loop.
"""

from collections.abc import Iterator

from isletbench.emulator.collectors.collector import Key, NoCharacteristic
from isletbench.protocols import frames
from isletbench.protocols.att import AttCode, AttError, Cccd, Property
from isletbench.protocols.error_codes import error_code
from isletbench.protocols.errors import WireError
from isletbench.protocols.frames import Frame, FrameReader, FrameType
from isletbench.protocols.packet import decode, encode

TRIES = 3
"""How often a request is sent before silence is believed."""
TIMEOUT_S = 1.0
"""How long one try waits for its answer."""

UNSOLICITED = frozenset({FrameType.NOTIFY, FrameType.INDICATE})


class LinkClient:
    """Requests to send, and what the device's octets mean."""

    def __init__(self) -> None:
        self.table: dict[Key, frames.TableEntry] = {}
        self.entries: list[frames.TableEntry] = []
        """Every row of the table in its order; a device may have a characteristic twice."""
        self.lost = 0
        """Notifications and indications that the device numbered and that never came."""
        self._reader = FrameReader()
        self._keys: dict[int, Key] = {}
        self._seq = 0
        self._last_number: int | None = None  # the number of the last one; None while HELLO is unanswered

    def request(self, kind: FrameType, handle: int = 0, content: bytes = b"") -> Frame:
        """A request with the next number. Send the very same frame again when it goes unanswered."""
        self._seq = (self._seq + 1) % 256
        if kind is FrameType.HELLO:
            self._last_number = None
        return Frame(kind, self._seq, handle, content)

    def hello(self) -> Frame:
        """The request that begins a connection."""
        return self.request(FrameType.HELLO, content=encode(frames.Hello(frames.VERSION)))

    def subscribe(self, handle: int, properties: Property) -> Frame:
        """The request for notifications, or for indications where there are none."""
        wanted = Cccd.NOTIFY if properties & Property.NOTIFY else Cccd.INDICATE
        return self.request(FrameType.SUBSCRIBE, handle, encode(frames.Subscribe(wanted)))

    def unsubscribe(self, handle: int) -> Frame:
        """The request for silence."""
        return self.request(FrameType.SUBSCRIBE, handle, encode(frames.Subscribe(Cccd.OFF)))

    def receive(self, octets: bytes) -> Iterator[Frame]:
        """The intact frames these octets complete, without news for the connection before: what comes ahead of HELLO_RSP."""
        for frame, _ in self._reader.feed(octets):
            if frame.type == FrameType.HELLO_RSP:
                self._last_number = 0
            elif frame.type in UNSOLICITED:
                if self._last_number is None:
                    continue
                self.lost += (frame.seq - self._last_number - 1) % 256
                self._last_number = frame.seq
            yield frame

    @staticmethod
    def confirmation(frame: Frame) -> Frame | None:
        """What an indication must be answered with."""
        return Frame(FrameType.CONFIRM, frame.seq, frame.handle) if frame.type == FrameType.INDICATE else None

    @staticmethod
    def answers(frame: Frame, request: Frame) -> bool:
        """Whether ``frame`` is the answer to ``request``: its number, and its type or ERROR."""
        return frame.seq == request.seq and frame.type in (request.type + 1, FrameType.ERROR)

    def learn(self, answer: Frame) -> int | None:
        """Take a TABLE_RSP in; the handle to ask for next, None when the table is complete. Raises ``WireError``."""
        entries = decode(frames.TableResponse, self.result(answer)).entries
        self.entries += entries
        for entry in entries:
            key = Key(entry.service, entry.uuid)
            self.table[key] = entry
            self._keys[entry.handle] = key
        return entries[-1].handle + 1 if entries else None

    def entry(self, key: Key) -> frames.TableEntry:
        """The characteristic's row. Raises ``NoCharacteristic`` saying what there is."""
        try:
            return self.table[key]
        except KeyError:
            known = ", ".join(f"{k.uuid:04X} of {k.service:04X}" for k in self.table)
            raise NoCharacteristic(f"no characteristic {key.uuid:04X} of {key.service:04X} here; there are {known}") from None

    def key_of(self, handle: int) -> Key | None:
        """Which characteristic a handle is."""
        return self._keys.get(handle)

    def result(self, answer: Frame) -> bytes:
        """The value in an answer. Raises ``AttError`` for a refusal, ``WireError`` for an ERROR frame."""
        match answer.type:
            case FrameType.READ_RSP:
                response = decode(frames.ReadResponse, answer.content)
                status, value = response.status, response.value
            case FrameType.WRITE_RSP | FrameType.SUBSCRIBE_RSP:
                status, value = decode(frames.StatusResponse, answer.content).status, b""
            case FrameType.ERROR:
                error = decode(frames.Error, answer.content)
                raise WireError(f"the device answers ERROR {error.code.name} to a frame of type 0x{error.offending:02X}")
            case _:
                return answer.content
        if status != AttCode.SUCCESS:
            key = self.key_of(answer.handle)
            raise AttError(error_code(status, key.service if key else None))
        return value
