"""A small synchronous client of the serial link, on pyserial.

    with SerialClient("/run/user/1000/isletbench/pump") as pump:
        print(pump.name, pump.read(Key(0x183A, 0x2B21)).hex())

``docs/serial-link.md`` says what happens on the wire.
"""

import io
import select
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import serial

from isletbench.emulator.collectors.collector import Key
from isletbench.emulator.collectors.link_client import TIMEOUT_S, TRIES, UNSOLICITED, LinkClient
from isletbench.protocols import frames
from isletbench.protocols.att import Property
from isletbench.protocols.frames import Frame, FrameType, encode_frame
from isletbench.protocols.packet import decode

POLL_S = 0.02
"""How long one look for octets waits, s."""
READ_SIZE = 4_096


def _receiver(port: serial.Serial) -> Callable[[], bytes]:
    """Return what waits for octets, at most ``POLL_S``, and returns all that have come.

    A port with a descriptor is waited for and read once. pyserial's own reading returns when as many octets as asked for have
    come, which nobody knows before; that takes two reads an answer, and is left to ports without a descriptor.
    """
    try:
        descriptors = [port.fileno()]
    except (AttributeError, io.UnsupportedOperation):
        return lambda: bytes(port.read(max(1, port.in_waiting)))

    def receive() -> bytes:
        ready, _, _ = select.select(descriptors, [], [], POLL_S)
        return bytes(port.read(READ_SIZE)) if ready else b""

    port.timeout = 0
    return receive


class SerialClient:
    """One connection to one device. ``port`` is a device path or any URL pyserial knows.

    Raises ``serial.SerialException`` when the port cannot be opened or dies, ``TimeoutError`` when the device does not answer
    three tries, ``AttError`` when it refuses, ``NoCharacteristic`` for a characteristic it does not have.
    """

    def __init__(self, port: str, *, baudrate: int = 115_200, timeout: float = TIMEOUT_S) -> None:
        self._port = serial.serial_for_url(port, baudrate=baudrate, timeout=POLL_S)
        self._octets = _receiver(self._port)
        self._timeout = timeout
        self._core = LinkClient()
        self._news: deque[tuple[Key, bytes]] = deque()
        try:
            self._port.reset_input_buffer()
            hello = decode(frames.HelloResponse, self._ask(self._core.hello()))
            self.name: str = hello.name
            handle: int | None = 1
            while handle is not None:
                handle = self._core.learn(self._exchange(self._core.request(FrameType.TABLE, handle)))
        except BaseException:
            self._port.close()
            raise

    @property
    def characteristics(self) -> Mapping[Key, Property]:
        """What the device offers."""
        return {key: entry.properties for key, entry in self._core.table.items()}

    def read(self, key: Key) -> bytes:
        """The value of a characteristic."""
        return self._ask(self._core.request(FrameType.READ, self._core.entry(key).handle))

    @property
    def lost(self) -> int:
        """Notifications and indications that the device numbered and that never came."""
        return self._core.lost

    def write(self, key: Key, value: bytes, *, response: bool = True) -> None:
        """Write a value; with ``response``, returns once the device has taken it."""
        handle = self._core.entry(key).handle
        if response:
            self._ask(self._core.request(FrameType.WRITE, handle, value))
        else:
            self._send(self._core.request(FrameType.WRITE_CMD, handle, value))

    def subscribe(self, key: Key) -> None:
        """Be told of every value of this characteristic: ``wait`` hands them out."""
        entry = self._core.entry(key)
        self._ask(self._core.subscribe(entry.handle, entry.properties))

    def unsubscribe(self, key: Key) -> None:
        """Be told no more."""
        self._ask(self._core.unsubscribe(self._core.entry(key).handle))

    def wait(self, timeout: float, key: Key | None = None) -> tuple[Key, bytes] | None:
        """The next value the device told, of any characteristic or of ``key`` only; None when none came in time (s)."""
        deadline = time.monotonic() + timeout
        while True:
            for news in self._news:
                if key is None or news[0] == key:
                    self._news.remove(news)
                    return news
            if time.monotonic() >= deadline:
                return None
            self._receive()

    def close(self) -> None:
        """Close the port; the device sees the connection end. Idempotent."""
        self._port.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, request: Frame) -> bytes:
        return self._core.result(self._exchange(request))

    def _exchange(self, request: Frame) -> Frame:
        for _ in range(TRIES):
            self._send(request)
            deadline = time.monotonic() + self._timeout
            while time.monotonic() < deadline:
                for answer in self._receive():
                    if self._core.answers(answer, request):
                        return answer
        raise TimeoutError(f"no answer to {FrameType(request.type).name} in {TRIES} tries of {self._timeout:g} s")

    def _send(self, frame: Frame) -> None:
        try:
            self._port.write(encode_frame(frame))
        except OSError as error:
            raise serial.SerialException(f"{self._port.port}: the device has gone: {error}") from None

    def _receive(self) -> list[Frame]:
        """What has come, news set aside and indications confirmed; waits a moment for the first octet."""
        try:
            octets = self._octets()
        except OSError as error:
            raise serial.SerialException(f"{self._port.port}: the device has gone: {error}") from None
        answers = []
        for frame in self._core.receive(octets):
            if frame.type not in UNSOLICITED:
                answers.append(frame)
                continue
            if confirmation := self._core.confirmation(frame):
                self._send(confirmation)
            if key := self._core.key_of(frame.handle):
                self._news.append((key, frame.content))
        return answers
