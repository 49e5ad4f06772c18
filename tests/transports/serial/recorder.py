"""What the tests of ports share: a recorder of a port's events, and a wait for a condition."""

import asyncio
from collections.abc import Callable


class Events:
    """Records the events of a port: implements ``PortEvents``."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.octets = bytearray()

    def opened(self) -> None:
        self.log.append("opened")

    def received(self, octets: bytes) -> None:
        self.octets += octets

    def closed(self) -> None:
        self.log.append("closed")


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is true. Raises ``TimeoutError`` when it never is."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)
