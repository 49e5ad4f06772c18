"""The client's end of a RileyLink, written against bleak's public API alone: real radios and the virtual one look the same."""

import asyncio
from typing import Any
from uuid import UUID

from bleak import BleakClient
from bleak.exc import BleakError

from isletbench.emulator.collectors.bleak_collector import AT_LEAST_S as CONNECT_AT_LEAST_S
from isletbench.emulator.collectors.bleak_collector import CONNECT_S
from isletbench.emulator.core.clock import patience
from isletbench.hil_rigs.clients.paradigm.port import AT_LEAST_S, GIVES_UP_S
from isletbench.hil_rigs.clients.paradigm.pump import NoAnswer
from isletbench.hil_rigs.clients.paradigm.rfspy import Fits
from isletbench.protocols.medtronic import rileylink

DATA, RESPONSE_COUNT = str(UUID(int=rileylink.DATA)), str(UUID(int=rileylink.RESPONSE_COUNT))


class RileyLink:
    """Implements ``Adapter`` for the RileyLink at ``address``: a command is written, a count notified, a response read."""

    def __init__(self, address: str) -> None:
        self._client = BleakClient(address)
        self._counts = asyncio.Queue[int]()

    async def ask(self, command: Any, within_s: float = GIVES_UP_S, fits: Fits = bool) -> bytes:
        """The first response that fits. Raises ``NoAnswer``; ``ConnectionError`` where no connection begins."""
        if not self._client.is_connected:
            await self._connect()
        while not self._counts.empty():
            self._counts.get_nowait()
        try:
            await self._client.write_gatt_char(DATA, rileylink.value_of(command), response=True)
            async with asyncio.timeout(patience(within_s, AT_LEAST_S)):
                while True:
                    await self._counts.get()
                    if fits(response := bytes(await self._client.read_gatt_char(DATA))):
                        return response
        except (BleakError, TimeoutError) as error:
            raise NoAnswer(f"the link is silent: {error}") from error

    async def _connect(self) -> None:
        try:
            await self._client.connect(timeout=patience(CONNECT_S, CONNECT_AT_LEAST_S))
            await self._client.start_notify(RESPONSE_COUNT, lambda _, value: self._counts.put_nowait(value[0]))
        except (BleakError, TimeoutError) as error:
            raise ConnectionError(str(error)) from error

    async def close(self) -> None:
        """End the connection."""
        await self._client.disconnect()
