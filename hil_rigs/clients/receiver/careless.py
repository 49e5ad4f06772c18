"""Careless clients of a receiver: each has one flaw, and is careful otherwise."""

from isletbench.hil_rigs.clients.receiver.client import Client
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


CARELESS = (ReadsTheNewestPage, ImportsAgain, KeepsTheDeadLink, SilentToItsUser)
"""All of them."""
