"""The client's end of a CareLink USB stick: it does the exchange with the pump, and is asked for the result."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from isletbench.emulator.collectors.link_collector import OpenPort
from isletbench.hil_rigs.clients.controller.loop_time import now
from isletbench.hil_rigs.clients.paradigm.port import Port
from isletbench.hil_rigs.clients.paradigm.pump import ATTEMPTS, NoAnswer, NotSent, Refusal
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import carelink, pages
from isletbench.protocols.medtronic.carelink import Link, LinkFlag, LinkStatus, Product, ReadRadio, Send
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.medtronic.records.stored import records_of
from isletbench.protocols.packet import decode, encode

T = TypeVar("T")
POLL_S = 0.1
"""How often the stick is asked whether there is anything to read."""
NOTHING_S = 1.0
"""A radio that has not been at work for so long has nothing more to say."""
WORKS_S = 20.0
"""A radio that is at work for longer is given up."""
STAYS_AWAKE_MIN = 1
"""So long a pump is asked to stay awake."""
NO_RECORD, ONE_RECORD, SEVERAL = 0, 1, 2
"""What is expected of the pump."""
DONE = b"\x00"
"""The one octet of an acknowledgement; that of a refusal is its code."""
WORKS = LinkFlag.RECEIVING | LinkFlag.TRANSMITTING
"""The radio is at work."""


class CareLink:
    """Implements ``Pump`` for the pump with this serial number, behind a stick on a serial port that ``connect`` opens."""

    def __init__(self, connect: OpenPort, serial: str, generation: Generation) -> None:
        self._port = Port(connect, carelink.answers)
        self._serial, self.generation = serial, generation
        self._is_in_step = True

    # The stick

    async def _ask(self, command: carelink.Command, fits: Callable[[bytes], bool]) -> bytes:
        """The answer of the stick. Answers do not say what they belong to, so after a silence the stick says first which it is.
        Raises ``NoAnswer``."""
        if not self._is_in_step:
            for _ in range(ATTEMPTS):
                with suppress(NoAnswer):
                    await self._port.ask(carelink.request(Product()), _is_product)
                    break
        self._is_in_step = False
        answer = await self._port.ask(carelink.request(command), fits)
        self._is_in_step = True
        return answer

    async def _send(self, opcode: int, parameters: bytes = b"", expected: int = ONE_RECORD) -> None:
        send = Send(self._serial, opcode, parameters, frames=expected)
        if carelink.is_refused(await self._ask(send, _is_reply)):
            raise NotSent("the stick does not take the message")

    async def _link(self) -> Link:
        answer = await self._ask(LinkStatus(), _is_reply)
        try:
            return decode(Link, answer[carelink.BODY :], trailing=True)
        except WireError as error:
            raise NoAnswer(str(error)) from None

    async def _chunk(self) -> tuple[bytes, bool]:
        """The next piece of what the pump has answered, and whether nothing follows. Raises ``NoAnswer``."""
        link = await self._ready()
        answer = await self._ask(ReadRadio(link.size), _is_chunk)
        try:
            chunk = carelink.chunk_of(answer)
        except WireError as error:
            raise NoAnswer(str(error)) from None
        if carelink.serial_of(answer) != self._serial:
            raise NoAnswer("the answer of another pump")
        return chunk

    async def _ready(self) -> Link:
        """What can be read, when it can. Raises ``NoAnswer``."""
        begins = works = now()
        while now() - works < NOTHING_S and now() - begins < WORKS_S:
            link = await self._link()
            if LinkFlag.DATA_READY in link.flags:
                return link
            if link.flags & WORKS:
                works = now()
            await asyncio.sleep(POLL_S)
        raise NoAnswer("the pump is silent")

    # The pump

    async def _exchange(self, opcode: int, parameters: bytes = b"", expected: int = ONE_RECORD) -> bytes:
        """What the pump answers to a message. Raises ``NotSent``, ``NoAnswer``, ``Refusal``."""
        await self._send(opcode, parameters, expected)
        content, is_last = await self._chunk()
        if len(content) == 1 and content != DONE:
            raise Refusal(content[0])
        while not is_last:
            piece, is_last = await self._chunk()
            content += piece
        return content

    async def wake(self) -> None:
        """Make sure that the pump hears. Raises ``NoAnswer``."""
        try:
            await self._exchange(Opcode.MODEL)
        except NoAnswer:
            await self._exchange(Opcode.WAKE_UP, bytes([1, STAYS_AWAKE_MIN]), NO_RECORD)

    async def read(self, opcode: Opcode, kind: type[T]) -> T:
        """The answer to a read of one frame; it is asked for anew where it does not come. Raises ``NoAnswer``, ``Refusal``."""
        for _ in range(ATTEMPTS):
            with suppress(NoAnswer, WireError):
                return decode(kind, await self._exchange(opcode), trailing=True)
        raise NoAnswer(f"no answer to {opcode.name}")

    async def command(self, opcode: Opcode, parameters: Any) -> None:
        """Have the pump do something. Raises ``NotSent``, ``NoAnswer``, ``Refusal``."""
        if await self._exchange(opcode, encode(parameters)) != DONE:
            raise NoAnswer("an answer to something else")

    async def history(self, page: int = 0) -> list[Any]:
        """The records of a history page, oldest first. Raises ``NoAnswer``, ``Refusal``."""
        content = await self._exchange(Opcode.HISTORY_PAGE, bytes([page]), SEVERAL)
        try:
            return list(records_of(pages.opened(content), self.generation))
        except WireError as error:
            raise NoAnswer(str(error)) from None

    async def close(self) -> None:
        """Close the port."""
        await self._port.close()


def _is_reply(answer: bytes) -> bool:
    return not _is_product(answer) and len(answer) == carelink.REPLY and not carelink.is_chunk(answer)


def _is_chunk(answer: bytes) -> bool:
    return carelink.is_chunk(answer) or carelink.is_refused(answer)


def _is_product(answer: bytes) -> bool:
    return carelink.NAME in answer
