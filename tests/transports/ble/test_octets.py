"""A client may send any octets over a connection: nothing hangs, nothing breaks, and the next client is served."""

import asyncio
from random import Random
from typing import Any

import pytest
from bumble import att, hci, smp
from bumble.device import Connection, Device

from isletbench.emulator.transports.ble.controller import AirController
from tests.harness.gadget import CONTROL_POINT, READABLE
from tests.transports.ble.test_conditions import contact_in, jumping, open_room
from tests.transports.ble.test_radio import Room, central, handle

SIGNALLING_CID, UNUSED_CID = 0x05, 0x40
ERROR_RESPONSE = 0x01
COMMAND_COMPLETE, COMMAND_STATUS = 0x0E, 0x0F
REQUESTS = (0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x0E, 0x10, 0x12, 0x16, 0x18, 0x20)
"""ATT opcodes of requests. Core Vol 3, Part F, 3.4.8."""
OTHERS = (0x01, 0x03, 0x09, 0x0B, 0x13, 0x1B, 0x1D, 0x1E, 0x23, 0x52, 0xD2)


async def connected(device: Device, to: Room) -> Connection:
    address = hci.Address(to.peripheral.address, hci.Address.RANDOM_DEVICE_ADDRESS)
    return await device.connect(address, timeout=30)


def some_octets(chance: Random) -> tuple[int, bytes]:
    """A channel, and octets that begin as something on it might."""
    body = chance.randbytes(chance.choice((0, 1, 2, 4, 6, 8, 18, 20, 64)))
    match chance.randrange(6):
        case 0 | 1:
            return att.ATT_CID, bytes([chance.choice(REQUESTS)]) + body
        case 2:
            return att.ATT_CID, bytes([chance.choice(OTHERS)]) + body
        case 3:
            return SIGNALLING_CID, bytes([chance.randrange(0x1A)]) + body
        case 4:
            return smp.SMP_CID, bytes([chance.randrange(0x10)]) + body
        case _:
            return chance.choice((att.ATT_CID, smp.SMP_CID, SIGNALLING_CID, UNUSED_CID)), body


@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_client_sends_the_next_one_is_served(seed: int) -> None:
    chance, complaints = Random(seed), list[dict[str, Any]]()

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        made = await open_room()
        device = central(made.air)
        await device.power_on()
        connection = await connected(device, made)
        for _ in range(400):
            if connection.handle not in device.connections:
                connection = await connected(device, made)
            device.send_l2cap_pdu(connection.handle, *some_octets(chance))
            await asyncio.sleep(0.01)
        if connection.handle in device.connections:
            await connection.disconnect()
        await asyncio.sleep(60)
        again = await contact_in(made)
        assert await again.read(handle(made, READABLE))
        await again.pair()
        assert not made.host.failed.done()
        await made.host.stop()

    jumping(main())
    assert complaints == []


@pytest.mark.parametrize("request_octets", ["02", "0201", "0A", "0A01", "12", "0801", "10"])
def test_a_request_that_is_cut_short_is_an_invalid_pdu(request_octets: str) -> None:
    async def main() -> list[bytes]:
        made, answers = await open_room(), list[bytes]()
        device = central(made.air)
        await device.power_on()
        connection = await connected(device, made)
        device.l2cap_channel_manager.deregister_fixed_channel(att.ATT_CID)
        device.l2cap_channel_manager.register_fixed_channel(att.ATT_CID, lambda _, pdu: answers.append(pdu))
        device.send_l2cap_pdu(connection.handle, att.ATT_CID, bytes.fromhex(request_octets))
        await asyncio.sleep(1)
        await made.host.stop()
        return answers

    opcode = int(request_octets[:2], 16)
    assert jumping(main()) == [bytes([ERROR_RESPONSE, opcode, 0, 0, att.ATT_INVALID_PDU_ERROR])]


