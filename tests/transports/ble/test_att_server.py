"""The ATT server of a peripheral: one order for each link, an answer to every request, the services of the stack."""

import asyncio
import struct

import pytest
from bumble import att, hci
from bumble.device import Connection, Device
from hypothesis import given, settings
from hypothesis import strategies as st

from isletbench.emulator.gatt import Confirm, Secured, Security, Write
from isletbench.emulator.transports.ble.att_rows import Row, database_hash
from isletbench.emulator.transports.ble.host import KEYBOARD, pairing
from isletbench.emulator.transports.ble.radio import Radio, RadioConditions
from tests.harness.gadget import CONTROL_POINT, OPEN, READABLE, SECOND_SERVICE, SERVICE, WRITABLE
from tests.transports.ble.test_conditions import jumping, open_room
from tests.transports.ble.test_radio import PASSKEY, Room, central, handle, room

CONFIRMATION, WRITE, WRITE_RESPONSE, ERROR, READ, READ_RESPONSE = b"\x1e", b"\x12", b"\x13", 0x01, b"\x0a", 0x0B
GAP, GATT, DEVICE_NAME, SERVICE_CHANGED, DATABASE_HASH = 0x1800, 0x1801, 0x2A00, 0x2A05, 0x2B2A
SUBSCRIBED = b"\x02\x00"


class RawClient:
    """A central that sends ATT PDUs as they are, and keeps what comes back."""

    def __init__(self, made: Room, connection: Connection, device: Device) -> None:
        self.made, self.connection, self.device, self.received = made, connection, device, list[bytes]()
        device.l2cap_channel_manager.deregister_fixed_channel(att.ATT_CID)
        device.l2cap_channel_manager.register_fixed_channel(att.ATT_CID, lambda _, pdu: self.received.append(pdu))

    @classmethod
    async def join(cls, made: Room, device: Device | None = None) -> "RawClient":
        if device is None:
            device = central(made.air)
            await device.power_on()
        address = hci.Address(made.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        return cls(made, await device.connect(address, timeout=30), device)

    def send(self, *pdus: bytes) -> None:
        for pdu in pdus:
            self.device.send_l2cap_pdu(self.connection.handle, att.ATT_CID, pdu)

    async def ask(self, pdu: bytes) -> list[bytes]:
        """What comes back within a second."""
        self.received.clear()
        self.send(pdu)
        await asyncio.sleep(1)
        return list(self.received)

    async def found(self, request: bytes) -> list[bytes]:
        """Everything that a discovery finds, entry by entry: ``request`` is op code and UUID."""
        first, entries = 1, list[bytes]()
        while first <= 0xFFFF:
            (answer,) = await self.ask(request[:1] + struct.pack("<HH", first, 0xFFFF) + request[1:])
            if answer[0] == ERROR:
                assert answer[4] == att.ATT_ATTRIBUTE_NOT_FOUND_ERROR
                break
            entries += [answer[at : at + answer[1]] for at in range(2, len(answer), answer[1])]
            first = int.from_bytes(entries[-1][2:4] if request[0] == 0x10 else entries[-1][:2], "little") + 1
        return entries

    async def value_handle(self, uuid: int) -> int:
        """The handle of the last characteristic with this UUID."""
        for entry in reversed(await self.found(b"\x08\x03\x28")):
            if entry[5:] == uuid.to_bytes(2, "little"):
                return int.from_bytes(entry[3:5], "little")
        raise AssertionError(f"{uuid:04X} is not there")


def write(handle: int | None, value: bytes) -> bytes:
    assert handle is not None
    return WRITE + handle.to_bytes(2, "little") + value


def read(handle: int) -> bytes:
    return READ + handle.to_bytes(2, "little")


# One order


@settings(max_examples=8, deadline=None)
@given(
    events=st.integers(0, 3),
    loss=st.sampled_from([0.0, 0.2, 0.5]),
    seed=st.integers(0, 1_000),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.001, 0.03]), min_size=6, max_size=6),
)
def test_a_link_is_served_in_the_order_in_which_its_packets_came(
    events: int, loss: float, seed: int, pauses: list[float]
) -> None:
    """A confirmation and the next write leave the client in one turn, and reach the device in one turn, in this order."""
    conditions = RadioConditions(delay_events=events, loss=loss, supervision_timeout_ms=32_000)

    async def main() -> None:
        made = await room(Security.OPEN, None, radio=Radio(conditions, seed=seed, name="gadget"))
        client = await RawClient.join(made)
        point = made.gadget.device.table.of(SERVICE, CONTROL_POINT)
        client.send(write(point.cccd, SUBSCRIBED))
        sent = [bytes([n]) for n in range(len(pauses))]
        client.send(write(point.handle, sent[0]))
        for value, pause in zip([*sent[1:], b""], pauses, strict=True):
            while not client.received or client.received[-1][0] != 0x1D:
                await asyncio.sleep(0.005)
            client.received.clear()
            await asyncio.sleep(pause)
            client.send(CONFIRMATION, write(point.handle, value))
        await asyncio.sleep(30)
        got = [request for request in made.requests if isinstance(request, Write | Confirm) and request.handle == point.handle]
        assert [type(request) for request in got] == [Write, Confirm] * len(sent) + [Write]
        assert made.gadget.service.written == [*sent, b""]
        await made.host.stop()

    jumping(main())


