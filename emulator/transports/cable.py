"""The common part of carriers on a cable: no radio, no keys, one connection at a time."""

from collections.abc import Mapping
from typing import Any, ClassVar

from isletbench.emulator.core.actions import CannotDo
from isletbench.emulator.transports.ble.radio import AdvertisingLimits
from isletbench.emulator.transports.carrier import Port


class Cable:
    """A carrier on ``port``; ``client`` is the address that clients open where it differs from the port's."""

    kind: ClassVar[str] = "serial"

    def __init__(self, name: str, port: Port, client: str | None = None) -> None:
        self.name = name
        self._port = port
        self._client = client

    def place(self) -> str:
        """Return the path or URL that a client opens."""
        return self._client or self._port.address

    def exchange(self, request: Any) -> None:
        """Do nothing: plain octets have no link that could be asked for anything."""

    def forget(self, identity: str) -> None:
        """Do nothing: a cable has no keys."""

    def snapshot(self) -> dict[str, Any]:
        """Return no keys."""
        return {}

    def restore(self, keys: Mapping[str, Any]) -> None:
        """Do nothing: a cable has no keys."""

    def silence(self, on: bool) -> None:
        """Do nothing: a cable is no radio."""

    def refuse_pairing(self, on: bool) -> None:
        """Do nothing: a cable has no pairing."""

    def enter_passkey(self, passkey: int) -> None:
        """Raise ``CannotDo``: a cable has no pairing."""
        raise CannotDo("a cable has no pairing")

    def move_services(self, by: int) -> None:
        """Raise ``CannotDo``: clients of a cable read the table anew each time."""
        raise CannotDo("a cable has no Service Changed")

    def reduce_advertising(self, limits: AdvertisingLimits) -> None:
        """Do nothing: a cable does not advertise."""
