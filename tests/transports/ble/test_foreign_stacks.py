"""What the hosts of others expect of a controller: their commands at start, their ways to connect, their own address again."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bumble import hci

from isletbench.emulator.bench.assembly import Ports
from isletbench.emulator.bench.bench import Bench
from isletbench.emulator.gatt import Connected
from isletbench.emulator.rigs.rig import load_rig
from isletbench.emulator.transports.ble import hci as offered
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.controller import AirController
from isletbench.emulator.transports.ble.hci import HciServer
from tests.transports.ble.init_sequences import SEQUENCES, VENDOR_COMMANDS
from tests.transports.ble.test_conditions import jumping, open_room
from tests.transports.ble.test_hasty import BareHost
from tests.transports.ble.test_radio import until

COMMAND_COMPLETE, SUCCESS, MEMORY_FULL, EXISTS = 0x0E, 0x00, 0x07, 0x0B
READ_BD_ADDR = bytes.fromhex("01091000")
RESET = bytes.fromhex("01030C00")


class Answers:
    """A host that keeps what its controller says."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def on_packet(self, packet: bytes) -> None:
        self.packets.append(packet)


async def answer(controller: AirController, told: Answers, opcode: int, parameters: str) -> bytes:
    """The event that answers a command."""
    told.packets.clear()
    octets = bytes.fromhex(parameters)
    controller.on_packet(b"\x01" + opcode.to_bytes(2, "little") + bytes([len(octets)]) + octets)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(told.packets) == 1, f"{opcode:04X} is answered once, in the next turn of the loop"
    return told.packets[0]


@pytest.mark.parametrize("stack", SEQUENCES)
def test_every_command_that_a_foreign_stack_sends_at_start_succeeds(stack: str) -> None:
    async def main() -> None:
        told = Answers()
        controller = AirController("foreign", Air(), host_sink=told)
        for opcode, parameters in SEQUENCES[stack]:
            event = await answer(controller, told, opcode, parameters)
            assert event[1] == COMMAND_COMPLETE, f"{opcode:04X}"
            assert int.from_bytes(event[4:6], "little") == opcode
            assert event[6] == SUCCESS, f"{opcode:04X} fails with {event[6]:02X}"

    jumping(main())


@pytest.mark.parametrize("stack", VENDOR_COMMANDS)
def test_what_a_foreign_stack_asks_of_other_makers_is_answered_with_an_error(stack: str) -> None:
    async def main() -> bytes:
        told = Answers()
        return await answer(AirController("foreign", Air(), host_sink=told), told, VENDOR_COMMANDS[stack], "")

    event = jumping(main())
    assert event[1:3] == bytes.fromhex("0F 04")
    assert event[3] != SUCCESS
    assert event[5:] == VENDOR_COMMANDS[stack].to_bytes(2, "little")


def test_the_controller_has_what_android_cannot_start_without() -> None:
    """Bluedroid, system/device/src/controller.cc: LE of the host once it is written, and Read Encryption Key Size."""

    async def main() -> tuple[bytes, bytes, bytes]:
        told = Answers()
        controller = AirController("foreign", Air(), host_sink=told)
        await answer(controller, told, 0x0C6D, "0100")
        features, commands = await answer(controller, told, 0x1004, "01"), await answer(controller, told, 0x1002, "")
        return features[9:], commands[7:], await answer(controller, told, 0x1408, "4000")

    features, commands, key_size = jumping(main())
    assert features[0] & 0x02, "LE Supported (Host). Core Vol 2, Part C, 3.2"
    assert commands[20] & 0x10
    assert key_size[6:] == bytes.fromhex("02 4000 00"), "Unknown Connection Identifier"


def test_the_controller_encrypts_for_hosts_that_cannot() -> None:
    """FIPS 197, appendix C.1; the octets of HCI are the other way round."""

    async def main() -> bytes:
        told = Answers()
        controller = AirController("foreign", Air(), host_sink=told)
        key, plain = bytes(range(16)), bytes.fromhex("00112233445566778899AABBCCDDEEFF")
        event = await answer(controller, told, 0x2017, (key[::-1] + plain[::-1]).hex())
        return event[7:][::-1]

    assert jumping(main()).hex().upper() == "69C4E0D86A7B0430D8CDB78070B4C55A"


def listed(
    made: BareHost, address: str, command: Callable[..., Any] = hci.HCI_LE_Add_Device_To_Filter_Accept_List_Command
) -> None:
    made.command(command(address_type=1, address=hci.Address(address)))


