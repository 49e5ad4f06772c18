"""The client's end of a Paradigm pump over the air: packets to the pump, records out of its pages."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, TypeVar

from isletbench.hil_rigs.clients.paradigm.pump import ATTEMPTS, NoAnswer, NotSent, Refusal
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import pages, radio
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.records.stored import records_of
from isletbench.protocols.packet import decode, encode

T = TypeVar("T")
FitsPacket: TypeAlias = Callable[[RadioPacket], bool]
"""Whether a packet can be the answer; those that cannot are late ones, or of another pump."""
LISTENS_MS = 500
"""How long an answer is listened for."""
WAKES_TIMES = 250
"""How often a wake-up is sent in a row."""
WAKES_MS = 3_000
"""How long the answer to a wake-up is listened for."""


class Radio(Protocol):
    """What sends packets on the air, and receives them."""

    async def exchange(self, packet: RadioPacket, fits: FitsPacket, repeats: int, listens_ms: int) -> RadioPacket:
        """Send a packet, and again so often; the packet that answers. Raises ``NoAnswer``, ``OSError`` for an adapter that
        cannot be reached."""

    async def close(self) -> None:
        """Close the adapter. Idempotent."""


class Messages:
    """Implements ``Pump`` for the pump with this serial number, in the range of a radio."""

    def __init__(self, on_air: Radio, serial: str, generation: Generation) -> None:
        self._radio, self._serial, self.generation = on_air, serial, generation

    async def _send(self, packet: RadioPacket, answer: Opcode, *, repeats: int = 0, listens: int = LISTENS_MS) -> RadioPacket:
        def fits(found: RadioPacket) -> bool:
            return found.serial == self._serial and found.opcode in {answer, Opcode.NAK}

        found = await self._radio.exchange(packet, fits, repeats, listens)
        if found.opcode == Opcode.NAK:
            raise Refusal(found.payload[0])
        return found

    def _short(self, opcode: int) -> RadioPacket:
        return RadioPacket(self._serial, opcode)

    async def wake(self) -> None:
        """Make sure that the pump hears. Raises ``NoAnswer``."""
        try:
            await self._send(self._short(Opcode.MODEL), Opcode.MODEL)
        except NoAnswer:
            await self._send(self._short(Opcode.WAKE_UP), Opcode.ACK, repeats=WAKES_TIMES - 1, listens=WAKES_MS)

    async def read(self, opcode: Opcode, kind: type[T]) -> T:
        """The answer to a read of one frame; it is asked for anew where it does not come. Raises ``NoAnswer``, ``Refusal``."""
        for attempt in range(ATTEMPTS):
            try:
                packet = await self._send(self._short(opcode), opcode)
                return decode(kind, radio.opened(packet.payload).meant)
            except (NoAnswer, WireError):
                if attempt == ATTEMPTS - 1:
                    break
        raise NoAnswer(f"no answer to {opcode.name}")

    async def command(self, opcode: Opcode, parameters: Any) -> None:
        """Have the pump do something. Raises ``NotSent``, ``NoAnswer``, ``Refusal``."""
        await self._announce(opcode)
        await self._send(RadioPacket(self._serial, opcode, radio.counted(encode(parameters))), Opcode.ACK)

    async def _announce(self, opcode: Opcode) -> None:
        for attempt in range(ATTEMPTS):
            try:
                await self._send(self._short(opcode), Opcode.ACK)
                return
            except NoAnswer:
                if attempt == ATTEMPTS - 1:
                    break
        raise NotSent(f"{opcode.name} was not acknowledged")

    async def history(self, page: int = 0) -> list[Any]:
        """The records of a history page, oldest first. Raises ``NoAnswer``, ``Refusal``."""
        await self._announce(Opcode.HISTORY_PAGE)
        asked = RadioPacket(self._serial, Opcode.HISTORY_PAGE, radio.counted(bytes([page])))
        packet = await self._send(asked, Opcode.HISTORY_PAGE)
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
            packet = await self._send(self._short(Opcode.ACK), Opcode.HISTORY_PAGE)
        raise NoAnswer("a page without an end")

    async def close(self) -> None:
        """Close the adapter."""
        await self._radio.close()
