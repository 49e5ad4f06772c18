"""A Paradigm pump without a port: messages, packets and time by hand."""

from collections.abc import Generator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from isletbench.emulator.core.notes import Note
from isletbench.emulator.core.quantities import minutes, units
from isletbench.emulator.endpoints.paradigm import messages
from isletbench.emulator.endpoints.paradigm.radio import PumpRadio
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.emulator.endpoints.paradigm.state import State
from isletbench.emulator.pump.machine import Pump
from isletbench.emulator.pump.paradigm import PARADIGM
from isletbench.protocols.medtronic import pages, radio
from isletbench.protocols.medtronic.opcodes import Generation, Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.records.stored import records_of
from isletbench.protocols.packet import decode, encode

T = TypeVar("T")
EPOCH = datetime.fromisoformat("2030-01-01T06:00:00")


class Paradigm:
    """The pump, and an hour by hand."""

    def __init__(self, model: str = "723", *, awake: bool = True, **settings: Any) -> None:
        profile = PARADIGM["paradigm_x23" if Generation.of(model) is Generation.X23 else "paradigm_x22"]
        basal = [(0, units("0.6")), (minutes(6 * 60 + 30), units("0.8"))]
        self.pump = Pump(profile, epoch=EPOCH, basal=basal, reservoir=units(150), seed=1)
        self.settings = ParadigmSettings(model=model, always_awake=awake, **settings)
        self.state = State.of(self.pump, self.settings)
        self.radio = PumpRadio(self.state)
        self.notes: list[Note] = []
        self.now = 0

    def wait(self, span: int) -> None:
        """Let time pass."""
        self.now += span
        self.pump.advance(self.now)
        self._note()

    def _note(self) -> None:
        for occurrence in self.pump.ledger.drain():
            self.state.occurred(occurrence)

    def _run(self, steps: Generator[Note, None, T]) -> T:
        self.notes = []
        while True:
            try:
                self.notes.append(next(steps))
            except StopIteration as end:
                self._note()
                found: T = end.value
                return found

    def ask(self, opcode: Opcode, parameters: Any = None) -> messages.Reply:
        """Ask the pump, past its radio."""
        given = b"" if parameters is None else parameters if isinstance(parameters, bytes) else encode(parameters)
        return self._run(messages.ask(self.state, opcode, given, self.now))

    def data(self, opcode: Opcode, parameters: Any = None) -> Sequence[bytes]:
        """The payloads of the answer to a read."""
        reply = self.ask(opcode, parameters)
        assert isinstance(reply, messages.Data)
        return reply.payloads

    def read(self, opcode: Opcode, kind: type[T], parameters: Any = None) -> T:
        """The answer to a read, as a packet."""
        payload = radio.opened(self.data(opcode, parameters)[0])
        return decode(kind, payload.meant)

    def page(self, opcode: Opcode, parameters: Any) -> bytes:
        """The content of a page, its CRC checked."""
        return pages.opened(b"".join(radio.opened(payload).data for payload in self.data(opcode, parameters)))

    def history(self, page: int = 0) -> list[Any]:
        """The records of a page of history, oldest first."""
        return list(records_of(self.page(Opcode.HISTORY_PAGE, bytes([page])), self.settings.generation))

    def sends(self, packet: RadioPacket, on_air: int = 0) -> RadioPacket | None:
        """What the pump answers to a packet; None for silence."""
        if not self.radio.hears(packet, self.now, self.now + on_air):
            return None
        return self._run(self.radio.receive(packet, self.now))
