"""What stands in the place of a virtual device: an endpoint behind which a real one is, whose state nobody can look into."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from isletbench.emulator.bench.proxy.sides import LinkSide, OctetSide
from isletbench.emulator.core.actions import Actions, CannotDo
from isletbench.emulator.core.endpoint import Endpoint, Link
from isletbench.emulator.core.ledger import Ledger
from isletbench.emulator.core.notes import Decoded
from isletbench.emulator.core.octets import Command
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.endpoints.personality import Face
from isletbench.emulator.endpoints.speaking import SpeakingDevice
from isletbench.emulator.gatt import Attribute, Connected, Disconnected, Effect, GattDevice, Peer, Request, Write
from isletbench.protocols.catalogue import SERVICES, TYPES
from isletbench.protocols.errors import WireError
from isletbench.protocols.located import located

_TYPES = {(SERVICES[name.partition(".")[0]], one.uuid): one for name, one in TYPES.items()}
"""The declared characteristics by service and UUID."""


class RealMachine:
    """The machine of a real device: it has no state here, and no ground truth."""

    next_deadline: Instant | None = None

    def __init__(self) -> None:
        self.ledger = Ledger()

    def advance(self, now: Instant) -> None:
        """Do nothing: a real device has a clock of its own."""

    def status(self, now: Instant) -> Mapping[str, Any]:
        """That it is real."""
        return {"real": True}


class RealActions(Actions[Any]):
    """The actions on a real device: none that a bench could perform."""

    is_real = True

    def __init__(self, kind: str) -> None:
        super().__init__(kind, ())

    def parse(self, name: str, arguments: dict[str, Any]) -> NoReturn:
        """Raise ``CannotDo``."""
        raise CannotDo(f"action {name!r}: this {self.kind} is a real device: what is done to it is done by hand")

    def clock(self, machine: Any, now: Instant) -> datetime:
        """Raise ``CannotDo``."""
        raise CannotDo(f"this {self.kind} is a real device: its clock is its own")

    def set_clock(self, machine: Any, shown: datetime, now: Instant) -> None:
        """Raise ``CannotDo``."""
        self.clock(machine, now)


class UnseenDevice(GattDevice):
    """The services of a real device that is reached by another protocol: nobody talks to them."""

    def __init__(self, device: GattDevice) -> None:
        super().__init__(device.name, RealMachine(), device.services, device.advertisement)

    @property
    def next_deadline(self) -> Instant | None:
        return None

    def advance(self, now: Instant) -> list[Effect]:
        return []

    def receive(self, request: Request, now: Instant) -> list[Effect]:
        return []

    def reported_by(self, attribute: Attribute, value: bytes) -> Sequence[Any]:
        return ()


class RealDevice(UnseenDevice):
    """A real device on the serial link: its own table, and its own answers."""

    def __init__(self, device: GattDevice, side: LinkSide) -> None:
        super().__init__(device)
        self.table = side.table
        self._side = side

    def advance(self, now: Instant) -> list[Effect]:
        return self._side.take()  # type: ignore[return-value]  # messages of GATT

    def receive(self, request: Request, now: Instant) -> list[Effect]:
        match request:
            case Connected():
                self.peers[request.link] = Peer(request.link, self.table, request.mtu, request.security, request.bonded)
                self._side.send(request)
            case Disconnected():
                self.peers.pop(request.link, None)
                self._side.hang_up()
            case _:
                self._side.send(request)
        return [*self._decoded(request, now), *self.advance(now)]

    def _decoded(self, request: Request, now: Instant) -> Iterator[Decoded]:
        """What a write means, as far as its octets say."""
        if not isinstance(request, Write):
            return
        attribute = self.table.by_handle.get(request.handle)
        characteristic = None if attribute is None else _TYPES.get((attribute.service.uuid, attribute.spec.uuid))
        if characteristic is None:
            return
        try:
            found = located(characteristic, request.value)
        except WireError as error:
            yield Decoded(now, "nothing", str(error))
        else:
            fields = {field.name: field.value for field in found.fields}
            yield Decoded(now, found.operation or characteristic.name, fields or None)


class RealFace(Face):
    """The face of a real device that speaks an existing protocol."""

    def __init__(self, side: OctetSide) -> None:
        self._side = side

    def opened(self, link: Link, now: Instant) -> None:
        """A client has opened the port."""
        self._side.opened(link)

    def closed(self, link: Link, now: Instant) -> None:
        """The client has closed the port."""
        self._side.hang_up()

    def receive(self, command: Command, now: Instant) -> Iterable[Any]:
        """Pass one whole request on."""
        self._side.send(command)
        return ()

    def advance(self, now: Instant) -> Iterable[Any]:
        """Send what has come."""
        return self._side.take()


def stand_in(side: LinkSide | OctetSide) -> Callable[[Endpoint], Endpoint]:
    """What puts the real device of this side in the place of a virtual one."""

    def real(endpoint: Endpoint) -> Endpoint:
        match endpoint, side:
            case SpeakingDevice(device=device, personality=personality), OctetSide():
                return SpeakingDevice(UnseenDevice(device), RealFace(side), personality)
            case GattDevice(), LinkSide():
                return RealDevice(endpoint, side)
            case _:
                raise AssertionError(f"{endpoint.name}: no proxy for this device")

    return real