def test_a_response_precedes_what_its_request_has_caused() -> None:
    async def main() -> list[int]:
        made = await open_room()
        client = await RawClient.join(made)
        point = made.gadget.device.table.of(SERVICE, CONTROL_POINT)
        await client.ask(write(point.cccd, SUBSCRIBED))
        answers = await client.ask(write(point.handle, b"do"))
        await made.host.stop()
        return [answer[0] for answer in answers]

    assert jumping(main()) == [0x13, 0x1D]


# An answer to every request


@pytest.mark.parametrize("opcode", [0x00, 0x14, 0x1A, 0x1C, 0x22, 0x24, 0x26, 0x28, 0x2A, 0x38, 0x3A, 0x3E, 0x80, 0xBE])
def test_a_request_that_is_not_supported_is_refused_as_such(opcode: int) -> None:
    async def main() -> list[bytes]:
        made = await open_room()
        client = await RawClient.join(made)
        answers = await client.ask(bytes([opcode]) + b"\x01\x00\x02\x00")
        await made.host.stop()
        return answers

    assert jumping(main()) == [struct.pack("<BBHB", ERROR, opcode, 0, att.ATT_REQUEST_NOT_SUPPORTED_ERROR)]


@pytest.mark.parametrize("opcode", [0x01, 0x03, 0x0B, 0x1B, 0x1D, 0x1E, 0x23, 0x42, 0x54, 0x7E, 0xC2, 0xD2, 0xFE])
def test_what_is_no_request_is_never_answered(opcode: int) -> None:
    async def main() -> list[bytes]:
        made = await open_room()
        client = await RawClient.join(made)
        answers = await client.ask(bytes([opcode]) + b"\x01\x00\x02\x00")
        answers += [answer for answer in await client.ask(read(handle(made, OPEN))) if answer[0] != READ_RESPONSE]
        await made.host.stop()
        return answers

    assert jumping(main()) == []


RANGE_0 = "0000FFFF"
EXPECTED = [
    ("04" + RANGE_0, "0104000001"),
    ("06" + RANGE_0 + "002801FD", "0106000001"),
    ("08" + RANGE_0 + "0328", "0108000001"),
    ("10" + RANGE_0 + "0028", "0110000001"),
    ("0405000400", "0104050001"),
    ("10020001000028", "0110020001"),
    ("0A0000", "010A000001"),
    ("0C00000000", "010C000001"),
    ("12000001", "0112000001"),
    ("160000000001", "0116000001"),
    ("160100000001", "0116010003"),
    ("0E01000000", "010E000001"),
    ("2001000000", "0120000001"),
    ("0E0100", "010E000004"),
    ("200100", "0120000004"),
    ("10010002000328", "0110010010"),
    ("1802", "0118000004"),
    ("0601000100", "0106000004"),
    ("160300000000", "0116030003"),
    ("1602FF000000", "011602FF03"),
    ("1607FF000000", "011607FF03"),
    ("0801000100002800", "0108000004"),
    ("08010001000229", "010801000A"),
]
"""Requests that are answered with an error, and the whole answer. Core Vol 3, Part F, 3.4."""


