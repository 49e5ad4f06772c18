"""A carrier whose requests are values that clients write over Bluetooth LE: an adapter that passes on an existing protocol."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from isletbench.emulator.core.endpoint import Link, Outgoing
from isletbench.emulator.core.octets import Answer, Closed, Command, Octets, Opened
from isletbench.emulator.core.quantities import Instant
from isletbench.emulator.gatt import Connected, Disconnected, GattDevice
from isletbench.emulator.gatt.commands import CommandService
from isletbench.emulator.transports.ble.radio import AdvertisingLimits
from isletbench.emulator.transports.carrier import Deliver

if TYPE_CHECKING:
    from isletbench.emulator.transports.ble.peripheral import BlePeripheral


class CommandValues:
    """A carrier of whole requests: ``adapter`` is what clients connect to over ``peripheral``, and ``service`` of it passes
    requests on. ``now`` says the time.

    The endpoint sees what it sees of a serial port: a client that opens it, requests, a client that closes it. Reads,
    subscriptions and settings of the adapter are between the client and the adapter.
    """

    kind: ClassVar[str] = "ble"
    _deliver: Deliver

    def __init__(
        self, peripheral: "BlePeripheral", adapter: GattDevice, service: CommandService, now: Callable[[], Instant]
    ) -> None:
        self.name = peripheral.name
        self._peripheral, self._adapter, self._service, self._now = peripheral, adapter, service, now

    def place(self) -> Any:
        """Return the advertised address and name."""
        return self._peripheral.place()

    async def start(self, endpoint: object, deliver: Deliver) -> None:
        """Advertise the adapter; requests go to ``deliver``. Raises ``OSError`` for a controller that is not available."""
        self._deliver = deliver
        await self._peripheral.start(self._adapter, self._receive)

    async def stop(self) -> None:
        """Drop every connection and stop advertising. Idempotent."""
        await self._peripheral.stop()

    # From clients

    def _receive(self, message: Any) -> None:
        """Take a message of the peripheral: what is of the link goes on as it is."""
        if message.of_link:
            self._deliver(message)
            return
        self._send_all(self._adapter.receive(message, self._now()))
        if isinstance(message, Connected):
            self._deliver(Opened(message.link))
        elif isinstance(message, Disconnected):
            self._deliver(Closed(message.link))
        for link, framed in self._service.take():
            self._deliver(Command(link, framed.octets, framed.operation))

    def exchange(self, request: Any) -> None:
        """Answer a request of the link: MTU or discovery."""
        self._peripheral.exchange(request)

    # To clients

    def send(self, outgoing: Any) -> None:
        """Announce an answer to its client; one for a link that has ended is ignored."""
        if not isinstance(outgoing, Answer | Octets):
            self._peripheral.send(outgoing)
            return
        self._service.answer(outgoing.link, outgoing.value)
        self._send_all(self._adapter.advance(self._now()))

    def _send_all(self, effects: Iterable[Any]) -> None:
        for effect in effects:
            if isinstance(effect, Outgoing):
                self._peripheral.send(effect)  # type: ignore[arg-type]  # the messages of a GATT device

    def abandon(self, link: Link) -> None:
        """Do nothing: a request was acknowledged when it was written, and its answer need not come."""

    def disconnect(self, link: Link) -> None:
        """End this connection; a link that has ended is ignored."""
        self._peripheral.disconnect(link)

    # The radio: that of the adapter

    def forget(self, identity: str) -> None:
        """Delete the keys of a client."""
        self._peripheral.forget(identity)

    def snapshot(self) -> dict[str, Any]:
        """Return the keys of its bonds by client, as plain data."""
        return self._peripheral.snapshot()

    def restore(self, keys: Mapping[str, Any]) -> None:
        """Restore the keys of a snapshot."""
        self._peripheral.restore(keys)

    def silence(self, on: bool) -> None:
        """Do nothing: a device that switches its radio off leaves the adapter's on."""

    def enter_passkey(self, passkey: int) -> None:
        """Type in the passkey that a client displays. Raises ``CannotDo`` when no pairing waits for one."""
        self._peripheral.enter_passkey(passkey)

    def move_services(self, by: int) -> None:
        """Move the attributes of the adapter by so many handles. Raises ``CannotDo`` beyond the handles."""
        self._peripheral.move_services(by)

    def refuse_pairing(self, on: bool) -> None:
        """Refuse every pairing, or accept pairing again."""
        self._peripheral.refuse_pairing(on)

    def reduce_advertising(self, limits: AdvertisingLimits) -> None:
        """Limit the content or the rate of advertisements."""
        self._peripheral.reduce_advertising(limits)
