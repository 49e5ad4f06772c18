"""A collector on the serial link, on the event loop: over an in-memory port at any pace, or over a tty."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from isletbench.emulator.collectors.collector import Attribute, Key, OnValue
from isletbench.emulator.collectors.link_client import TIMEOUT_S, TRIES, UNSOLICITED, LinkClient
from isletbench.emulator.core.clock import patience
from isletbench.protocols.att import Property
from isletbench.protocols.frames import Frame, FrameType, encode_frame

AT_LEAST_S = 0.2
"""So many real seconds the device has to answer at any pace."""


class ClientPort(Protocol):
    """An open port, seen by the client."""

    def write(self, octets: bytes) -> None:
        """Send octets."""

    def close(self) -> None:
        """Close the port. Idempotent; ``closed`` is called."""


OpenPort: TypeAlias = Callable[[Callable[[bytes], None], Callable[[], None]], ClientPort]
"""Opens a port, given what to call with octets and when it is closed: ``MemoryPort.connect``, or what ``lines`` has."""


class LinkCollector:
    """Implements ``Collector``. One request at a time; news may come between a request and its answer.

    ``on_news`` receives every notification and indication as it came, in place of those who have subscribed; whoever gives it
    confirms indications.
    """

    def __init__(self, open_port: OpenPort, on_news: Callable[[Frame], None] | None = None) -> None:
        self.open_port = open_port
        """What ``connect`` opens the port with."""
        self._on_news = on_news
        self._core = LinkClient()
        self._port: ClientPort | None = None
        self._listeners: dict[int, OnValue] = {}
        self._asked: tuple[Frame, asyncio.Future[Frame]] | None = None
        self._turn = asyncio.Lock()
        self.confirming = True
        """Whether indications are confirmed. A test of a device may leave it to wait."""
        self.unasked: list[Frame] = []
        """Notifications and indications of characteristics that nobody has subscribed to."""

    @property
    def characteristics(self) -> Mapping[Key, Property]:
        """The characteristics of the device with their properties; empty before the first connection."""
        return {key: entry.properties for key, entry in self._core.table.items()}

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """Every characteristic in the order of the device's table; empty before the first connection."""
        rows = self._core.entries
        return tuple(Attribute(Key(row.service, row.uuid), row.properties, row.cccd != 0) for row in rows)

    @property
    def is_connected(self) -> bool:
        """Whether the connection is open."""
        return self._port is not None

    async def connect(self) -> None:
        """Open the port, greet the device and read its table. Raises ``OSError``, ``TimeoutError``."""
        self.close()
        self._core = LinkClient()
        self._listeners.clear()
        self._port = self.open_port(self._received, self._closed)
        try:
            await self._ask(self._core.hello())
            handle: int | None = 1
            while handle is not None:
                handle = self._core.learn(await self._exchange(self._core.request(FrameType.TABLE, handle)))
        except BaseException:
            self.close()
            raise

    async def disconnect(self) -> None:
        """End the connection. Idempotent."""
        self.close()

    def close(self) -> None:
        """Close the port at once, as a program that dies does."""
        if self._port is not None:
            self._port.close()

    async def read(self, key: Key) -> bytes:
        """The value of a characteristic. Raises ``AttError``, ``TimeoutError``, ``ConnectionError``."""
        return await self._ask(self._core.request(FrameType.READ, self._core.entry(key).handle))

    async def read_cccd(self, key: Key) -> bytes:
        """The octets of a characteristic's CCCD. Raises ``AttError``, ``TimeoutError``, ``ConnectionError``."""
        return await self._ask(self._core.request(FrameType.READ, self._core.entry(key).cccd))

    async def write(self, key: Key, value: bytes, *, response: bool = True) -> None:
        """Write a value. Raises ``AttError``, ``TimeoutError``, ``ConnectionError``."""
        handle = self._core.entry(key).handle
        if response:
            await self._ask(self._core.request(FrameType.WRITE, handle, value))
        else:
            self.command(handle, value)

    async def subscribe(self, key: Key, on_value: OnValue) -> None:
        """Call ``on_value`` with every value notified or indicated.

        Raises ``AttError``, ``TimeoutError``, ``ConnectionError``.
        """
        entry = self._core.entry(key)
        self._listeners[entry.handle] = on_value
        await self._ask(self._core.subscribe(entry.handle, entry.properties))

    async def unsubscribe(self, key: Key) -> None:
        """End the notifications or indications of a characteristic."""
        handle = self._core.entry(key).handle
        await self._ask(self._core.unsubscribe(handle))
        self._listeners.pop(handle, None)

    async def ask(self, kind: FrameType, handle: int, content: bytes = b"") -> bytes:
        """The value that answers a request. Raises ``AttError``, ``TimeoutError``, ``ConnectionError``, ``WireError``."""
        return await self._ask(self._core.request(kind, handle, content))

    def command(self, handle: int, content: bytes) -> None:
        """Write without an answer. Raises ``ConnectionError``."""
        self._send(self._core.request(FrameType.WRITE_CMD, handle, content))

    def confirm(self, indication: Frame) -> None:
        """Confirm an indication. Raises ``ConnectionError``."""
        if confirmation := self._core.confirmation(indication):
            self._send(confirmation)

    def handle_of(self, key: Key) -> int:
        """The handle of a characteristic's value. Raises ``NoCharacteristic``."""
        return self._core.entry(key).handle

    def key_of(self, handle: int) -> Key | None:
        """The characteristic that a handle is of."""
        return self._core.key_of(handle)

    async def _ask(self, request: Frame) -> bytes:
        return self._core.result(await self._exchange(request))

    async def _exchange(self, request: Frame) -> Frame:
        async with self._turn:
            for _ in range(TRIES):
                loop = asyncio.get_running_loop()
                answer: asyncio.Future[Frame] = loop.create_future()
                self._asked = (request, answer)
                timer: asyncio.TimerHandle | None = None
                try:
                    self._send(request)
                    timer = loop.call_later(
                        patience(TIMEOUT_S, AT_LEAST_S), _time_out, answer
                    )  # a tenth of the work of asyncio.timeout
                    return await answer
                except TimeoutError:
                    continue
                finally:
                    self._asked = None
                    if timer is not None:
                        timer.cancel()
        raise TimeoutError(f"no answer to {FrameType(request.type).name} in {TRIES} tries of {TIMEOUT_S:g} s")

    def _send(self, frame: Frame) -> None:
        if self._port is None:
            raise ConnectionError("not connected")
        self._port.write(encode_frame(frame))

    def _received(self, octets: bytes) -> None:
        for frame in self._core.receive(octets):
            if self._port is None:
                return  # a listener has hung up
            if frame.type in UNSOLICITED:
                if self._on_news is not None:
                    self._on_news(frame)
                    continue
                if self.confirming:
                    self.confirm(frame)
                if listener := self._listeners.get(frame.handle):
                    listener(frame.content)
                else:
                    self.unasked.append(frame)
            elif self._asked and self._core.answers(frame, self._asked[0]) and not self._asked[1].done():
                self._asked[1].set_result(frame)

    def _closed(self) -> None:
        self._port = None
        if self._asked and not self._asked[1].done():
            self._asked[1].set_exception(ConnectionError("the device has gone"))


def _time_out(answer: "asyncio.Future[Frame]") -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())
