"""The serial link as a carrier: GATT operations in frames on any port of octets. ``docs/serial-link.md`` is its manual.

``LinkServer`` is the protocol without I/O: frames in, requests for the device and frames out. ``SerialLink`` ties it to a
port.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    Disconnected,
    ErrorResponse,
    Indicate,
    Link,
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
"""What an ATT_MTU would be for values of this length: a notification spends 3 octets of it on its header."""
_REQUESTS = {FrameType.TABLE, FrameType.READ, FrameType.WRITE, FrameType.SUBSCRIBE}
_UNANSWERED = {FrameType.WRITE_CMD, FrameType.CONFIRM}

OnFrame: TypeAlias = Callable[[str, bytes], None]
"""Told every frame's octets, damaged ones included: direction ``in`` or ``out`` as the device sees it."""


class LinkServer:
    """One device's end of the link. ``send`` is called with every frame it answers, ``deliver`` with every request."""

    def __init__(self, name: str, title: str, table: Table, deliver: Deliver, send: Callable[[Frame], None]) -> None:
        self._name, self._title, self._table = name, title, table
        self._deliver, self._send = deliver, send
        self._entries = [
            frames.TableEntry(a.service.uuid, a.spec.uuid, a.spec.properties, a.handle, a.cccd or 0) for a in table.attributes
        ]
        self._hash = crc16_mcrf4xx(encode(frames.TableResponse(tuple(self._entries))))
        self._connections = 0
        self._link: str | None = None
        self._told = 0  # the counter of notifications and indications
        self._forget()

    def _forget(self) -> None:
        """What is known of the frames of one connection."""
        self._asked: Frame | None = None  # the open request
        self._answered: tuple[Frame, Frame | None] | None = None  # the last one, and what it was told, if anything
        self._commanded: Frame | None = None
        self._indicated: Frame | None = None  # not confirmed yet

    def closed(self) -> None:
        """The port has been closed: the connection on it is gone."""
        link, self._link = self._link, None
        self._forget()
        if link is not None:
            self._deliver(Disconnected(link))

    def receive(self, frame: Frame) -> None:
        """Take one intact frame."""
        if frame.type in frames.FROM_DEVICE:
            return
        if frame.type == FrameType.HELLO:
            self._hello(frame)
        elif frame.type in _UNANSWERED:
            self._obey(frame)
        elif frame.type not in _REQUESTS:
            self._complain(frame, LinkError.UNKNOWN_TYPE)
        elif self._link is None:
            self._complain(frame, LinkError.NO_CONNECTION)
        elif self._answered is not None and self._answered[0] == frame:
            # The client did not hear the answer and asks again: it is told again, and nothing is done twice.
            if told := self._answered[1]:
                self._send(told)
        elif self._asked is None:
            self._ask(frame, self._link)
        elif self._asked != frame:  # else it asks again before the answer is there, which will come
            self._complain(frame, LinkError.BUSY)

    def abandon(self, link: Link) -> None:
        """The open request is closed without an answer; when it is repeated, too."""
        if link == self._link and self._asked is not None:
            self._answered, self._asked = (self._asked, None), None

    def disconnect(self, link: Link) -> None:
        """This connection is over: whatever comes before the next HELLO is told so."""
        if link == self._link:
            self.closed()

    def _hello(self, frame: Frame) -> None:
        try:
            decode(frames.Hello, frame.content, trailing=True)
        except WireError:
            self._complain(frame, LinkError.MALFORMED)
            return
        self.closed()
        self._connections += 1
        self._told = 0
        self._link = f"{self._name}#{self._connections}"
        self._deliver(Connected(self._link, LINK_MTU, Security.AUTHENTICATED))
        answer = frames.HelloResponse(frames.VERSION, frames.MAX_VALUE, self._hash, self._title)
        self._answer(frame, encode(answer))

    def _obey(self, frame: Frame) -> None:
        """What is never answered: not when there is no connection, not when it makes no sense."""
        if self._link is None or len(frame.content) > frames.MAX_VALUE:
            return
        if frame.type == FrameType.WRITE_CMD:
            if frame != self._commanded:
                self._commanded = frame
                self._deliver(Write(self._link, frame.handle, frame.content, response=False))
        elif self._indicated is not None and (self._indicated.seq, self._indicated.handle) == (frame.seq, frame.handle):
            self._indicated = None
            self._deliver(Confirm(self._link, frame.handle))

    def _ask(self, frame: Frame, link: str) -> None:
        try:
            asked = self._meaning(frame, link)
        except WireError:
            self._complain(frame, LinkError.MALFORMED)
            return
        if isinstance(asked, bytes):
            self._answer(frame, asked)
            return
        self._asked = frame
        self._deliver(asked)

    def _meaning(self, frame: Frame, link: str) -> Request | bytes:
        """What to ask the device, or the content of the answer where the link itself knows it. Raises ``WireError``."""
        match frame.type:
            case FrameType.WRITE:
                _at_most(frame, frames.MAX_VALUE)
                return Write(link, frame.handle, frame.content)
            case FrameType.SUBSCRIBE:
                wanted = decode(frames.Subscribe, frame.content).cccd
                attribute = self._table.by_handle.get(frame.handle)
                if attribute is None or attribute.cccd is None:
                    return encode(frames.StatusResponse(AttCode.INVALID_HANDLE))
                return Write(link, attribute.cccd, wanted.to_bytes(2, "little"))
            case FrameType.TABLE:
                _at_most(frame, 0)
                entries = [entry for entry in self._entries if entry.handle >= frame.handle]
                return encode(frames.TableResponse(tuple(entries[: frames.ENTRIES_PER_FRAME])))
            case _:
                _at_most(frame, 0)
                return Read(link, frame.handle)

    def send(self, outgoing: Outgoing) -> None:
        """Send what the device answers or tells. What is meant for an earlier connection is dropped."""
        if outgoing.link != self._link:
            return
        match outgoing:
            case Notify() | Indicate():
                kind = FrameType.NOTIFY if isinstance(outgoing, Notify) else FrameType.INDICATE
                self._told = (self._told + 1) % 256
                news = Frame(kind, self._told, outgoing.handle, outgoing.value)
                if kind is FrameType.INDICATE:
                    self._indicated = news
                self._send(news)
            case _ if asked := self._asked:
                self._asked = None
                self._answer(asked, self._answer_value(asked, outgoing))

    @staticmethod
    def _answer_value(asked: Frame, outgoing: Outgoing) -> bytes:
        match outgoing:
            case ReadResponse(value=value):
                return encode(frames.ReadResponse(AttCode.SUCCESS, value[: frames.MAX_VALUE]))
            case ErrorResponse(code=code) if asked.type == FrameType.READ:
                return encode(frames.ReadResponse(code, b""))
            case ErrorResponse(code=code):
                return encode(frames.StatusResponse(code))
            case _:
                return encode(frames.StatusResponse(AttCode.SUCCESS))

    def _answer(self, asked: Frame, value: bytes) -> None:
        answer = Frame(asked.type + 1, asked.seq, asked.handle, value)
        self._answered = (asked, answer)
        self._send(answer)

    def _complain(self, frame: Frame, code: LinkError) -> None:
        self._send(Frame(FrameType.ERROR, frame.seq, frame.handle, encode(frames.Error(code, frame.type))))


def _at_most(frame: Frame, octets: int) -> None:
    if len(frame.content) > octets:
        raise WireError(f"expected at most {octets} octets, got {len(frame.content)}", octets=frame.content, field="content")


class SerialLink(Cable):
    """A carrier: the link on a port. ``title`` is what HELLO_RSP calls the device."""

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
        """Frames dropped because they were not intact."""
        return self._reader.damaged

    async def start(self, endpoint: HasAttributes, deliver: Deliver) -> None:
        self._server = LinkServer(self.name, self._title, endpoint.table, deliver, self._write)
        await self._port.start(self)

    def send(self, outgoing: Outgoing) -> None:
        if self._server is not None:
            self._server.send(outgoing)

    def abandon(self, link: Link) -> None:
        if self._server is not None:
            self._server.abandon(link)

    def disconnect(self, link: Link) -> None:
        if self._server is not None:
            self._server.disconnect(link)

    async def stop(self) -> None:
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
        """Octets from the client, in any chunking."""
        for frame, on_the_wire in self._reader.feed(octets):
            self._on_frame("in", on_the_wire)
            if self._server is not None:
                self._server.receive(frame)

    def closed(self) -> None:
        """The client has gone."""
        if self._server is not None:
            self._server.closed()
