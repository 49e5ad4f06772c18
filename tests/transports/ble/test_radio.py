"""The virtual radio: each gap of the stack below, closed and held closed. ``docs/ble.md`` numbers them P1 to P19."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from bumble import att, hci
from bumble.device import Device, Peer
from bumble.keys import MemoryKeyStore, PairingKeys
from bumble.pairing import PairingConfig

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.gatt import Connected, Disconnected, GattDevice, MtuChanged, Request, Secured, Security
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.central_connection import PairingFailed, RemoteError
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.host import KEYBOARD, NEITHER, bumble_host, is_authenticated, pairing
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from tests.harness.gadget import CONTROL_POINT, NOTIFIED, READABLE, SERVICE, WRITABLE, Gadget, gadget

PASSKEY = 123456


@dataclass
class Room:
    """A gadget on the air, and what it was asked."""

    air: Air
    gadget: Gadget
    peripheral: BlePeripheral
    host: Host[GattDevice]
    requests: list[Request]

    def phone(self, name: str = "phone", passkey: int = PASSKEY) -> Central:
        return Central(self.air, passkey=passkey, name=name)

    def said(self, kind: type[Request]) -> list[Any]:
        return [request for request in self.requests if isinstance(request, kind)]


async def room(security: Security, passkey: int | None, **options: Any) -> Room:
    """A room whose gadget demands ``security``; ``options`` are further ones of its ``BlePeripheral``."""
    air, made = Air(), gadget(security)
    peripheral = BlePeripheral("gadget.ble", made.device.advertisement, air, seed="test", passkey=passkey, **options)
    host = Host(made.device, [peripheral], Clock(), Journal())
    requests: list[Request] = []
    receive = made.device.receive

    def noted(request: Request, now: int) -> Any:
        requests.append(request)
        return receive(request, now)

    made.device.receive = noted  # type: ignore[method-assign]  # listens in
    await host.start()
    return Room(air, made, peripheral, host, requests)


@pytest.fixture
async def guarded() -> AsyncIterator[Room]:
    made = await room(Security.AUTHENTICATED, PASSKEY)
    yield made
    await made.host.stop()
    assert not made.host.failed.done()


@pytest.fixture
async def open_room() -> AsyncIterator[Room]:
    made = await room(Security.OPEN, None)
    yield made
    await made.host.stop()
    assert not made.host.failed.done()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


def handle(of: Room, uuid: int) -> int:
    return of.gadget.device.table.of(SERVICE, uuid).handle


def cccd_handle(of: Room, uuid: int) -> int:
    found = of.gadget.device.table.of(SERVICE, uuid).cccd
    assert found is not None
    return found


def central(air: Air, name: str = "central", config: PairingConfig | None = None) -> Device:
    """A bare bumble central, for what a phone of ours would not do."""
    controller = AirController(name, air)
    device = bumble_host(name, "C1:00:00:00:00:09", name, (controller, controller), MemoryKeyStore())
    device.pairing_config_factory = lambda connection: config or pairing(KEYBOARD, PASSKEY, man_in_the_middle=True)
    return device


# Pairing and bonds


async def test_a_passkey_makes_an_authenticated_link_and_just_works_an_encrypted_one() -> None:  # P2
    for passkey, level in ((PASSKEY, Security.AUTHENTICATED), (None, Security.ENCRYPTED)):
        made = await room(Security.OPEN, passkey)
        contact = await made.phone().connect(made.peripheral.address, 5)
        await contact.pair()
        await until(lambda made=made: bool(made.said(Secured)))  # type: ignore[misc]  # made is bound at once
        assert made.said(Secured)[0].security is level
        await contact.disconnect()
        await made.host.stop()


async def test_a_wrong_passkey_pairs_nobody(guarded: Room) -> None:
    contact = await guarded.phone(passkey=999_999).connect(guarded.peripheral.address, 5)
    with pytest.raises(PairingFailed):
        await contact.pair()
    with pytest.raises((RemoteError, PairingFailed, ConnectionError)):
        await contact.read(handle(guarded, READABLE))
    assert not guarded.said(Secured)
    assert guarded.gadget.service.events[:1] == ["connected gadget.ble#1"]


async def test_a_protected_value_pairs_on_demand_as_an_operating_system_does(guarded: Room) -> None:
    contact = await guarded.phone().connect(guarded.peripheral.address, 5)
    await contact.discover()
    assert await contact.read(handle(guarded, READABLE)) == b"\x01\x02\x03"
    assert [said.identity is None for said in guarded.said(Secured)] == [True, False], "at encryption, and when bonded"


async def test_a_bond_encrypts_the_next_connection_at_the_level_it_was_made_with(guarded: Room) -> None:
    phone = guarded.phone()
    first = await phone.connect(guarded.peripheral.address, 5)
    await first.pair()
    await first.disconnect()
    await until(lambda: not guarded.gadget.device.peers)
    await phone.connect(guarded.peripheral.address, 5)
    await until(lambda: len(guarded.said(Secured)) == 3)
    assert guarded.said(Connected)[1].bonded
    assert guarded.said(Secured)[2].security is Security.AUTHENTICATED
    assert guarded.said(Secured)[1].identity == guarded.said(Secured)[2].identity


async def test_a_bonded_clients_subscriptions_outlive_its_connection(guarded: Room) -> None:  # P4
    phone = guarded.phone()
    first = await phone.connect(guarded.peripheral.address, 5)
    await first.discover()
    await first.subscribe(handle(guarded, NOTIFIED), lambda _: None)
    await first.disconnect()
    await until(lambda: not guarded.gadget.device.peers)
    again = await phone.connect(guarded.peripheral.address, 5)
    await again.discover()
    cccd = cccd_handle(guarded, NOTIFIED)
    assert await again.read(cccd) == b"\x01\x00"


async def test_a_device_that_lost_its_bonds_says_so(guarded: Room) -> None:
    phone = guarded.phone()
    contact = await phone.connect(guarded.peripheral.address, 5)
    await contact.pair()
    await contact.disconnect()
    await until(lambda: not guarded.gadget.device.peers)
    await guarded.peripheral.keys.delete_all()
    with pytest.raises(PairingFailed, match="has no keys for this bond"):
        await phone.connect(guarded.peripheral.address, 5)


async def test_legacy_pairing_bonds_too(guarded: Room) -> None:  # P1
    legacy = pairing(KEYBOARD, PASSKEY, man_in_the_middle=True)
    legacy.sc = False
    device = central(guarded.air, config=legacy)
    await device.power_on()
    address = hci.Address(guarded.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
    connection = await device.connect(address, timeout=5)
    await connection.pair()
    await connection.disconnect()
    await until(lambda: not guarded.gadget.device.peers)
    connection = await device.connect(address, timeout=5)
    await connection.encrypt()
    peer = Peer(connection)
    assert await peer.gatt_client.read_value(handle(guarded, READABLE)) == b"\x01\x02\x03"
    await until(lambda: len(guarded.said(Secured)) == 3)
    assert guarded.said(Secured)[-1].security is Security.AUTHENTICATED
    await connection.disconnect()


def test_only_the_key_tells_whether_a_bond_is_authenticated() -> None:  # P2
    assert is_authenticated(None) is None
    assert is_authenticated(PairingKeys()) is None
    for authenticated in (True, False):
        key = PairingKeys.Key(value=bytes(16), authenticated=authenticated)
        assert is_authenticated(PairingKeys(ltk=key)) is authenticated
        assert is_authenticated(PairingKeys(ltk_central=key, ltk_peripheral=key)) is authenticated


async def test_identity_roots_and_addresses_come_from_the_seed(guarded: Room) -> None:  # P13
    def made(seed: str) -> tuple[str, bytes]:
        peripheral = BlePeripheral("x", guarded.gadget.device.advertisement, guarded.air, seed=seed)
        controller = AirController("x", guarded.air)
        host = bumble_host("x", peripheral.address, seed, (controller, controller), MemoryKeyStore())
        controller.switch_off()
        return peripheral.address, host.irk

    assert made("1") == made("1")
    assert made("1")[0] != made("2")[0]
    assert made("1")[1] != made("2")[1]
    assert made("1")[1] != bytes(16)
    assert int(made("1")[0][:2], 16) & 0xC0 == 0xC0


# Permissions


@pytest.mark.parametrize(
    ("uuid", "what", "code"),
    [
        (NOTIFIED, "read", att.ATT_READ_NOT_PERMITTED_ERROR),
        (CONTROL_POINT, "read", att.ATT_READ_NOT_PERMITTED_ERROR),
        (READABLE, "write", att.ATT_WRITE_NOT_PERMITTED_ERROR),
        (NOTIFIED, "write", att.ATT_WRITE_NOT_PERMITTED_ERROR),
    ],
)
async def test_properties_are_enforced(open_room: Room, uuid: int, what: str, code: int) -> None:  # P3
    contact = await open_room.phone().connect(open_room.peripheral.address, 5)
    await contact.discover()
    work = (
        contact.read(handle(open_room, uuid)) if what == "read" else contact.write(handle(open_room, uuid), b"x", response=True)
    )
    with pytest.raises(RemoteError) as refused:
        await work
    assert refused.value.code == code


async def test_a_cccd_demands_what_its_characteristic_demands(guarded: Room) -> None:  # P5
    device = central(guarded.air)
    await device.power_on()
    connection = await device.connect(hci.Address(guarded.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS), timeout=5)
    cccd = cccd_handle(guarded, NOTIFIED)
    peer = Peer(connection)
    with pytest.raises(att.ATT_Error) as refused:
        await peer.gatt_client.write_value(cccd, b"\x01\x00", with_response=True)
    assert refused.value.error_code == att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR
    await connection.disconnect()


async def test_a_cccd_of_the_wrong_length_is_refused(open_room: Room) -> None:  # P5
    contact = await open_room.phone().connect(open_room.peripheral.address, 5)
    cccd = cccd_handle(open_room, NOTIFIED)
    with pytest.raises(RemoteError) as refused:
        await contact.write(cccd, b"\x01", response=True)
    assert refused.value.code == att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR


async def test_the_write_response_precedes_the_indication(open_room: Room) -> None:  # P6
    order: list[str] = []
    original = open_room.air.send_acl_data

    def listening(sender: Any, destination: Any, transport: Any, data: bytes) -> None:
        if sender is open_room.peripheral.controller and data[2:4] == b"\x04\x00" and data[4] in (0x13, 0x1D):
            order.append({0x13: "write response", 0x1D: "indication"}[data[4]])
        original(sender, destination, transport, data)

    open_room.air.send_acl_data = listening  # type: ignore[method-assign,assignment]  # listens in
    contact, heard = await open_room.phone().connect(open_room.peripheral.address, 5), list[bytes]()
    await contact.discover()
    await contact.subscribe(handle(open_room, CONTROL_POINT), heard.append)
    order.clear()
    for _ in range(5):
        await contact.write(handle(open_room, CONTROL_POINT), b"do", response=True)
    await until(lambda: len(heard) == 5)
    assert order == ["write response", "indication"] * 5


# The link


async def test_an_attempt_to_connect_to_nobody_ends_and_the_next_one_works(open_room: Room) -> None:  # P7, P17
    phone = open_room.phone()
    with pytest.raises(TimeoutError, match=r"did not answer within 0\.2 s"):
        await phone.connect("F0:99:99:99:99:99", 0.2)
    assert (await phone.connect(open_room.peripheral.address, 5)).is_connected


async def test_a_reset_controller_has_no_connections_and_its_peers_notice(open_room: Room) -> None:  # P8
    phone = open_room.phone()
    contact = await phone.connect(open_room.peripheral.address, 5)
    controller = phone._controller
    assert controller is not None
    controller.on_hci_reset_command(hci.HCI_Reset_Command())
    assert not controller.le_connections
    await until(lambda: bool(open_room.said(Disconnected)))
    assert contact.mtu >= 23


async def test_a_host_with_a_public_address_gets_its_answers(open_room: Room) -> None:  # P9
    controller = AirController("public", open_room.air)
    controller.public_address = hci.Address("00:11:22:33:44:55", hci.Address.PUBLIC_DEVICE_ADDRESS)
    device = bumble_host("public", "C1:00:00:00:00:09", "public", (controller, controller), MemoryKeyStore())
    await device.power_on()
    connection = await device.connect(
        hci.Address(open_room.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS),
        own_address_type=hci.OwnAddressType.PUBLIC,
        timeout=5,
    )
    value = await asyncio.wait_for(Peer(connection).gatt_client.read_value(handle(open_room, READABLE)), 5)
    assert value == b"\x01\x02\x03"
    await connection.disconnect()


async def test_a_scanner_hears_the_advertisement_and_asks_for_the_rest(open_room: Room) -> None:  # P10
    open_room.air.rssi = lambda sender, receiver: -77
    phone = open_room.phone()
    device = await phone.device()
    reports: list[Any] = []
    device.host.on("advertising_report", reports.append)
    heard: list[Any] = []
    await phone.start_scan(heard.append)
    await until(lambda: any(h.name for h in heard))
    await phone.stop_scan(heard.append)
    first = next(h for h in heard if h.name)
    assert first.address == open_room.peripheral.address
    assert first.name == "Gadget"
    assert first.service_uuids == ["0000fd01-0000-1000-8000-00805f9b34fb"]
    assert {h.rssi for h in heard} == {-77}


async def test_the_rssi_of_a_connection_is_the_airs(open_room: Room) -> None:  # P10
    open_room.air.rssi = lambda sender, receiver: -83
    device = central(open_room.air)
    await device.power_on()
    address = hci.Address(open_room.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
    connection = await device.connect(address, timeout=5)
    assert await connection.get_rssi() == -83  # type: ignore[no-untyped-call]  # bumble has no annotation
    await connection.disconnect()


async def test_a_device_that_is_switched_off_is_missed(open_room: Room) -> None:  # P11
    contact = await open_room.phone().connect(open_room.peripheral.address, 5)
    lost = asyncio.Event()
    contact.on_lost.append(lost.set)
    await open_room.host.stop()
    await asyncio.wait_for(lost.wait(), 5)
    assert not contact.is_connected


async def test_out_of_range_both_sides_lose_the_connection_after_supervision(open_room: Room) -> None:  # P11
    phone = open_room.phone()
    contact = await phone.connect(open_room.peripheral.address, 5)
    lost = asyncio.Event()
    contact.on_lost.append(lost.set)
    ours, theirs = open_room.peripheral.controller, phone._controller
    assert ours is not None
    assert theirs is not None
    open_room.air.move_out_of_range(ours, theirs, supervision_timeout=0.05)
    await asyncio.wait_for(lost.wait(), 5)
    await until(lambda: bool(open_room.said(Disconnected)))
    with pytest.raises(TimeoutError):
        await phone.connect(open_room.peripheral.address, 0.2)
    open_room.air.move_into_range(ours, theirs)
    assert (await phone.connect(open_room.peripheral.address, 5)).is_connected


async def test_back_in_range_in_time_the_connection_lives_on(open_room: Room) -> None:
    phone = open_room.phone()
    contact = await phone.connect(open_room.peripheral.address, 5)
    ours, theirs = open_room.peripheral.controller, phone._controller
    assert ours is not None
    assert theirs is not None
    open_room.air.move_out_of_range(ours, theirs, supervision_timeout=60)
    open_room.air.move_into_range(ours, theirs)
    assert await contact.read(handle(open_room, READABLE)) == b"\x01\x02\x03"


async def test_a_silent_radio_stops_its_sender(open_room: Room) -> None:  # P12
    phone = open_room.phone()
    contact = await phone.connect(open_room.peripheral.address, 5)
    await contact.discover()
    await contact.subscribe(handle(open_room, NOTIFIED), lambda _: None)
    ours, theirs = open_room.peripheral.controller, phone._controller
    assert ours is not None
    assert theirs is not None
    open_room.air.move_out_of_range(ours, theirs, supervision_timeout=60)
    open_room.gadget.service.news = [(NOTIFIED, bytes([n])) for n in range(200)]
    open_room.host.wake()
    await asyncio.sleep(0.05)
    connection = next(iter(open_room.peripheral._connections.values()))
    queue = connection.data_packet_queue
    assert queue is not None
    assert queue.completed < queue.queued, "packets that the air has not taken are not complete"


async def test_one_collector_at_a_time_and_then_the_next(open_room: Room) -> None:  # P14
    first = await open_room.phone("first").connect(open_room.peripheral.address, 5)
    with pytest.raises(TimeoutError):
        await open_room.phone("second").connect(open_room.peripheral.address, 0.3)
    await first.disconnect()
    assert (await open_room.phone("third").connect(open_room.peripheral.address, 5)).is_connected


async def test_the_peripheral_is_told_the_parameters_the_central_asked_for(open_room: Room) -> None:  # P15
    device = central(open_room.air)
    await device.power_on()
    address = hci.Address(open_room.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
    connection = await device.connect(address, timeout=5)
    theirs = next(iter(open_room.peripheral._connections.values())).parameters
    assert theirs.connection_interval == connection.parameters.connection_interval
    assert theirs.supervision_timeout == connection.parameters.supervision_timeout
    assert (theirs.connection_interval, theirs.supervision_timeout) != (12.5, 100)
    await connection.disconnect()


async def test_advertising_intervals_count_in_units_of_0_625_ms(open_room: Room) -> None:  # P16
    controller = open_room.peripheral.controller
    assert controller is not None
    assert controller.le_legacy_advertiser.advertising_interval_min == 100


async def test_an_mtu_is_agreed_on_and_told(open_room: Room) -> None:
    contact = await open_room.phone().connect(open_room.peripheral.address, 5)
    await contact.discover()
    assert contact.mtu == open_room.said(MtuChanged)[-1].mtu > 200


async def test_a_write_without_response_is_handed_on_as_one(open_room: Room) -> None:
    contact = await open_room.phone().connect(open_room.peripheral.address, 5)
    await contact.write(handle(open_room, WRITABLE), b"quiet", response=False)
    await until(lambda: open_room.gadget.service.value == b"quiet")
    await contact.write(handle(open_room, CONTROL_POINT), b"not allowed", response=False)
    await contact.read(handle(open_room, READABLE))
    assert open_room.gadget.service.written == [b"quiet"]


async def test_losing_the_link_fails_an_open_request_and_nothing_hangs(open_room: Room) -> None:  # P17
    phone = open_room.phone()
    contact = await phone.connect(open_room.peripheral.address, 5)
    await contact.discover()
    open_room.air.intercept = lambda kind, sender, receiver, packet: [] if kind == "acl" else [(0.0, packet)]
    reading = asyncio.create_task(contact.read(handle(open_room, READABLE)))
    await asyncio.sleep(0.01)
    ours, theirs = open_room.peripheral.controller, phone._controller
    assert ours is not None
    assert theirs is not None
    open_room.air.end_by_timeout(theirs, ours)
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(reading, 5)


async def test_fate_decides_over_every_packet(open_room: Room) -> None:
    contact, heard = await open_room.phone().connect(open_room.peripheral.address, 5), list[bytes]()
    await contact.discover()
    await contact.subscribe(handle(open_room, NOTIFIED), heard.append)

    def twice(kind: str, sender: Any, receiver: Any, packet: Any) -> list[tuple[float, Any]]:
        is_notification = kind == "acl" and packet[2:4] == b"\x04\x00" and packet[4] == 0x1B
        return [(0.0, packet), (0.001, packet)] if is_notification else [(0.0, packet)]

    open_room.air.intercept = twice
    open_room.gadget.service.news = [(NOTIFIED, b"echo")]
    open_room.host.wake()
    await until(lambda: heard == [b"echo", b"echo"])


def test_just_works_is_what_a_device_without_keys_and_display_does() -> None:
    config = pairing(NEITHER, None, man_in_the_middle=False)
    assert config.sc
    assert not config.mitm


def test_a_device_nobody_looks_for_costs_no_turn_of_the_loop() -> None:
    async def main() -> tuple[int, int]:
        made = await room(Security.OPEN, None)
        loop = asyncio.get_running_loop()
        turns, run_once = 0, loop._run_once  # type: ignore[attr-defined]  # what asyncio calls for every turn

        def counted() -> None:
            nonlocal turns
            turns += 1
            run_once()

        loop._run_once = counted  # type: ignore[attr-defined]
        await asyncio.sleep(86_400)
        idle = turns
        heard: list[Any] = []
        phone = made.phone()
        await phone.start_scan(heard.append)
        await asyncio.sleep(60)
        await phone.stop_scan(heard.append)
        await made.host.stop()
        return idle, len({id(h) for h in heard if h.name})

    idle, heard = run(main(), Pace(None))
    assert idle < 50
    assert 59 <= heard <= 61, "once a second, as it would have all along"


async def test_two_hosts_that_chose_the_same_address_do_not_get_each_others_octets() -> None:
    one, other = await room(Security.OPEN, None), gadget(Security.OPEN, "other")
    second = BlePeripheral("other.ble", other.device.advertisement, one.air, seed="other")
    host = Host(other.device, [second], Clock(), Journal())
    await host.start()
    other.service.value = b"other"
    contacts = [await one.phone("same").connect(address, 5) for address in (one.peripheral.address, second.address)]
    assert [await contact.read(handle(one, READABLE)) for contact in contacts] == [b"\x01\x02\x03", b"other"]
    await contacts[0].disconnect()
    await until(lambda: not one.gadget.device.peers)
    assert contacts[1].is_connected
    assert await contacts[1].read(handle(one, READABLE)) == b"other"
    await host.stop()
    await one.host.stop()


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("0100FC00", hci.HCI_UNKNOWN_HCI_COMMAND_ERROR),  # a vendor's
        ("01FF0300", hci.HCI_UNKNOWN_HCI_COMMAND_ERROR),  # nobody's
        ("0120040101", hci.HCI_UNKNOWN_HCI_COMMAND_ERROR),  # Read LMP Handle: answered in its own kind of event elsewhere
        ("010520020102", hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR),  # LE Set Random Address, cut short
        ("011D04020100", hci.HCI_UNKNOWN_CONNECTION_IDENTIFIER_ERROR),  # Read Remote Version Information of no connection
    ],
)
async def test_every_command_is_answered(command: str, code: int) -> None:  # P19
    answers: list[bytes] = []

    class Sink:
        def on_packet(self, packet: bytes) -> None:
            answers.append(packet)

    controller = AirController("asked", Air(), host_sink=Sink())
    controller.on_packet(bytes.fromhex(command))
    await until(lambda: bool(answers))
    event = hci.HCI_Packet.from_bytes(answers[0])
    assert isinstance(event, hci.HCI_Command_Status_Event | hci.HCI_Command_Complete_Event)
    told = event.status if isinstance(event, hci.HCI_Command_Status_Event) else event.return_parameters.status
    assert (event.command_opcode, told) == (int.from_bytes(bytes.fromhex(command)[1:3], "little"), code)


async def test_a_host_may_ask_what_its_peer_is(open_room: Room) -> None:
    device = central(open_room.air)
    await device.power_on()
    address = hci.Address(open_room.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
    connection = await device.connect(address, timeout=5)
    told: list[Any] = []
    device.host.on_hci_read_remote_version_information_complete_event = told.append  # type: ignore[attr-defined]  # by name
    await device.host.send_async_command(hci.HCI_Read_Remote_Version_Information_Command(connection_handle=connection.handle))
    await until(lambda: bool(told))
    assert (told[0].status, told[0].connection_handle) == (0, connection.handle)
    await connection.disconnect()
