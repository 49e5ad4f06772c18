"""The serial link as a carrier: GATT operations in frames on any port. ``docs/serial-link.md`` is its specification.

``LinkServer`` is the protocol without I/O: it takes frames and returns requests for the device and frames for the client.
``SerialLink`` connects it to a port.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeAlias

from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    Disconnected,
    ErrorResponse,
    Indicate,
    Link,
    LinkAnswer,
    LinkRequest,
    Notify,
    Outgoing,
    Read,
    ReadResponse,
    Request,
    Security,
    Table,
    Write,
)
from isletbench.emulator.transports.cable import Cable
from isletbench.emulator.transports.carrier import Deliver, HasAttributes, Port
from isletbench.protocols import frames
from isletbench.protocols.att import AttCode
from isletbench.protocols.e2e import crc16_mcrf4xx
from isletbench.protocols.errors import WireError
from isletbench.protocols.frames import Frame, FrameReader, FrameType, LinkError
from isletbench.protocols.packet import decode, encode

LINK_MTU = frames.MAX_VALUE + 3
"""The ATT_MTU that corresponds to the longest value, octets: a notification has a header of 3 octets."""
_REQUESTS = frozenset({FrameType.TABLE, FrameType.READ, FrameType.WRITE, FrameType.SUBSCRIBE})
_UNANSWERED = frozenset({FrameType.WRITE_CMD, FrameType.CONFIRM})
_SUCCESS = encode(frames.StatusResponse(AttCode.SUCCESS))
"""The content of a response without a value; that of a READ_RSP begins with it."""

OnFrame: TypeAlias = Callable[[str, bytes], None]
"""Receives the octets of every frame, damaged ones included, with direction ``in`` or ``out`` as seen by the device."""


@lru_cache(maxsize=64)
def _entries_of(table: Table) -> tuple[tuple[frames.TableEntry, ...], int]:
    """The table as TABLE_RSP sends it, and its hash: one for all devices with this table."""
    entries = tuple(
        frames.TableEntry(a.service.uuid, a.spec.uuid, a.spec.properties, a.handle, a.cccd or 0) for a in table.attributes
    )
    return entries, crc16_mcrf4xx(encode(frames.TableResponse(entries)))


class LinkServer:
    """The server of the link for one device. It calls ``send`` with every frame and ``deliver`` with every request."""

    def __init__(self, name: str, title: str, table: Table, deliver: Deliver, send: Callable[[Frame], None]) -> None:
        self._name, self._title, self._table = name, title, table
        self._deliver, self._send = deliver, send
        self._entries, self._hash = _entries_of(table)
        self._connections = 0
        self._link: str | None = None
        self._notification_count = 0  # the counter of notifications and indications
        self._reset()

    def _reset(self) -> None:
        """Reset the state of the connection's frames."""
        self._open_request: Frame | None = None  # the open request
        self._last_exchange: tuple[Frame, Frame | None] | None = None  # the last request and its response, if it had one
        self._last_command: Frame | None = None
        self._open_indication: Frame | None = None  # not confirmed yet
        self._hello_frame: Frame | None = None  # HELLO without an answer

    def closed(self) -> None:
        """End the connection: the port has been closed."""
        link, self._link = self._link, None
        self._reset()
        if link is not None:
            self._deliver(Disconnected(link))

    def receive(self, frame: Frame) -> None:
        """Handle one intact frame."""
        if frame.type in frames.FROM_DEVICE:
            return
        if frame.type == FrameType.HELLO:
            self._hello(frame)
        elif frame.type in _UNANSWERED:
            self._take_unanswered(frame)
        elif frame.type not in _REQUESTS:
            self._send_error(frame, LinkError.UNKNOWN_TYPE)
        elif self._link is None:
            self._send_error(frame, LinkError.NO_CONNECTION)
        elif self._last_exchange is not None and self._last_exchange[0] == frame:
            # The client has not received the response and repeats its request: the stored response is sent again.
            if response := self._last_exchange[1]:
                self._send(response)
        elif self._open_request is None:
            self._request(frame, self._link)
        elif self._open_request != frame:  # else it is a repeated request whose response follows
            self._send_error(frame, LinkError.BUSY)

    def abandon(self, link: Link) -> None:
        """Close the open request without a response, also when it is repeated; a repeated HELLO is another one."""
        if self._hello_frame is not None:
            self._hello_frame = None
            return
        if link == self._link and self._open_request is not None:
            self._last_exchange, self._open_request = (self._open_request, None), None

    def disconnect(self, link: Link) -> None:
        """End this connection: requests before the next HELLO get ERROR."""
        if link == self._link:
            self.closed()

    def _hello(self, frame: Frame) -> None:
        try:
            decode(frames.Hello, frame.content, trailing=True)
        except WireError:
            self._send_error(frame, LinkError.MALFORMED)
            return
        if frame == self._hello_frame:
            return  # a repeated HELLO whose answer follows
        self._hello_frame = frame
        self._deliver(LinkRequest(f"{self._name}#{self._connections + 1}", "HELLO", frame.content))

    def exchange(self, request: LinkRequest) -> None:
        """Answer HELLO or TABLE, unless the client has closed the port meanwhile."""
        if request.operation == "HELLO" and (frame := self._hello_frame) is not None:
            self.closed()
            self._hello_frame = frame
            self._connections += 1
            self._notification_count = 0
            self._link = f"{self._name}#{self._connections}"
            self._deliver(Connected(self._link, LINK_MTU, Security.AUTHENTICATED))
            response = frames.HelloResponse(frames.VERSION, frames.MAX_VALUE, self._hash, self._title)
            self._deliver(LinkAnswer(self._link, request.operation, encode(response)))
        elif request.operation == "TABLE" and request.link == self._link and (frame := self._open_request) is not None:
            entries = [entry for entry in self._entries if entry.handle >= frame.handle]
            content = encode(frames.TableResponse(tuple(entries[: frames.ENTRIES_PER_FRAME])))
            self._deliver(LinkAnswer(request.link, request.operation, content))

    def _take_unanswered(self, frame: Frame) -> None:
        """Handle a frame that is never answered, not even without a connection or when malformed."""
        if self._link is None or len(frame.content) > frames.MAX_VALUE:
            return
        if frame.type == FrameType.WRITE_CMD:
            if frame != self._last_command:
                self._last_command = frame
                self._deliver(Write(self._link, frame.handle, frame.content, response=False))
        elif self._open_indication is not None and (self._open_indication.seq, self._open_indication.handle) == (
            frame.seq,
            frame.handle,
        ):
            self._open_indication = None
            self._deliver(Confirm(self._link, frame.handle))

    def _request(self, frame: Frame, link: str) -> None:
        try:
            request = self._decode(frame, link)
        except WireError:
            self._send_error(frame, LinkError.MALFORMED)
            return
        if isinstance(request, bytes):
            self._respond(frame, request)
            return
        self._open_request = frame
        self._deliver(request)

    def _decode(self, frame: Frame, link: str) -> Request | LinkRequest | bytes:
        """Return the request for the device, or the content of a response that needs no device. Raises ``WireError``."""
        match frame.type:
            case FrameType.WRITE:
                _check_length(frame, frames.MAX_VALUE)
                return Write(link, frame.handle, frame.content)
            case FrameType.SUBSCRIBE:
                wanted = decode(frames.Subscribe, frame.content).cccd
                attribute = self._table.by_handle.get(frame.handle)
                if attribute is None or attribute.cccd is None:
                    return encode(frames.StatusResponse(AttCode.INVALID_HANDLE))
                return Write(link, attribute.cccd, wanted.to_bytes(2, "little"))
            case FrameType.TABLE:
                _check_length(frame, 0)
                return LinkRequest(link, "TABLE", frame.content)
            case _:
                _check_length(frame, 0)
                return Read(link, frame.handle)

    def send(self, outgoing: Outgoing | LinkAnswer) -> None:
        """Send a message of the device or of the link; one for an earlier connection is dropped."""
        if (frame := self._hello_frame) is not None and _answers_hello(outgoing):
            self._answer_hello(frame, outgoing)
            return
        if outgoing.link != self._link:
            return
        match outgoing:
            case Notify() | Indicate():
                kind = FrameType.NOTIFY if isinstance(outgoing, Notify) else FrameType.INDICATE
                self._notification_count = (self._notification_count + 1) % 256
                frame = Frame(kind, self._notification_count, outgoing.handle, outgoing.value)
                if kind is FrameType.INDICATE:
                    self._open_indication = frame
                self._send(frame)
            case ErrorResponse() if (request := self._open_request) and request.type == FrameType.TABLE:
                self._open_request = None
                self._send_error(request, LinkError.BUSY)
            case _ if request := self._open_request:
                self._open_request = None
                self._respond(request, self._response_content(request, outgoing))

    def _answer_hello(self, frame: Frame, outgoing: Outgoing | LinkAnswer) -> None:
        """Accept a connection, or refuse it."""
        self._hello_frame = None
        if isinstance(outgoing, LinkAnswer):
            self._respond(frame, outgoing.value)
        else:
            self._send_error(frame, LinkError.BUSY)

    @staticmethod
    def _response_content(request: Frame, outgoing: Outgoing | LinkAnswer) -> bytes:
        match outgoing:
            case LinkAnswer(value=value):
                return value
            case ReadResponse(value=value):
                return _SUCCESS + value[: frames.MAX_VALUE]
            case ErrorResponse(code=code) if request.type == FrameType.READ:
                return encode(frames.ReadResponse(code, b""))
            case ErrorResponse(code=code):
                return encode(frames.StatusResponse(code))
            case _:
                return _SUCCESS

    def _respond(self, request: Frame, value: bytes) -> None:
        response = Frame(request.type + 1, request.seq, request.handle, value)
        self._last_exchange = (request, response)
        self._send(response)

    def _send_error(self, frame: Frame, code: LinkError) -> None:
        self._send(Frame(FrameType.ERROR, frame.seq, frame.handle, encode(frames.Error(code, frame.type))))


