"""The client's end of a Paradigm pump: commands to the stick, packets to the pump, records out of its pages."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeAlias, TypeVar

from isletbench.emulator.collectors.link_collector import ClientPort, OpenPort
from isletbench.emulator.core.clock import patience
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import line_code, pages, radio, subg_rfspy
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.records.stored import records_of
from isletbench.protocols.medtronic.subg_rfspy import GetVersion, SendAndListen, SendAndListenHead
from isletbench.protocols.packet import decode, encode

T = TypeVar("T")
Fits: TypeAlias = Callable[[bytes], bool]
"""Whether a response can be the one to a command; those that cannot are late ones to earlier commands."""
LISTENS_MS = 500
"""How long the stick listens for an answer."""
GIVES_UP_S = 2.0
"""How long the stick itself is waited for beyond that."""
AT_LEAST_S = 0.5
"""So many real seconds it is waited for at any pace."""
WAKES_TIMES = 250
"""How often a wake-up is sent in a row."""
WAKES_MS = 3_000
"""How long the answer to a wake-up is waited for."""
ATTEMPTS = 3
"""How often a read is tried."""


class NoAnswer(ConnectionError):
    """Nothing has come, or nothing that could be understood: what was asked for may have been done."""


class NotSent(NoAnswer):
    """The pump has not acknowledged that parameters follow, so that none were sent: nothing was done."""


class Refusal(Exception):
    """The pump does not do it; ``code`` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"NAK {code:02X}")
        self.code = code


class Adapter(Protocol):
    """What passes commands of the subg_rfspy firmware on."""

    async def ask(self, command: Any, within_s: float = GIVES_UP_S, fits: Fits = bool) -> bytes:
        """The response to a command: the first that fits. Raises ``NoAnswer``, ``OSError`` for an adapter that cannot be
        reached."""

    async def close(self) -> None:
        """End the connection. Idempotent."""


class Stick:
    """Implements ``Adapter`` for a stick on a serial port that ``connect`` opens."""

    def __init__(self, connect: OpenPort) -> None:
        self._connect = connect
        self._line: ClientPort | None = None
        self._come = asyncio.Queue[bytes]()
        self._buffer = b""

    def _received(self, octets: bytes) -> None:
        *whole, self._buffer = (self._buffer + octets).split(subg_rfspy.END)
        for response in whole:
            self._come.put_nowait(response)

    def _gone(self) -> None:
        self._line = None

    async def ask(self, command: Any, within_s: float = GIVES_UP_S, fits: Fits = bool) -> bytes:
        """The first response that fits. Raises ``NoAnswer``, ``OSError`` for a port that cannot be opened."""
        if self._line is None:
            self._line = self._connect(self._received, self._gone)
        self._buffer = b""
        while not self._come.empty():
            self._come.get_nowait()
        self._line.write(subg_rfspy.request(command))
        try:
            async with asyncio.timeout(patience(within_s, AT_LEAST_S)):
                while not fits(response := await self._come.get()):
                    pass
                return response
        except TimeoutError:
            raise NoAnswer("the stick is silent") from None

    async def close(self) -> None:
        """Close the port."""
        if self._line is not None:
            self._line.close()
            self._line = None


class Messages:
    """The pump behind an adapter."""

    def __init__(self, stick: Adapter, serial: str, generation: Generation) -> None:
        self._stick, self._serial, self.generation = stick, serial, generation
        self._is_in_step = True

    async def _ask(self, command: SendAndListen, within_s: float) -> bytes:
        """The response of the adapter. Responses do not say what they belong to: one that has been waited for in vain could
        be taken for the next one, so after a silence the adapter says first which it is. Raises ``NoAnswer``."""
        if not self._is_in_step:
            for _ in range(ATTEMPTS):
                with suppress(NoAnswer):
                    await self._stick.ask(GetVersion(), fits=_is_version)
                    break
        self._is_in_step = False
        response = await self._stick.ask(command, within_s, lambda one: not _is_version(one))
        self._is_in_step = True
        return response

    async def _send(self, packet: RadioPacket, *, repeats: int = 0, listens: int = LISTENS_MS) -> RadioPacket:
        head = SendAndListenHead(0, repeats, 0, 0, listens, 0)
        coded = line_code.coded(radio.encode(packet))
        on_air = 0.001 * (repeats + 1) * len(coded)
        response = await self._ask(SendAndListen(head, coded), on_air + listens / 1_000 + GIVES_UP_S)
        try:
            found = radio.decode(line_code.decoded(response[2:]))
        except WireError:
            raise NoAnswer(f"the stick says {response.hex()}") from None
        if found.serial != self._serial:
            raise NoAnswer("the answer of another pump")
        if found.opcode == Opcode.NAK:
            raise Refusal(found.payload[0])
        return found

    def _short(self, opcode: int) -> RadioPacket:
        return RadioPacket(self._serial, opcode)

    async def wake(self) -> None:
        """Make sure that the pump hears. Raises ``NoAnswer``."""
        try:
            await self._send(self._short(Opcode.MODEL))
        except NoAnswer:
            await self._send(self._short(Opcode.WAKE_UP), repeats=WAKES_TIMES - 1, listens=WAKES_MS)

    async def read(self, opcode: Opcode, kind: type[T]) -> T:
        """The answer to a read of one frame; it is asked for anew where it does not come. Raises ``NoAnswer``, ``Refusal``."""
        for attempt in range(ATTEMPTS):
            try:
                packet = await self._send(self._short(opcode))
                if packet.opcode == opcode:
                    return decode(kind, radio.opened(packet.payload).meant)
            except (NoAnswer, WireError):
                if attempt == ATTEMPTS - 1:
                    break
        raise NoAnswer(f"no answer to {opcode.name}")

    async def command(self, opcode: Opcode, parameters: Any) -> None:
        """Have the pump do something. Raises ``NotSent``, ``NoAnswer``, ``Refusal``."""
        await self._announce(opcode)
        answer = await self._send(RadioPacket(self._serial, opcode, radio.counted(encode(parameters))))
        if answer.opcode != Opcode.ACK:
            raise NoAnswer("an answer to something else")

    async def _announce(self, opcode: Opcode) -> None:
        for attempt in range(ATTEMPTS):
            try:
                if (await self._send(self._short(opcode))).opcode == Opcode.ACK:
                    return
            except NoAnswer:
                if attempt == ATTEMPTS - 1:
                    break
        raise NotSent(f"{opcode.name} was not acknowledged")

    async def history(self, page: int = 0) -> list[Any]:
        """The records of a history page, oldest first. Raises ``NoAnswer``, ``Refusal``."""
        await self._announce(Opcode.HISTORY_PAGE)
        packet = await self._send(RadioPacket(self._serial, Opcode.HISTORY_PAGE, radio.counted(bytes([page]))))
        content = b""
        for number in range(1, radio.MOST_FRAMES):
            try:
                frame = radio.opened(packet.payload)
                if frame.frame != number:
                    raise NoAnswer(f"frame {frame.frame} in place of {number}")
                content += frame.data
                if frame.is_last:
                    return list(records_of(pages.opened(content), self.generation))
            except WireError as error:
                raise NoAnswer(str(error)) from None
            packet = await self._send(self._short(Opcode.ACK))
        raise NoAnswer("a page without an end")


def _is_version(response: bytes) -> bool:
    return response.startswith(subg_rfspy.VERSION.partition(" ")[0].encode("ascii"))