@pytest.mark.parametrize(("request_octets", "answer"), EXPECTED)
def test_a_request_about_what_is_not_there_is_refused_with_its_code(request_octets: str, answer: str) -> None:
    async def main() -> list[str]:
        made = await open_room()
        client = await RawClient.join(made)
        answers = [octets.hex().upper() for octets in await client.ask(bytes.fromhex(request_octets))]
        await made.host.stop()
        return answers

    assert jumping(main()) == [answer]


def test_services_are_found_by_uuid_and_several_values_are_read_at_once() -> None:
    async def main() -> None:
        made = await open_room()
        client = await RawClient.join(made)
        table = made.gadget.device.table
        first, second = table.of(SERVICE, OPEN).handle, table.of(SECOND_SERVICE, OPEN).handle
        (found,) = await client.ask(b"\x06\x01\x00\xff\xff\x00\x28" + SECOND_SERVICE.to_bytes(2, "little"))
        assert found[:1] == b"\x07"
        start, end = struct.unpack("<HH", found[1:])
        assert start <= second <= end
        assert await client.ask(struct.pack("<BHH", 0x0E, first, second)) == [b"\x0fopensecond"]
        assert await client.ask(struct.pack("<BHH", 0x20, first, second)) == [b"\x21\x04\x00open\x06\x00second"]
        await made.host.stop()

    jumping(main())


def test_a_value_that_nobody_may_read_ends_a_request_for_several_with_its_error() -> None:
    async def main() -> list[bytes]:
        made = await open_room()
        client = await RawClient.join(made)
        point = handle(made, CONTROL_POINT)
        answers = await client.ask(struct.pack("<BHH", 0x0E, handle(made, OPEN), point))
        await made.host.stop()
        assert answers == [struct.pack("<BBHB", ERROR, 0x0E, point, att.ATT_READ_NOT_PERMITTED_ERROR)]
        return answers

    assert jumping(main())


def test_a_long_value_is_written_in_parts_and_read_in_parts() -> None:
    async def main() -> None:
        made = await open_room()
        client = await RawClient.join(made)
        at, value = handle(made, WRITABLE), bytes(range(50))
        for offset in range(0, 50, 18):
            part = struct.pack("<HH", at, offset) + value[offset : offset + 18]
            assert await client.ask(b"\x16" + part) == [b"\x17" + part]
        assert await client.ask(b"\x18\x01") == [b"\x19"]
        assert made.gadget.service.value == value
        (head,) = await client.ask(read(at))
        rest = b"".join([(await client.ask(struct.pack("<BHH", 0x0C, at, offset)))[0][1:] for offset in (22, 44)])
        assert head[1:] + rest == value
        await made.host.stop()

    jumping(main())


@pytest.mark.parametrize("of_cccd", [False, True], ids=["value", "cccd"])
def test_a_part_of_a_long_value_is_judged_by_the_security_of_the_link_before_it_is_queued(of_cccd: bool) -> None:
    """Core Vol 3, Part F, 3.4.6.1: not when the queue is executed, which has nothing to write then."""

    async def main() -> None:
        made = await room(Security.AUTHENTICATED, PASSKEY)
        client = await RawClient.join(made)
        point = made.gadget.device.table.of(SERVICE, CONTROL_POINT)
        at = point.cccd if of_cccd else point.handle
        assert at is not None
        part = struct.pack("<HH", at, 0) + SUBSCRIBED
        assert await client.ask(b"\x16" + part) == [
            struct.pack("<BBHB", ERROR, 0x16, at, att.ATT_INSUFFICIENT_AUTHENTICATION_ERROR)
        ]
        assert await client.ask(b"\x18\x01") == [b"\x19"], "nothing is queued"
        assert made.said(Write) == []
        await client.connection.pair()
        assert await client.ask(b"\x16" + part) == [b"\x17" + part]
        assert await client.ask(b"\x18\x01") == [b"\x19"]
        assert [request.value for request in made.said(Write)] == [SUBSCRIBED]
        await client.connection.disconnect()
        await asyncio.sleep(1)
        again = await RawClient.join(made, client.device)
        answers = await again.ask(b"\x16" + part)
        assert struct.pack("<BBHB", ERROR, 0x16, at, att.ATT_INSUFFICIENT_ENCRYPTION_ERROR) in answers, "the bond is known"
        await made.host.stop()

    jumping(main())


