"""Actions on the Bluetooth side of a device: what its user does to a carrier, not to the machine behind it."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from isletbench.emulator.core.actions import Action, Actions, CannotDo
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.core.ranges import Within
from isletbench.emulator.transports.carrier import Carrier

MAX_MOVE = 10_000
"""Handles: of 65 535 there are, a device's and those of its Bluetooth stack have to find room."""
MAX_PASSKEY = 999_999
"""Core Vol 3, Part H, 2.3.5.3: six decimal digits."""


class RadioAction(Action[Carrier]):
    """An action on a carrier of a device with Bluetooth LE."""

    on_radio: ClassVar = True


class EnterPasskey(RadioAction):
    """Type in the passkey that a client displays while it pairs with a device with ``enters_passkey``."""

    passkey: Annotated[int, Within(0, MAX_PASSKEY)]
    """Six decimal digits."""

    def do(self, machine: Carrier, now: Instant) -> None:
        """Hand the passkey to the pairing that waits for it. Raises ``CannotDo`` when none does."""
        machine.enter_passkey(self.passkey)


class MoveServices(RadioAction):
    """Its attributes are at other handles from now on, as after an update of its firmware. Clients that have subscribed to
    Service Changed are told at once, bonded ones that are not connected at their next connection.
    """

    by: Annotated[int, Within(-MAX_MOVE, MAX_MOVE)] = 16
    """How many handles further; 0 says that something has changed though nothing has."""

    def do(self, machine: Carrier, now: Instant) -> None:
        """Move the attributes. Raises ``CannotDo`` when they would be where handles end."""
        machine.move_services(self.by)


RADIO_ACTIONS: tuple[type[RadioAction], ...] = (EnterPasskey, MoveServices)
"""The actions that every kind of device has beside its own."""


def with_radio_actions(actions: Actions[Any]) -> Actions[Any]:
    """Return the actions of a kind of device with those on its radio."""
    return actions.extended_by(*RADIO_ACTIONS)


def radio_of(carriers: Iterable[Carrier], device: str) -> Carrier:
    """Return the carrier of a device that has a radio. Raises ``CannotDo`` when there is none."""
    for carrier in carriers:
        if carrier.kind == "ble":
            return carrier
    raise CannotDo(f"device {device!r}: expected one with Bluetooth LE")
