"""A device with a personality: its services, and an existing protocol on a port of its own; one machine."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from isletbench.emulator.core.endpoint import Link, Place
from isletbench.emulator.core.events import Occurrence
from isletbench.emulator.core.machine import Machine
from isletbench.emulator.core.notes import Note
from isletbench.emulator.core.octets import Closed, Command, Opened
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.device_table import SHORT_NAME
from isletbench.emulator.endpoints.personality import Face, Personality
from isletbench.emulator.gatt import GattDevice, Handle, Table
from isletbench.emulator.gatt.table import Advertisement
from isletbench.protocols.att import ErrorCode


class SpeakingDevice:
    """Implements ``Endpoint`` for GATT requests, which go to ``device``, and for commands, which go to ``face``.

    What one side changes the other one sees at once: services tell their clients in the same turn.
    """

    def __init__(self, device: GattDevice, face: Face, personality: str) -> None:
        self.device = device
        self.face = face
        self.personality = personality
        self._open: list[Link] = []

    @property
    def name(self) -> str:
        """The device's name in the rig."""
        return self.device.name

    @property
    def machine(self) -> Machine:
        """The machine that both show."""
        return self.device.machine

    @property
    def table(self) -> Table:
        """The attributes of the services."""
        return self.device.table

    @property
    def advertisement(self) -> Advertisement:
        """What the device advertises over Bluetooth LE."""
        return self.device.advertisement

    @property
    def links(self) -> Collection[Link]:
        """The links of connected clients, on either side."""
        return [*self.device.links, *self._open]

    @property
    def next_deadline(self) -> Instant | None:
        """When the machine, a service or the face is due."""
        deadlines = (self.device.next_deadline, self.face.next_deadline)
        return min((due for due in deadlines if due is not None), default=None)

    def receive(self, request: Any, now: Instant) -> Iterable[Any]:
        """Take a request of either side."""
        match request:
            case Command(link=link):
                effects = self.advance(now)
                if link in self._open:
                    effects += self._in_order(self.face.receive(request, now))
                    effects += self._seen(self.device.advance(now))
                return effects
            case Opened(link=link):
                effects = self.advance(now)
                self._open.append(link)
                self.face.opened(link, now)
                return effects
            case Closed(link=link):
                effects = self.advance(now)
                self._open = [other for other in self._open if other != link]
                self.face.closed(link, now)
                return effects
            case _:
                return self._seen(self.device.receive(request, now))

    def advance(self, now: Instant) -> list[Any]:
        """Do what is due by ``now``."""
        effects = self._seen(self.device.advance(now))
        return effects + self._in_order(self.face.advance(now))

    def _in_order(self, answered: Iterable[Any]) -> list[Any]:
        """Notes, then the ledger entries of what was done, then answers."""
        done = list(answered)
        notes = [effect for effect in done if isinstance(effect, Note)]
        answers = [effect for effect in done if not isinstance(effect, Note)]
        return [*notes, *self._seen(self.machine.ledger.drain()), *answers]

    def _seen(self, effects: Iterable[Any]) -> list[Any]:
        """The effects, after the face has taken note of the events among them."""
        found = list(effects)
        for effect in found:
            if isinstance(effect, Occurrence):
                self.face.occurred(effect)
        return found

    def queued_write_refused(self, link: Link, handle: Handle) -> ErrorCode | None:
        """Why this client of the services may not write under this handle, whatever the value; None when it may."""
        return self.device.queued_write_refused(link, handle)

    def place_of(self, message: Any) -> Place | None:
        """Where a GATT message belongs; a command has no place among attributes."""
        return self.device.place_of(message)

    def snapshot(self) -> Mapping[str, Any]:
        """What the services remember of each bonded client, and the face's memory under the personality's name."""
        memory = self.face.snapshot()
        return {**self.device.snapshot(), **({self.personality: memory} if memory else {})}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Take over what another one remembered."""
        self.face.restore(snapshot.get(self.personality, {}))
        self.device.restore({who: what for who, what in snapshot.items() if who != self.personality})

    def forget_bonds(self) -> Collection[str]:
        """Delete the bond of every client; their identities."""
        return self.device.forget_bonds()


def speaking(table: Mapping[str, Any], personality: Personality[Any, Any]) -> dict[str, Any]:
    """The table of a device in a rig, as plain data, with the device speaking a personality: of its profile, on a port where
    clients expect it."""
    changed = {**table, "speaks": personality.name, "profile": personality.profile or table.get("profile", "generic")}
    if personality.service is None:
        return {**changed, "serial": changed.get("serial") or "pty:"}
    given = changed.get("ble") or {}
    ble = {key: value for key, value in given.items() if key not in {"passkey", "enters_passkey"}}
    return {**changed, "serial": None, "ble": {**ble, "name": given.get("name", personality.name)[:SHORT_NAME]}}
