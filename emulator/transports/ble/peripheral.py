"""A GATT device on the air: the carrier for Bluetooth LE.

A pipe: every read, write and subscription goes to the device as a request of ours, and permissions, security and CCCDs are
decided there. bumble's own server enforces neither properties nor man-in-the-middle protection and forgets a bonded client's
CCCDs, so none of it is left to bumble.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from bumble import att, core, data_types, gatt
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Descriptor, Service
from bumble.keys import MemoryKeyStore, PairingKeys
from bumble.pairing import PairingConfig

from isletbench.emulator.gatt import (
    Advertisement,
    Attribute,
    Confirm,
    Connected,
    Disconnected,
    ErrorResponse,
    Handle,
    Indicate,
    Link,
    MtuChanged,
    Notify,
    Outgoing,
    Read,
    ReadResponse,
    Secured,
    Security,
    Write,
)
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.dongle import Dongle, power_on
from isletbench.emulator.transports.ble.host import (
    DISPLAY,
    KEYS,
    NEITHER,
    BumbleHost,
    KnowsCommands,
    Refusing,
    bumble_host,
    is_authenticated,
    pairing,
    static_random_address,
    taking_command,
)
from isletbench.emulator.transports.ble.radio import AdvertisingLimits, PreferredParameters, Radio
from isletbench.emulator.transports.ble.specs import SpecError
from isletbench.emulator.transports.carrier import Deliver, HasAttributes
from isletbench.protocols.att import AttCode

LOG = logging.getLogger(__name__)
FAST_INTERVAL_MS = 100
"""CGMP 1.0.1, table 5.1: 30 to 300 ms while a client may be waiting."""
FAST_FOR_S = 30.0
SLOW_INTERVAL_MS = 1_000
"""Afterwards 1 to 10.24 s; the short end, since people are waiting for their programs."""
NOBODY_PAIRS = PairingConfig(delegate=Refusing())
BOTH_WAYS = att.Attribute.Permissions.READABLE | att.Attribute.Permissions.WRITEABLE
"""To bumble everything is allowed; the device decides."""


class BlePeripheral:
    """One device on the air: on ``where`` of this process, or on a real controller, by its spec (module ``dongle``).

    ``address`` is its static random address, made from the seed when none is given. With a ``passkey`` it displays it, or with
    ``enters_passkey`` has it typed in while the client displays it (level 3, authenticated); without one it pairs by Just Works
    (level 2). ``prefers`` are the connection parameters it asks for once secured. ``radio`` is how well it is heard on the
    virtual air, perfectly when left out. Bonds live as long as this object.
    """

    kind: ClassVar[str] = "ble"

    def __init__(
        self,
        name: str,
        advertisement: Advertisement,
        where: Air | str,
        *,
        seed: str,
        address: str | None = None,
        passkey: int | None = None,
        enters_passkey: bool = False,
        prefers: PreferredParameters | None = None,
        radio: Radio | None = None,
    ) -> None:
        self.name = name
        self.address = address or static_random_address(seed)
        self.radio = radio or Radio()
        self._prefers = prefers
        self._refuses_pairing = False
        self.keys = MemoryKeyStore()
        self.controller: AirController | None = None
        self._advertisement, self._where, self._seed = advertisement, where, seed
        abilities = NEITHER if passkey is None else KEYS if enters_passkey else DISPLAY
        self._pairing = pairing(abilities, passkey, man_in_the_middle=passkey is not None)
        self._dongle: Dongle | None = None
        self._device: BumbleHost | None = None
        self._deliver: Deliver = lambda request: None
        self._connections: dict[Link, Connection] = {}
        self._values: dict[Handle, Characteristic[bytes]] = {}
        self._count = 0
        self._silent = False
        self._limits = AdvertisingLimits()
        self._answer: Outgoing | None = None
        self._asking = False
        self._late: dict[Link, asyncio.Future[Outgoing]] = {}
        self._leaving: deque[Notify | Indicate] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slowing: asyncio.TimerHandle | None = None

    # Being there

    def place(self) -> dict[str, str]:
        """The address and the name that it advertises, and the real controller that it uses, if it uses one."""
        place = {"address": self.address, "name": self._advertisement.name}
        return place | ({"radio": self._where} if isinstance(self._where, str) else {})

    async def start(self, endpoint: HasAttributes, deliver: Deliver) -> None:
        """Raises ``SpecError`` for a controller that cannot be had or does not answer."""
        self._deliver = deliver
        ends = await self._switch_on()
        self._device = device = bumble_host(self._advertisement.name, self.address, self._seed, ends, self.keys)
        device.gatt_server = KnowsCommands(device)
        device.pairing_config_factory = lambda connection: NOBODY_PAIRS if self._refuses_pairing else self._pairing
        for service in endpoint.table.services:
            rows = [self._characteristic(row) for row in endpoint.table.attributes if row.service is service]
            device.add_service(Service(UUID.from_16_bits(service.uuid), rows))
        device.on(Device.EVENT_CONNECTION, self._connected)
        try:
            await power_on(device, self._where)
            await self._advertise(FAST_INTERVAL_MS)
        except SpecError:
            await self.stop()
            raise

    async def _switch_on(self) -> tuple[Any, Any]:
        """The controller's two ends: its packets, and where packets for it go."""
        if isinstance(self._where, Air):
            self.controller = AirController(self.name, self._where, radio=self.radio)
            return self.controller, self.controller
        self._dongle = await Dongle.plug_in(self._where, self._unplugged)
        return self._dongle.ends

    def _unplugged(self) -> None:
        """The real controller has gone; nobody can reach the device until it is started again."""
        LOG.error("%s: the radio %s is gone", self.name, self._where)
        self._device = None
        for link in tuple(self._connections):
            self._gone(link, 0)

    async def stop(self) -> None:
        self._stop_slowing()
        for task in tuple(self._tasks):
            task.cancel()
        if self._dongle is not None:
            await self._dongle.pull_out(self._device)
            self._dongle = None
        if self.controller is not None:
            self.controller.silence()
            self.controller = None
        self._device = None
        for link in tuple(self._connections):
            self._gone(link, 0)

    def _characteristic(self, row: Attribute) -> "Characteristic[bytes]":
        descriptors = []
        if row.cccd is not None:
            cccd: CharacteristicValue[bytes] = CharacteristicValue(
                read=partial(self._read, row.cccd), write=partial(self._write, row.cccd)
            )
            kind = gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR
            descriptors.append(Descriptor(kind, BOTH_WAYS, cccd))
        value: CharacteristicValue[bytes] = CharacteristicValue(
            read=partial(self._read, row.handle), write=partial(self._write, row.handle)
        )
        properties = Characteristic.Properties(int(row.spec.properties))
        made: Characteristic[bytes] = Characteristic(
            UUID.from_16_bits(row.spec.uuid), properties, BOTH_WAYS, value, descriptors
        )
        self._values[row.handle] = made
        return made

    # Advertising

    async def _advertise(self, interval_ms: int) -> None:
        device = self._device
        if device is None or self._connections or self._silent:
            return
        said, about = self._advertisement, self._limits
        interval_ms = about.interval_ms or interval_ms
        flags = AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
        told: list[Any] = [data_types.Flags(flags)]
        if not about.hides_services:
            told.append(data_types.CompleteListOf16BitServiceUUIDs([UUID.from_16_bits(uuid) for uuid in said.service_uuids]))
        if not about.hides_name:
            told.append(data_types.CompleteLocalName(said.name))
        await device.start_advertising(
            advertising_data=bytes(AdvertisingData(told)),
            scan_response_data=bytes(AdvertisingData([(AdvertisingData.APPEARANCE, said.appearance.to_bytes(2, "little"))])),
            advertising_interval_min=interval_ms,
            advertising_interval_max=interval_ms,
        )
        if interval_ms == FAST_INTERVAL_MS:
            self._stop_slowing()
            self._slowing = asyncio.get_running_loop().call_later(FAST_FOR_S, self._slow_down)

    def _slow_down(self) -> None:
        self._slowing = None
        self._spawn(self._advertise_slowly())

    async def _advertise_slowly(self) -> None:
        if self._device is not None and not self._connections:
            await self._device.stop_advertising()
            await self._advertise(SLOW_INTERVAL_MS)

    def _stop_slowing(self) -> None:
        if self._slowing is not None:
            self._slowing.cancel()
            self._slowing = None

    def refuse_pairing(self, on: bool) -> None:
        """Refuse every pairing, or accept pairing again; bonded clients can connect."""
        self._refuses_pairing = on

    def reduce_advertising(self, limits: AdvertisingLimits) -> None:
        """Leave parts out of the advertisements, or send them more rarely."""
        self._limits = limits
        self._stop_slowing()
        self._spawn(self._advertise_anew())

    async def _advertise_anew(self) -> None:
        if self._device is not None and not self._connections:
            await self._device.stop_advertising()
            await self._advertise(FAST_INTERVAL_MS)

    # Connections

    def _connected(self, connection: Connection) -> None:
        self._stop_slowing()
        if self._device is not None:
            self._device.gatt_server.max_mtu = self.radio.conditions.mtu
        self._count += 1
        link = f"{self.name}#{self._count}"
        self._connections[link] = connection
        connection.on(Connection.EVENT_DISCONNECTION, partial(self._gone, link))
        connection.on(Connection.EVENT_CONNECTION_ATT_MTU_UPDATE, lambda: self._deliver(MtuChanged(link, connection.att_mtu)))
        connection.on(Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, lambda: self._spawn(self._encrypted(link, connection)))
        connection.on(Connection.EVENT_PAIRING, lambda keys: self._secured(link, connection, is_authenticated(keys)))
        bonded = str(connection.peer_address) in self.keys.all_keys
        self._deliver(Connected(link, mtu=connection.att_mtu, bonded=bonded))
        connection.request_pairing()  # CGMP 1.0.1, section 6.1: the sensor asks for security

    async def _encrypted(self, link: Link, connection: Connection) -> None:
        """Encrypted from a bond; a link that is just being paired has no keys yet, and ``EVENT_PAIRING`` follows."""
        if connection.is_encrypted:
            self._secured(link, connection, is_authenticated(await self.keys.get(str(connection.peer_address))))

    def _secured(self, link: Link, connection: Connection, authenticated: bool | None) -> None:
        if authenticated is not None and link in self._connections:
            level = Security.AUTHENTICATED if authenticated else Security.ENCRYPTED
            identity = str(connection.peer_address)
            self._deliver(Secured(link, level, identity if identity in self.keys.all_keys else None))
            if self._prefers is not None:
                self._spawn(self._ask_for(self._prefers, connection))

    async def _ask_for(self, wish: PreferredParameters, connection: Connection) -> None:
        """Core Vol 3, Part A, 4.20: by L2CAP, which every client knows. If it refuses, or is gone, all stays as it was."""
        manager = connection.device.l2cap_channel_manager
        if manager.connection_parameters_update_response is not None:
            return  # asked already
        asked = connection.update_parameters(
            wish.interval_ms, wish.interval_ms, wish.latency, wish.supervision_timeout_ms, use_l2cap=True
        )
        try:
            await connection.cancel_on_disconnection(asked)
        except (core.ConnectionParameterUpdateError, asyncio.CancelledError):
            LOG.debug("%s: the client keeps its connection parameters", self.name)
        finally:
            manager.connection_parameters_update_response = None

    def _gone(self, link: Link, reason: int) -> None:
        if waiting := self._late.pop(link, None):
            waiting.cancel()
        if self._connections.pop(link, None) is not None:
            self._deliver(Disconnected(link))
        if self._device is not None and not self._connections:
            self._spawn(self._advertise(FAST_INTERVAL_MS))

    def _link_of(self, connection: Connection) -> Link:
        return next((link for link, known in self._connections.items() if known is connection), "")

    # Requests: bumble calls, and the device answers before the call returns, unless the answer is late or never comes

    async def _read(self, handle: Handle, connection: Connection) -> bytes:
        match await self._ask(Read(self._link_of(connection), handle)):
            case ReadResponse(value=value):
                return value
            case ErrorResponse(code=code):
                raise att.ATT_Error(error_code=att.ErrorCode(code), att_handle=handle)
            case _:
                raise att.ATT_Error(error_code=att.ErrorCode(AttCode.UNLIKELY_ERROR), att_handle=handle)

    async def _write(self, handle: Handle, connection: Connection, value: bytes) -> None:
        request = Write(self._link_of(connection), handle, bytes(value), response=not taking_command.get())
        if not request.response:
            self._deliver(request)
            return
        answer = await self._ask(request)
        if isinstance(answer, ErrorResponse):
            raise att.ATT_Error(error_code=att.ErrorCode(answer.code), att_handle=handle)

    async def _ask(self, request: Read | Write) -> Outgoing:
        self._answer, self._asking = None, True
        self._deliver(request)
        answer, self._answer, self._asking = self._answer, None, False
        if answer is not None:
            return answer
        if earlier := self._late.pop(request.link, None):
            earlier.cancel()  # a client that no longer waits for it has asked something else
        late: asyncio.Future[Outgoing] = asyncio.get_running_loop().create_future()
        self._late[request.link] = late
        return await late

    def abandon(self, link: Link) -> None:
        """Nothing to do: what nobody answers is never answered, and ends with the connection."""

    def disconnect(self, link: Link) -> None:
        if connection := self._connections.get(link):
            self._spawn(_ended(connection))

    def forget(self, identity: str) -> None:
        self.keys.all_keys.pop(identity, None)

    def snapshot(self) -> dict[str, Any]:
        return {client: keys.to_dict() for client, keys in self.keys.all_keys.items()}

    def restore(self, keys: Mapping[str, Any]) -> None:
        self.keys.all_keys.update({client: PairingKeys.from_dict(dict(plain)) for client, plain in keys.items()})

    def silence(self, on: bool) -> None:
        self._silent = on
        self._spawn(self._fall_silent() if on else self._advertise(FAST_INTERVAL_MS))

    async def _fall_silent(self) -> None:
        self._stop_slowing()
        for connection in tuple(self._connections.values()):
            await _ended(connection)
        if self._device is not None:
            await self._device.stop_advertising()

    # What leaves

    def send(self, outgoing: Outgoing) -> None:
        if not isinstance(outgoing, Notify | Indicate):
            if self._asking:
                self._answer = outgoing
            elif late := self._late.pop(outgoing.link, None):
                late.set_result(outgoing)
            return
        # bumble sends a response when the handler has returned; what the request caused leaves after it.
        if not self._leaving:
            asyncio.get_running_loop().call_soon(self._flush)
        self._leaving.append(outgoing)

    def _flush(self) -> None:
        while self._leaving:
            outgoing = self._leaving.popleft()
            connection = self._connections.get(outgoing.link)
            if connection is None or self._device is None:
                continue
            value = self._values[outgoing.handle]
            if isinstance(outgoing, Notify):
                server = self._device.gatt_server
                pdu = att.ATT_Handle_Value_Notification(attribute_handle=value.handle, attribute_value=outgoing.value)
                server.send_gatt_pdu(connection, bytes(pdu))
            else:
                self._spawn(self._indicate(connection, outgoing))

    async def _indicate(self, connection: Connection, outgoing: Indicate) -> None:
        assert self._device is not None
        try:
            await self._device.gatt_server.indicate_subscriber(
                connection, self._values[outgoing.handle], outgoing.value, force=True
            )
        except (TimeoutError, asyncio.CancelledError):
            return  # the device counts its own 30 s; a link that has gone says so itself
        self._deliver(Confirm(outgoing.link, outgoing.handle))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _ended(connection: Connection) -> None:
    """Core Vol 1, Part F, 2.19: the remote user has ended the connection. One that has gone meanwhile has gone."""
    with suppress(core.ProtocolError, asyncio.CancelledError):
        await connection.disconnect()