# The services of the stack


async def named(made: Room) -> tuple[dict[int, tuple[int, int]], RawClient]:
    """The services of a room's peripheral, by UUID, and who has asked."""
    client = await RawClient.join(made)
    found = {int.from_bytes(e[4:], "little"): struct.unpack("<HH", e[:4]) for e in await client.found(b"\x10\x00\x28")}
    return found, client


def test_every_peripheral_has_generic_access_and_generic_attribute_above_its_own_services() -> None:
    async def main() -> None:
        made = await open_room()
        services, client = await named(made)
        table = made.gadget.device.table
        assert list(services) == [SERVICE, SECOND_SERVICE, GAP, GATT]
        assert services[SERVICE][0] == 1, "the handles of the device are those of its table, on every carrier"
        assert max(a.cccd or a.handle for a in table.attributes) == services[SECOND_SERVICE][1]
        name = await client.value_handle(DEVICE_NAME)
        assert await client.ask(read(name)) == [b"\x0b" + made.gadget.device.advertisement.name.encode()]
        assert await client.ask(read(await client.value_handle(0x2A01))) == [
            b"\x0b" + made.gadget.device.advertisement.appearance.to_bytes(2, "little")
        ]
        assert await client.ask(write(name, b"other")) == [
            struct.pack("<BBHB", ERROR, 0x12, name, att.ATT_WRITE_NOT_PERMITTED_ERROR)
        ]
        with pytest.raises(AssertionError, match="is not there"):
            await client.value_handle(DATABASE_HASH)
        await made.host.stop()

    jumping(main())


def test_services_changed_is_indicated_to_who_subscribed_and_to_a_bonded_client_when_it_returns() -> None:
    async def main() -> None:
        made = await room(Security.AUTHENTICATED, PASSKEY)
        client = await RawClient.join(made)
        changed = await client.value_handle(SERVICE_CHANGED)
        made.peripheral.services_changed(1, 9)
        assert await client.ask(CONFIRMATION) == [], "nobody has subscribed"
        assert await client.ask(write(changed + 1, b"\x01\x00")) == [struct.pack("<BBHB", ERROR, 0x12, changed + 1, 0x13)]
        part = struct.pack("<HH", changed + 1, 0) + SUBSCRIBED
        assert await client.ask(b"\x16" + part) == [b"\x17" + part]
        assert await client.ask(b"\x18\x01") == [b"\x19"], "in one piece or in several"
        await client.connection.pair()
        made.peripheral.services_changed(1, 9)
        told = struct.pack("<BHHH", 0x1D, changed, 1, 9)
        await asyncio.sleep(1)
        assert client.received[-1] == told
        assert [r for r in made.requests if isinstance(r, Confirm)] == [], "the device knows nothing of it"
        await client.connection.disconnect()
        await asyncio.sleep(1)
        made.peripheral.services_changed(3, 4)
        made.peripheral.services_changed(1, 2)
        plain = made.peripheral.snapshot()
        made.peripheral.restore(plain)
        assert made.peripheral.snapshot() == plain, "what a bonded client has to be told outlives the bench"
        again = await RawClient.join(made, client.device)
        await again.connection.encrypt()
        await asyncio.sleep(1)
        assert again.received[-1] == struct.pack("<BHHH", 0x1D, changed, 1, 4)
        await made.host.stop()

    jumping(main())


