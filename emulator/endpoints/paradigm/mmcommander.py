"""A radio stick with the MMCommander firmware in front of a Paradigm pump: it does the line code itself, on one frequency."""

import math
from collections.abc import Iterator
from typing import Any

from isletbench.emulator.core.octets import Answer, Command, Octets
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.paradigm.face import AdapterFace, RequestFramer
from isletbench.emulator.endpoints.paradigm.operations import OPERATIONS
from isletbench.emulator.endpoints.paradigm.rfspy import BITS_PER_MS, PREAMBLE, packet_word
from isletbench.emulator.endpoints.paradigm.settings import ParadigmSettings
from isletbench.emulator.endpoints.personality import Personality
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import mmcommander, radio
from isletbench.protocols.medtronic.opcodes import Generation

GET_VERSION = "GetVersion"
"""The stick's own command."""


def word(command: mmcommander.Command, generation: Generation) -> str:
    """The operation of a command: that of the radio packet in it, or the stick's own."""
    return GET_VERSION if isinstance(command, mmcommander.GetVersion) else packet_word(command.data, generation)


class Stick(AdapterFace):
    """The stick on a UART. It confirms a command at once, sends one packet after the other, and receives nothing meanwhile."""

    _sends_until: Instant = 0

    def receive(self, command: Command, now: Instant) -> Iterator[Any]:
        """Take one command."""
        for asked in mmcommander.commands().feed(command.value):
            if isinstance(asked, mmcommander.GetVersion):
                yield Answer(command.link, mmcommander.VERSION, command.operation)
            else:
                yield from self._send(asked, command, now)

    def _send(self, asked: mmcommander.Send, command: Command, now: Instant) -> Iterator[Any]:
        yield Octets(command.link, mmcommander.confirmed(asked))
        began = max(now, self._sends_until)
        ended = began + asked.times * (PREAMBLE + math.ceil(12 * len(asked.data) / BITS_PER_MS))
        self._sends_until = ended
        self.lose_between(began, ended)
        try:
            packet = radio.decode(asked.data)
        except WireError:
            return
        if not self.radio.hears(packet, began, ended):
            return
        self.radio.stay_awake(ended + self.settings.awake)
        answer = yield from self.radio.receive(packet, now)
        if answer is not None:
            octets = mmcommander.received(radio.encode(answer))
            self.later(ended + self.radio.delay(packet), Answer(command.link, octets, command.operation))


MMCOMMANDER = Personality(
    name="paradigm_mmcommander",
    about="a Medtronic Paradigm pump behind a radio stick with the MMCommander firmware",
    kind="pump",
    profile="paradigm_x23",
    settings=ParadigmSettings,
    operations=sorted({*OPERATIONS, GET_VERSION}),
    framer=lambda settings: RequestFramer(mmcommander.commands(), lambda command: word(command, settings.generation)),
    face=Stick,
)
"""The stick as a rig names it."""
