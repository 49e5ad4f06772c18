"""The client's end of the subg_rfspy firmware: on a stick's serial port, or wherever else its commands are passed on."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, TypeAlias

from isletbench.emulator.collectors.link_collector import OpenPort
from isletbench.hil_rigs.clients.paradigm.messages import FitsPacket
from isletbench.hil_rigs.clients.paradigm.port import GIVES_UP_S, Port
from isletbench.hil_rigs.clients.paradigm.pump import ATTEMPTS, NoAnswer
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import line_code, radio, subg_rfspy
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.subg_rfspy import GetVersion, SendAndListen, SendAndListenHead

Fits: TypeAlias = Callable[[bytes], bool]
"""Whether a response can be the one to a command; those that cannot are late ones to earlier commands."""


class Adapter(Protocol):
    """What passes commands of the firmware on."""

    async def ask(self, command: Any, within_s: float = GIVES_UP_S, fits: Fits = bool) -> bytes:
        """The response to a command: the first that fits. Raises ``NoAnswer``, ``OSError`` for an adapter that cannot be
        reached."""

    async def close(self) -> None:
        """End the connection. Idempotent."""


class Stick:
    """Implements ``Adapter`` for a stick on a serial port that ``connect`` opens."""

    def __init__(self, connect: OpenPort) -> None:
        self._port = Port(connect, subg_rfspy.responses)

    async def ask(self, command: Any, within_s: float = GIVES_UP_S, fits: Fits = bool) -> bytes:
        """The first response that fits. Raises ``NoAnswer``, ``OSError`` for a port that cannot be opened."""
        return await self._port.ask(subg_rfspy.request(command), fits, within_s)

    async def close(self) -> None:
        """Close the port."""
        await self._port.close()


class Rfspy:
    """Implements ``Radio``: packets in the line code, each one sent and listened for."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self._is_in_step = True

    async def exchange(self, packet: RadioPacket, fits: FitsPacket, repeats: int, listens_ms: int) -> RadioPacket:
        """The packet that answers. Raises ``NoAnswer``, ``OSError``."""
        coded = line_code.coded(radio.encode(packet))
        on_air = 0.001 * (repeats + 1) * len(coded)
        command = SendAndListen(SendAndListenHead(0, repeats, 0, 0, listens_ms, 0), coded)
        response = await self._ask(command, on_air + listens_ms / 1_000 + GIVES_UP_S)
        try:
            found = radio.decode(line_code.decoded(response[2:]))
        except WireError:
            raise NoAnswer(f"the stick says {response.hex()}") from None
        if not fits(found):
            raise NoAnswer("an answer to something else, or of another pump")
        return found

    async def _ask(self, command: SendAndListen, within_s: float) -> bytes:
        """The response of the adapter. Responses do not say what they belong to: one that has been waited for in vain could
        be taken for the next one, so after a silence the adapter says first which it is. Raises ``NoAnswer``."""
        if not self._is_in_step:
            for _ in range(ATTEMPTS):
                with suppress(NoAnswer):
                    await self._adapter.ask(GetVersion(), fits=_is_version)
                    break
        self._is_in_step = False
        response = await self._adapter.ask(command, within_s, lambda one: not _is_version(one))
        self._is_in_step = True
        return response

    async def close(self) -> None:
        """Close the adapter."""
        await self._adapter.close()


def _is_version(response: bytes) -> bool:
    return response.startswith(subg_rfspy.VERSION.partition(" ")[0].encode("ascii"))