def test_a_device_with_other_services_than_before_tells_its_bonded_clients() -> None:
    async def main() -> None:
        made = await room(Security.AUTHENTICATED, PASSKEY)
        client = await RawClient.join(made)
        changed = await client.value_handle(SERVICE_CHANGED)
        await client.ask(write(changed + 1, SUBSCRIBED))
        await client.connection.pair()
        plain = made.peripheral.snapshot()
        await made.peripheral.stop()
        for bond in plain.values():
            bond["service_changed"][0] = "of an older firmware"
        made.peripheral.restore(plain)
        await made.host.start_carrier(made.peripheral)
        again = await RawClient.join(made, client.device)
        await again.connection.encrypt()
        await asyncio.sleep(1)
        assert again.received[-1] == struct.pack("<BHHH", 0x1D, changed, 0x0001, 0xFFFF)
        await made.host.stop()

    jumping(main())


def test_the_database_hash_is_that_of_the_specifications_example() -> None:
    """Core Vol 3, Part G, Appendix B."""

    def row(at: int, kind: int, value: str) -> Row:
        return Row(at, kind.to_bytes(2, "little"), bytes.fromhex(value), at)

    rows = [
        row(0x0001, 0x2800, "0018"),
        row(0x0002, 0x2803, "0A0300002A"),
        row(0x0003, 0x2A00, ""),
        row(0x0004, 0x2803, "020500012A"),
        row(0x0005, 0x2A01, ""),
        row(0x0006, 0x2800, "0118"),
        row(0x0007, 0x2803, "200800052A"),
        row(0x0008, 0x2A05, ""),
        row(0x0009, 0x2902, ""),
        row(0x000A, 0x2803, "0A0B00292B"),
        row(0x000B, 0x2B29, ""),
        row(0x000C, 0x2803, "020D002A2B"),
        row(0x000D, 0x2B2A, ""),
        row(0x000E, 0x2800, "0818"),
        row(0x000F, 0x2802, "140016000F18"),
        row(0x0010, 0x2803, "A21100182A"),
        row(0x0011, 0x2A18, ""),
        row(0x0012, 0x2902, ""),
        row(0x0013, 0x2900, "0000"),
        row(0x0014, 0x2801, "0F18"),
        row(0x0015, 0x2803, "021600192A"),
        row(0x0016, 0x2A19, ""),
    ]
    assert database_hash(rows).hex().upper() == "F1CA2D48ECF58BAC8A8830BBB9FBA990"


def test_where_it_is_asked_for_clients_read_the_hash_of_the_attributes() -> None:
    async def main() -> None:
        made = await room(Security.OPEN, None, database_hash=True)
        client = await RawClient.join(made)
        (value,) = await client.ask(read(await client.value_handle(DATABASE_HASH)))
        assert value[0] == READ_RESPONSE
        assert value[1:] == database_hash(made.peripheral._stack.rows)
        await made.host.stop()

    jumping(main())


# Security


@pytest.mark.parametrize("sc", [True, False], ids=["secure connections", "legacy"])
def test_a_read_right_after_encryption_has_the_security_of_the_link_though_keys_are_not_distributed(sc: bool) -> None:
    async def main() -> list[bytes]:
        made = await room(Security.AUTHENTICATED, PASSKEY)
        config = pairing(KEYBOARD, PASSKEY, man_in_the_middle=True)
        config.sc = sc
        device = central(made.air, config=config)
        await device.power_on()
        client = await RawClient.join(made, device)
        at = handle(made, READABLE)
        client.connection.on(Connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, lambda: client.send(read(at)))
        await client.connection.pair()
        await asyncio.sleep(1)
        answers = [octets for octets in client.received if octets[0] in {ERROR, READ_RESPONSE}]
        secured = [request.identity for request in made.requests if isinstance(request, Secured)]
        assert secured[0] is None
        assert len(secured) == 2
        await made.host.stop()
        return answers

    assert jumping(main()) == [b"\x0b\x01\x02\x03"]