@pytest.mark.parametrize("octets", ["01", "01050001100303", "01040001060303", "01040001110303", "0104000110030300"])
def test_a_pairing_request_that_cannot_be_is_refused(octets: str) -> None:
    async def main() -> list[bytes]:
        made, answers = await open_room(), list[bytes]()
        device = central(made.air)
        await device.power_on()
        connection = await connected(device, made)
        await asyncio.sleep(1)
        device.l2cap_channel_manager.deregister_fixed_channel(smp.SMP_CID)
        device.l2cap_channel_manager.register_fixed_channel(smp.SMP_CID, lambda _, pdu: answers.append(pdu))
        device.send_l2cap_pdu(connection.handle, smp.SMP_CID, bytes.fromhex(octets))
        await asyncio.sleep(1)
        await made.host.stop()
        return answers

    assert jumping(main()) == [bytes([smp.CommandCode.PAIRING_FAILED, smp.ErrorCode.INVALID_PARAMETERS])]


def test_pairing_begins_with_its_request_and_a_stray_packet_is_passed_over() -> None:
    async def main() -> list[bytes]:
        made, answers = await open_room(), list[bytes]()
        device = central(made.air)
        await device.power_on()
        connection = await connected(device, made)
        await asyncio.sleep(1)
        device.l2cap_channel_manager.deregister_fixed_channel(smp.SMP_CID)
        device.l2cap_channel_manager.register_fixed_channel(smp.SMP_CID, lambda _, pdu: answers.append(pdu))
        for code in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 99):
            device.send_l2cap_pdu(connection.handle, smp.SMP_CID, bytes([code]) + bytes(16))
        await asyncio.sleep(1)
        await made.host.stop()
        return answers

    assert jumping(main()) == []


def test_whatever_a_host_commands_its_controller_answers_and_the_air_goes_on() -> None:
    chance, complaints = Random(1), list[dict[str, Any]]()

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        made, told = await open_room(), list[bytes]()

        class Sink:
            def on_packet(self, packet: bytes) -> None:
                told.append(packet)

        controller = AirController("commanded", made.air, host_sink=Sink())
        opcodes = sorted(hci.HCI_Command.command_classes)
        for _ in range(2_000):
            opcode, body = chance.choice(opcodes), chance.randbytes(chance.choice((0, 1, 2, 3, 6, 8, 15, 25, 33)))
            told.clear()
            controller.on_packet(b"\x01" + opcode.to_bytes(2, "little") + bytes([len(body)]) + body)
            await asyncio.sleep(0.01)
            answers = [event for event in told if event[1] in {COMMAND_COMPLETE, COMMAND_STATUS}]
            assert answers, f"{hci.HCI_Command.command_name(opcode)} {body.hex()} is answered"
        controller.switch_off()
        assert await (await contact_in(made)).read(handle(made, READABLE))
        await made.host.stop()

    jumping(main())
    assert complaints == []


def test_a_confirmation_is_received_before_the_request_that_follows_it_at_once() -> None:
    """A client confirms an answer and writes its next request in the same moment; a device that is busy until the confirmation
    would refuse it."""

    async def main() -> list[str]:
        made = await open_room()
        device = central(made.air)
        await device.power_on()
        connection = await connected(device, made)

        def send(octets: bytes) -> None:
            device.send_l2cap_pdu(connection.handle, att.ATT_CID, octets)

        point = handle(made, CONTROL_POINT).to_bytes(2, "little")
        cccd = (handle(made, CONTROL_POINT) + 1).to_bytes(2, "little")
        device.l2cap_channel_manager.deregister_fixed_channel(att.ATT_CID)
        device.l2cap_channel_manager.register_fixed_channel(att.ATT_CID, lambda _, pdu: None)
        send(b"\x12" + cccd + b"\2\0")
        await asyncio.sleep(1)
        for value in (b"1", b"2"):
            send(b"\x12" + point + value)
            await asyncio.sleep(1)
            made.requests.clear()
            send(b"\x1e")
            send(b"\x12" + point + b"next")
            await asyncio.sleep(1)
            assert [type(request).__name__ for request in made.requests] == ["Confirm", "Write"]
            made.requests.clear()
            send(b"\x1e")
            send(b"\x1e")  # of nothing
            await asyncio.sleep(1)
            assert [type(request).__name__ for request in made.requests] == ["Confirm"]
        await made.host.stop()
        return made.gadget.service.events

    assert jumping(main()).count(f"confirmed {CONTROL_POINT:04X}") == 4
