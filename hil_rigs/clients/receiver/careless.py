"""Careless clients of a receiver: each has one flaw, and is careful otherwise."""

from collections.abc import Callable, Mapping
from typing import Any

from isletbench.hil_rigs.clients.receiver.client import Client
from isletbench.hil_rigs.clients.receiver.requests import Receiver
from isletbench.hil_rigs.clients.receiver.unchecked import unchecked
from isletbench.protocols.dexcom.records import Partition


class ReadsTheNewestPage(Client):
    """It reads the newest page only: what a longer gap has left on older ones it never fetches."""

    def page_from(self, partition: Partition, pages: range) -> int:
        """The last one, once it has begun."""
        return pages[-1] if pages and partition in self._page else 0


class ImportsAgain(Client):
    """It stores whatever is on the page that it reads, what it has stored before included."""

    def is_new(self, partition: Partition, index: int) -> bool:
        """Everything is."""
        return True


class KeepsTheDeadLink(Client):
    """It never opens the port anew, whatever is not answered."""

    def give_up(self) -> None:
        """Wait for better times."""


class SilentToItsUser(Client):
    """It tells its user nothing."""

    def alert(self, about: str, *, on: bool) -> None:
        """Keep it."""


class TakesDamagedPages(Client):
    """It checks no CRC of a page: neither that of its packet nor those of its header and its records."""

    def __init__(self, receiver: Receiver, report: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__(receiver, report)
        receiver.open_port = unchecked(receiver.open_port)


CARELESS = (ReadsTheNewestPage, ImportsAgain, KeepsTheDeadLink, SilentToItsUser, TakesDamagedPages)
"""All of them."""
