"""A stick's serial port, seen by a client: opened when something is asked, and what comes is cut into responses."""

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from isletbench.emulator.collectors.link_collector import ClientPort, OpenPort
from isletbench.emulator.core.clock import patience
from isletbench.hil_rigs.clients.paradigm.pump import NoAnswer

T = TypeVar("T")
GIVES_UP_S = 2.0
"""How long a stick is waited for beyond what it has to do."""
AT_LEAST_S = 0.5
"""So many real seconds it is waited for at any pace."""


class Parser(Protocol[T]):
    """Makes responses of octets, in whatever chunks they come."""

    def feed(self, octets: bytes) -> list[T]:
        """The responses that are complete now."""


class Port(Generic[T]):
    """The port that ``connect`` opens. ``parser`` makes a new parser of what comes."""

    def __init__(self, connect: OpenPort, parser: Callable[[], Parser[T]]) -> None:
        self._connect = connect
        self._new_parser = parser
        self._parser = parser()
        self._line: ClientPort | None = None
        self._come = asyncio.Queue[T]()

    def _received(self, octets: bytes) -> None:
        for response in self._parser.feed(octets):
            self._come.put_nowait(response)

    def _gone(self) -> None:
        self._line = None

    async def ask(self, request: bytes, fits: Callable[[T], bool], within_s: float = GIVES_UP_S) -> T:
        """The first response that fits, of those that come after the request. Raises ``NoAnswer``, ``OSError`` for a port that
        cannot be opened."""
        if self._line is None:
            self._line = self._connect(self._received, self._gone)
        self._parser = self._new_parser()
        while not self._come.empty():
            self._come.get_nowait()
        self._line.write(request)
        return await self.wait(fits, within_s)

    async def wait(self, fits: Callable[[T], bool], within_s: float = GIVES_UP_S) -> T:
        """The next response that fits. Raises ``NoAnswer``."""
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
