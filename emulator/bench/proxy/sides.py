"""The real device's side of a proxy: requests go out over its port, and its messages come in."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from isletbench.emulator.bench.proxy.real_port import RealPort
from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_collector import LinkCollector
from isletbench.emulator.core.endpoint import Link, Outgoing
from isletbench.emulator.core.octets import Answer, Command, Octets
from isletbench.emulator.gatt import (
    Confirm,
    Connected,
    ErrorResponse,
    Indicate,
    Notify,
    Read,
    ReadResponse,
    Request,
    Table,
    Write,
)
from isletbench.emulator.gatt.messages import WriteResponse
from isletbench.emulator.gatt.table import CharacteristicSpec, ServiceSpec
from isletbench.protocols import frames
from isletbench.protocols.att import AttCode, AttError, Property
from isletbench.protocols.errors import WireError
from isletbench.protocols.frames import Frame, FrameType
from isletbench.protocols.packet import encode

GAP_S = 0.03
"""The silence that ends an answer of an existing protocol, s: a USB adapter may hold octets back for 16 ms."""


class _Inbox:
    """Messages of the device that wait for the host, which ``wake`` calls."""

    def __init__(self, port: RealPort) -> None:
        self.port = port
        self.wake: Callable[[], None] = lambda: None
        self.abandon: Callable[[Link], None] = lambda link: None
        """Called with the link of a request that the device does not answer."""
        self._messages: list[Outgoing] = []

    def take(self) -> list[Outgoing]:
        """The messages that have come since the last call."""
        messages, self._messages = self._messages, []
        return messages

    def came(self, message: Outgoing) -> None:
        """Hand a message to the host."""
        self._messages.append(message)
        self.wake()


class LinkSide(_Inbox):
    """A device that speaks the serial link: it is asked for its table first, and has one client at a time."""

    def __init__(self, port: RealPort) -> None:
        super().__init__(port)
        self._collector = LinkCollector(port.connect, self._news)
        self.table = Table(())
        self._link: Link | None = None
        self._indication: Frame | None = None
        self._requests: asyncio.Queue[Request] = asyncio.Queue()
        self._working: asyncio.Task[None] | None = None

    async def learn(self) -> Mapping[Key, Property]:
        """Greet the device and read its table. Raises ``OSError`` when no device of this link answers."""
        try:
            await self._collector.connect()
        except (TimeoutError, WireError) as error:
            raise OSError(
                f"{self.port.address}: {error}: expected a device that speaks the serial link, or --speaks with the protocol"
            ) from None
        found = self._collector.characteristics
        services = dict.fromkeys(key.service for key in found)
        self.table = Table([_spec_of(service, found) for service in services])
        self._working = asyncio.ensure_future(self._work())
        return found

    async def stop(self) -> None:
        """Ask nothing more."""
        if self._working is not None:
            self._working.cancel()
            self._working = None
        self._collector.close()

    def send(self, request: Request) -> None:
        """Pass a request on when those before it have been answered."""
        self._requests.put_nowait(request)

    def hang_up(self) -> None:
        """The client has gone: what it asked and what comes from the device is for nobody."""
        self._link = self._indication = None
        while not self._requests.empty():
            self._requests.get_nowait()
        self._collector.close()

    async def _work(self) -> None:
        while True:
            request = await self._requests.get()
            try:
                answer = await self._answer(request)
            except (OSError, WireError):  # no answer, or one that means nothing: the client gets none
                self.abandon(request.link)
                continue
            if answer is not None and request.link == self._link:
                self.came(answer)

    async def _answer(self, request: Request) -> Outgoing | None:
        """The device's answer. Raises ``OSError`` and ``WireError`` when there is none."""
        match request:
            case Connected(link=link):
                await self._collector.connect()
                self._link = link
            case Confirm():
                if self._indication is not None:
                    self._collector.confirm(self._indication)
                self._indication = None
            case Read(link=link, handle=handle):
                return await self._asked(link, handle, lambda: self._read(link, handle))
            case Write(link=link, handle=handle, value=value, response=True):
                return await self._asked(link, handle, lambda: self._write(link, handle, value))
            case Write(handle=handle, value=value):
                self._collector.command(self._there(handle), value)
            case _:
                pass
        return None

    async def _asked(self, link: Link, handle: int, ask: Callable[[], Any]) -> Outgoing:
        try:
            answer: Outgoing = await ask()
        except AttError as error:
            return ErrorResponse(link, handle, error.code)
        except LookupError:
            return ErrorResponse(link, handle, AttCode.INVALID_HANDLE)
        return answer

    async def _read(self, link: Link, handle: int) -> Outgoing:
        return ReadResponse(link, handle, await self._collector.ask(FrameType.READ, self._there(handle)))

    async def _write(self, link: Link, handle: int, value: bytes) -> Outgoing:
        if (attribute := self.table.by_cccd.get(handle)) is not None:
            wanted = encode(frames.Subscribe(int.from_bytes(value[:2], "little")))
            await self._collector.ask(FrameType.SUBSCRIBE, self._there(attribute.handle), wanted)
        else:
            await self._collector.ask(FrameType.WRITE, self._there(handle), value)
        return WriteResponse(link, handle)

    def _there(self, handle: int) -> int:
        """A handle of the proxy as the device numbers it. Raises ``LookupError`` for one that the device does not have."""
        attribute = self.table.by_handle.get(handle)
        if attribute is None:
            raise LookupError(handle)
        return self._collector.handle_of(Key(attribute.service.uuid, attribute.spec.uuid))

    def _news(self, frame: Frame) -> None:
        key = self._collector.key_of(frame.handle)
        if self._link is None or key is None:
            return
        handle = self.table.of(key.service, key.uuid).handle
        if frame.type == FrameType.INDICATE:
            self._indication = frame
            self.came(Indicate(self._link, handle, frame.content))
        else:
            self.came(Notify(self._link, handle, frame.content))


def _spec_of(service: int, found: Mapping[Key, Property]) -> ServiceSpec:
    own = tuple(CharacteristicSpec(key.uuid, properties) for key, properties in found.items() if key.service == service)
    return ServiceSpec(service, own)


class OctetSide(_Inbox):
    """A device that speaks an existing protocol: octets go to it as they are, and what comes without a gap is one message."""

    def __init__(self, port: RealPort) -> None:
        super().__init__(port)
        self._link: Link | None = None
        self._asked: str | None = None
        self._octets = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def opened(self, link: Link) -> None:
        """A client has opened the port."""
        self._link = link
        with suppress(ConnectionError):  # the device is unplugged: nothing comes
            self.port.connect(self._received, self.hang_up)

    def send(self, request: Command) -> None:
        """Pass a request on at once."""
        self._flush()
        self._asked = request.operation
        self.port.write(request.value)

    def hang_up(self) -> None:
        """The client has gone."""
        self._link = self._asked = None
        self._octets.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def stop(self) -> None:
        """Pass nothing on any more."""
        self.hang_up()

    def _received(self, octets: bytes) -> None:
        self._octets += octets
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(GAP_S, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        octets, self._octets = bytes(self._octets), bytearray()
        if not octets or self._link is None:
            return
        asked, self._asked = self._asked, None
        self.came(Octets(self._link, octets) if asked is None else Answer(self._link, octets, asked))
