"""What the host does for a carrier: requests of the link itself go back to the carrier, and so do its answers to them."""

from typing import Any, Protocol

from isletbench.emulator.gatt import LinkAnswer, LinkRequest


class Exchanging(Protocol):
    """A carrier, or its server, that answers requests of the link."""

    def exchange(self, request: Any, /) -> None:
        """Answer a request of the link."""

    def send(self, outgoing: Any, /) -> None:
        """Send an answer."""


def answered_by(carrier: Exchanging, message: object) -> bool:
    """Let a carrier answer what is of the link itself; whether the message was that."""
    match message:
        case LinkRequest():
            carrier.exchange(message)
        case LinkAnswer():
            carrier.send(message)
        case _:
            return False
    return True