def by_the_list(host: BareHost) -> None:
    host.command(
        hci.HCI_LE_Create_Connection_Command(
            le_scan_interval=96,
            le_scan_window=96,
            initiator_filter_policy=1,
            peer_address_type=0,
            peer_address=hci.Address("00:00:00:00:00:00", hci.Address.PUBLIC_DEVICE_ADDRESS),
            own_address_type=0,
            connection_interval_min=12,
            connection_interval_max=12,
            max_latency=0,
            supervision_timeout=300,
            min_ce_length=0,
            max_ce_length=0,
        )
    )


def test_a_host_connects_to_whichever_device_of_its_accept_list_advertises() -> None:
    """As Android does with autoConnect."""

    async def main() -> None:
        made = await open_room()
        host = BareHost(made, 1)
        listed(host, "C1:00:00:00:00:77")
        by_the_list(host)
        await asyncio.sleep(5)
        assert made.said(Connected) == [], "the device is not on the list"
        host.command(hci.HCI_LE_Create_Connection_Cancel_Command())
        listed(host, made.peripheral.address)
        by_the_list(host)
        await asyncio.sleep(5)
        assert len(made.said(Connected)) == 1
        assert len(host.handles) == 1
        by_the_list(host)
        await asyncio.sleep(5)
        assert len(made.said(Connected)) == 1, "one connection to a device is enough"
        host.command(hci.HCI_Disconnect_Command(connection_handle=min(host.handles), reason=0x13))
        await asyncio.sleep(5)
        assert len(made.said(Connected)) == 2, "it is still waited for"
        host.command(hci.HCI_Disconnect_Command(connection_handle=min(host.handles), reason=0x13))
        await asyncio.sleep(1)
        listed(host, made.peripheral.address, hci.HCI_LE_Remove_Device_From_Filter_Accept_List_Command)
        by_the_list(host)
        await asyncio.sleep(5)
        assert len(made.said(Connected)) == 2
        await made.host.stop()

    jumping(main())


def test_a_list_is_full_and_a_second_connection_to_a_device_is_refused() -> None:
    async def main() -> list[int]:
        made, told = await open_room(), Answers()
        controller = AirController("foreign", made.air, host_sink=told)
        address = hci.Address(made.peripheral.address).address_bytes.hex()
        create = f"6000600000 01{address} 01 0C000C000000 2C01 00000000".replace(" ", "")
        found = [(await answer(controller, told, 0x2011, f"01{n:02x}02030405c1"))[6] for n in range(9)]
        assert found == [SUCCESS] * 8 + [MEMORY_FULL]
        found = [(await answer(controller, told, 0x200D, create))[3]]
        await asyncio.sleep(5)
        found.append((await answer(controller, told, 0x200D, create))[3])
        await made.host.stop()
        return found

    assert jumping(main()) == [SUCCESS, EXISTS]


# HCI of a bench


async def asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes) -> bytes:
    writer.write(command)
    head = await asyncio.wait_for(reader.readexactly(3), 5)
    return head + await asyncio.wait_for(reader.readexactly(head[2]), 5)


async def own_address(path: Path) -> tuple[bytes, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    return (await asked(reader, writer, READ_BD_ADDR))[7:], writer


async def test_a_host_that_comes_back_has_its_address_again(tmp_path: Path) -> None:
    air = Air()
    async with HciServer(f"unix:{tmp_path}/one", air), HciServer(f"unix:{tmp_path}/two", air, 2):
        (first, leaves), (second, stays) = await own_address(tmp_path / "one"), await own_address(tmp_path / "one")
        other, of_the_other = await own_address(tmp_path / "two")
        assert len({first, second, other}) == 3
        leaves.close()
        await until(lambda: len(air.radios) == 2)
        again, writer = await own_address(tmp_path / "one")
        assert again == first
        third, last = await own_address(tmp_path / "one")
        assert third not in {first, second, other}
        for one in (writer, stays, of_the_other, last):
            one.close()
        await until(lambda: not air.radios)


async def test_hci_is_offered_when_every_device_has_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host commands its controller at once: Linux gives a command up after 2 s."""
    enter, seen = offered.HciServer.__aenter__, list[set[str]]()

    async def entered(server: HciServer) -> HciServer:
        seen.append({radio.name for radio in server._air.radios})
        return await enter(server)

    monkeypatch.setattr(offered.HciServer, "__aenter__", entered)
    async with Bench(load_rig(), ports=Ports.MEMORY, hci=[f"unix:{tmp_path}/hci"]) as bench:
        assert seen == [{"cgm.ble", "pump.ble"}]
        assert bench.hci == (f"unix:{tmp_path}/hci",)
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "hci"))
        assert (await asked(reader, writer, RESET))[6] == SUCCESS
        writer.close()
