"""The client's end of a stick with the MMCommander firmware: it confirms a packet, then passes on whatever it receives."""

from isletbench.emulator.collectors.link_collector import OpenPort
from isletbench.hil_rigs.clients.paradigm.messages import FitsPacket
from isletbench.hil_rigs.clients.paradigm.port import GIVES_UP_S, Port
from isletbench.hil_rigs.clients.paradigm.pump import NotSent
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import mmcommander, radio
from isletbench.protocols.medtronic.mmcommander import MOST_TIMES, Answer, Confirmed, Received, Send
from isletbench.protocols.medtronic.radio import RadioPacket

ON_AIR_S = 0.0008
"""How long an octet is on the air, with what goes before a packet."""


class MMCommander:
    """Implements ``Radio`` for a stick on a serial port that ``connect`` opens.

    The stick says nothing where no packet comes, and a packet does not say what it answers: only what comes after the
    confirmation of the last packet that was sent, and fits, can be its answer.
    """

    def __init__(self, connect: OpenPort) -> None:
        self._port = Port[Answer](connect, mmcommander.answers)

    async def exchange(self, packet: RadioPacket, fits: FitsPacket, repeats: int, listens_ms: int) -> RadioPacket:
        """The packet that answers. Raises ``NoAnswer``, ``NotSent`` for a stick that only receives, ``OSError``."""
        data = radio.encode(packet)
        times = repeats + 1
        for done in range(0, times, MOST_TIMES):
            await self._send(Send(data, min(MOST_TIMES, times - done)))

        def answers(one: Answer) -> bool:
            found = _packet(one)
            return found is not None and fits(found)

        on_air = ON_AIR_S * times * len(data)
        found = _packet(await self._port.wait(answers, on_air + listens_ms / 1_000))
        assert found is not None
        return found

    async def _send(self, send: Send) -> None:
        expected = Confirmed(len(send.data), send.times)
        confirmed = await self._port.ask(
            mmcommander.request(send), lambda one: one in {expected, mmcommander.ONLY_RECEIVES}, GIVES_UP_S
        )
        if confirmed != expected:
            raise NotSent("the stick only receives")

    async def close(self) -> None:
        """Close the port."""
        await self._port.close()


def _packet(answer: Answer) -> RadioPacket | None:
    """The packet in what a stick has passed on, if it is one of a pump's."""
    if not isinstance(answer, Received) or not answer.intact:
        return None
    try:
        return radio.decode(answer.data)
    except WireError:
        return None
