"""The client's end of a RileyLink, written against bleak's public API alone: real radios and the virtual one look the same."""

import asyncio
from typing import Any
from uuid import UUID

from bleak import BleakClient
from bleak.exc import BleakError

from isletbench.hil_rigs.clients.paradigm.messages import GIVES_UP_S, NoAnswer
from isletbench.protocols.medtronic import rileylink

DATA, RESPONSE_COUNT = str(UUID(int=rileylink.DATA)), str(UUID(int=rileylink.RESPONSE_COUNT))


class RileyLink:
    """Implements ``Adapter`` for the RileyLink at ``address``: a command is written, a count notified, a response read."""

    def __init__(self, address: str) -> None:
        self._client = BleakClient(address, timeout=10.0)
        self._counts = asyncio.Queue[int]()

    async def ask(self, command: Any, patience: float = GIVES_UP_S) -> bytes:
        """The response to a command. Raises ``NoAnswer``; ``ConnectionError`` where there is no connection, and none begins."""
        if not self._client.is_connected:
            await self._connect()
        while not self._counts.empty():
            self._counts.get_nowait()
        try:
            await self._client.write_gatt_char(DATA, rileylink.value_of(command), response=True)
            async with asyncio.timeout(patience):
                await self._counts.get()
            return bytes(await self._client.read_gatt_char(DATA))
        except (BleakError, TimeoutError) as error:
            raise NoAnswer(f"the link is silent: {error}") from error

    async def _connect(self) -> None:
        try:
            await self._client.connect()
            await self._client.start_notify(RESPONSE_COUNT, lambda _, value: self._counts.put_nowait(value[0]))
        except (BleakError, TimeoutError) as error:
            raise ConnectionError(str(error)) from error

    async def close(self) -> None:
        """End the connection."""
        await self._client.disconnect()