def _answers_hello(outgoing: Outgoing | LinkAnswer) -> bool:
    """Whether this is the answer to HELLO, or the refusal of one: it names no attribute."""
    if isinstance(outgoing, LinkAnswer):
        return outgoing.operation == "HELLO"
    return isinstance(outgoing, ErrorResponse) and not outgoing.handle


def _check_length(frame: Frame, octets: int) -> None:
    if len(frame.content) > octets:
        raise WireError(f"expected at most {octets} octets, got {len(frame.content)}", octets=frame.content, field="content")


class SerialLink(Cable):
    """The carrier for the link on a port. ``title`` is the name of the device in HELLO_RSP."""

    def __init__(
        self, name: str, port: Port, title: str, on_frame: OnFrame | None = None, *, client: str | None = None
    ) -> None:
        super().__init__(name, port, client)
        self._title = title
        self._on_frame = on_frame or (lambda direction, octets: None)
        self._reader = FrameReader(partial(self._on_frame, "in"))
        self._server: LinkServer | None = None

    @property
    def damaged(self) -> int:
        """The number of frames that were dropped as damaged."""
        return self._reader.damaged

    async def start(self, endpoint: HasAttributes, deliver: Deliver) -> None:
        """Start the port; requests go to ``deliver``. Raises ``OSError`` when its address is not available."""
        self._server = LinkServer(self.name, self._title, endpoint.table, deliver, self._write)
        await self._port.start(self)

    def exchange(self, request: LinkRequest) -> None:
        """Answer HELLO or TABLE."""
        if self._server is not None:
            self._server.exchange(request)

    def send(self, outgoing: Outgoing | LinkAnswer) -> None:
        """Send a message of the device or of the link; one for a link that has ended is dropped."""
        if self._server is not None:
            self._server.send(outgoing)

    def abandon(self, link: Link) -> None:
        """Close the open request of this link without a response."""
        if self._server is not None:
            self._server.abandon(link)

    def disconnect(self, link: Link) -> None:
        """End this connection; a link that has ended is ignored."""
        if self._server is not None:
            self._server.disconnect(link)

    async def stop(self) -> None:
        """Stop the port and end the connection. Idempotent."""
        await self._port.stop()
        self.closed()

    def _write(self, frame: Frame) -> None:
        octets = frames.encode_frame(frame)
        self._on_frame("out", octets)
        self._port.write(octets)

    # Port events

    def opened(self) -> None:
        """A client has opened the port; the connection begins with its HELLO."""
        self._reader.reset()

    def received(self, octets: bytes) -> None:
        """Parse octets from the client, in any chunking."""
        for frame, on_the_wire in self._reader.feed(octets):
            self._on_frame("in", on_the_wire)
            if self._server is not None:
                self._server.receive(frame)

    def closed(self) -> None:
        """The client has closed the port: the connection ends."""
        if self._server is not None:
            self._server.closed()
