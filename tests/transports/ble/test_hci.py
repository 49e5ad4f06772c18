"""HCI for hosts that are not ours: programs in other processes, and the kernel, each with a controller of its own."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tty
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bumble import att, hci

from isletbench.emulator.bench.host import Host
from isletbench.emulator.core.clock import Clock, Pace, run
from isletbench.emulator.gatt import Security
from isletbench.emulator.journal.writer import Journal
from isletbench.emulator.transports.ble.air import Air
from isletbench.emulator.transports.ble.central import Central
from isletbench.emulator.transports.ble.hci import HciServer
from isletbench.emulator.transports.ble.peripheral import BlePeripheral
from isletbench.emulator.transports.ble.specs import SpecError
from tests.harness.gadget import READABLE, gadget
from tests.transports.ble.test_radio import handle, room, until

PASSKEY = 123456
INTERVAL_S = 0.015
"""The connection interval that our central asks for."""
FOREIGN_HOST = Path(__file__).with_name("foreign_host.py")


@asynccontextmanager
async def devices(air: Air, count: int) -> AsyncIterator[list[BlePeripheral]]:
    """Gadgets on the air, each behind a passkey."""
    async with AsyncExitStack() as stack:
        peripherals = []
        for number in range(count):
            made = gadget(Security.AUTHENTICATED, f"gadget-{number}")
            peripheral = BlePeripheral(
                f"gadget-{number}.ble", made.device.advertisement, air, seed=str(number), passkey=PASSKEY
            )
            host = Host(made.device, [peripheral], Clock(), Journal())
            await host.start()
            stack.push_async_callback(host.stop)
            peripherals.append(peripheral)
        yield peripherals


def seen_by_bumble(spec: str) -> str:
    """The same place in the words of bumble's own transports."""
    kind, _, place = spec.partition(":")
    return {"tcp": "tcp-client", "unix": "unix-client", "pty": "serial"}[kind] + ":" + place


async def foreign_host(spec: str, number: int, peripheral: BlePeripheral) -> dict[str, Any]:
    words = [seen_by_bumble(spec), f"C2:00:00:00:00:{number:02X}", peripheral.address, f"{READABLE:04X}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(FOREIGN_HOST), *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    told, complaint = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, complaint.decode()
    answer: dict[str, Any] = json.loads(told)
    return answer


@pytest.mark.parametrize("spec", ["tcp:127.0.0.1:0", "unix:{}/hci", "pty:{}/hci"], ids=["tcp", "unix", "pty"])
async def test_a_host_in_another_process_pairs_and_reads(spec: str, tmp_path: Path) -> None:
    air = Air()
    async with devices(air, 1) as (peripheral,), HciServer(spec.format(tmp_path), air) as server:
        assert await foreign_host(server.spec, 0, peripheral) == {"mtu": 247, "values": [["010203"]]}
        await until(lambda: len(air.radios) == 1)
    assert list(tmp_path.iterdir()) == []


async def test_a_host_gets_an_answer_at_the_next_connection_event_and_never_before(tmp_path: Path) -> None:
    """As over a radio: a request takes one event, its answer another, however fast the device is."""
    made, reads, loop = await room(Security.OPEN, None), 5, asyncio.get_running_loop()
    async with HciServer(f"unix:{tmp_path}/hci", made.air) as server:
        phone = Central(server.spec, passkey=PASSKEY)
        contact = await phone.connect(made.peripheral.address, 5)
        await contact.discover()
        began = loop.time()
        for _ in range(reads):
            await contact.read(handle(made, READABLE))
        took = loop.time() - began
        phone.switch_off()
        await until(lambda: len(made.air.radios) == 1)
    await made.host.stop()
    assert took > (2 * reads - 1) * INTERVAL_S
    assert not made.air.kept_to_events


async def test_several_hosts_are_served_at_once_on_every_kind_of_place(tmp_path: Path) -> None:
    air = Air()
    async with (
        devices(air, 4) as peripherals,
        HciServer("tcp:127.0.0.1:0", air) as tcp,
        HciServer(f"unix:{tmp_path}/hci", air) as unix,
        HciServer(f"pty:{tmp_path}/uart", air) as pty,
    ):
        places = [tcp.spec, tcp.spec, unix.spec, pty.spec]
        answers = await asyncio.gather(
            *(foreign_host(spec, n, peripheral) for n, (spec, peripheral) in enumerate(zip(places, peripherals, strict=True)))
        )
    assert answers == [{"mtu": 247, "values": [["010203"]]}] * 4


async def test_a_pty_serves_one_host_after_the_other(tmp_path: Path) -> None:
    air = Air()
    async with devices(air, 1) as (peripheral,), HciServer(f"pty:{tmp_path}/uart", air) as server:
        for name in ("first", "second"):
            phone = Central(server.spec, passkey=PASSKEY, name=name)
            contact = await phone.connect(peripheral.address, 5)
            await contact.pair()
            phone.switch_off()
            await until(lambda: len(air.radios) == 1)
            await until(lambda: not peripheral._connections)


async def test_noise_on_a_pty_is_passed_over(tmp_path: Path) -> None:
    air = Air()
    async with devices(air, 1) as (peripheral,), HciServer(f"pty:{tmp_path}/uart", air) as server:
        line = os.open(tmp_path / "uart", os.O_RDWR | os.O_NOCTTY)
        await until(lambda: len(air.radios) == 2)
        os.write(line, b"\xff" * 100)
        os.close(line)
        await until(lambda: len(air.radios) == 1)
        phone = Central(server.spec, passkey=PASSKEY)
        assert (await phone.connect(peripheral.address, 5)).is_connected
        phone.switch_off()


async def test_octets_that_are_no_hci_end_their_connection_and_no_other() -> None:
    air = Air()
    async with devices(air, 1) as (peripheral,), HciServer("tcp:127.0.0.1:0", air) as server:
        phone = Central(server.spec, passkey=PASSKEY)
        contact = await phone.connect(peripheral.address, 5)
        _, host, port = server.spec.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await asyncio.wait_for(reader.read(), 5) == b"", "the connection is closed"
        writer.close()
        await writer.wait_closed()
        await contact.pair()
        assert contact.is_connected
        phone.switch_off()


async def test_a_program_notices_that_the_bench_has_gone() -> None:
    air, lost = Air(), asyncio.Event()
    async with devices(air, 1) as (peripheral,):
        async with HciServer("tcp:127.0.0.1:0", air) as server:
            phone = Central(server.spec, passkey=PASSKEY)
            contact = await phone.connect(peripheral.address, 5)
            contact.on_lost.append(lost.set)
        await asyncio.wait_for(lost.wait(), 5)
        with pytest.raises(ConnectionError):
            await contact.pair()
        phone.switch_off()


async def test_nothing_waits_for_a_bench_that_has_gone() -> None:
    air = Air()
    async with HciServer("tcp:127.0.0.1:0", air) as server:
        phone = Central(server.spec, passkey=PASSKEY)
        await phone.start_scan(lambda _: None)
        attempt = asyncio.create_task(phone.connect("F0:99:99:99:99:99", 3_600))
        await until(lambda: any(radio.pending_le_connection for radio in air.radios))
    with pytest.raises(ConnectionError, match="the connection to the bench was lost"):
        await asyncio.wait_for(attempt, 5)
    for again in (phone.start_scan(lambda _: None), phone.connect("F0:99:99:99:99:99", 3_600)):
        with pytest.raises(SpecError, match="cannot connect"):
            await asyncio.wait_for(again, 5)


def test_a_controller_in_another_process_has_ten_real_seconds_to_answer_at_any_pace() -> None:
    """At 600x bumble's ten seconds would be 17 ms: the answer that comes later would be taken for that to the next command."""

    async def limit() -> float:
        async with HciServer("tcp:127.0.0.1:0", Air()) as server:
            phone = Central(server.spec, passkey=PASSKEY)
            found = (await phone.device()).command_timeout
            phone.switch_off()
            return found

    assert {pace: run(limit(), Pace(pace)) for pace in (1.0, 600.0)} == {1.0: 10.0, 600.0: 6_000.0}


async def test_an_answer_of_the_link_to_a_connection_that_has_ended_is_dropped() -> None:
    air = Air()
    async with devices(air, 1) as (peripheral,):
        phone = Central(air, passkey=PASSKEY)
        contact = await phone.connect(peripheral.address, 5)
        (connection,) = peripheral._connections.values()
        await contact.disconnect()
        await until(lambda: not peripheral._connections)
        assert peripheral._device is not None
        peripheral._device.gatt_server.send_response(connection, att.ATT_Exchange_MTU_Response(server_rx_mtu=23))
        phone.switch_off()


async def test_every_foreign_host_has_a_public_address_of_its_own() -> None:
    air = Air()
    async with HciServer("tcp:127.0.0.1:0", air) as server:
        _, host, port = server.spec.split(":")
        writers = [(await asyncio.open_connection(host, int(port)))[1] for _ in range(3)]
        await until(lambda: len(air.radios) == 3)
        addresses = {radio.public_address for radio in air.radios}
        assert len(addresses) == 3
        assert all(bytes(address)[5] & 0b11 == 0b10 for address in addresses), "locally administered, and of one device"
        for writer in writers:
            writer.close()
            await writer.wait_closed()


# vhci: the kernel's side is played by the test, at the other end of a pseudo-terminal


async def test_linux_is_asked_for_a_controller_and_finds_one() -> None:
    kernel, slave = os.openpty()
    tty.setraw(slave)
    air = Air()
    loop = asyncio.get_running_loop()

    async def asks(octets: bytes) -> bytes:
        os.write(kernel, octets)
        return await asyncio.wait_for(loop.run_in_executor(None, os.read, kernel, 100), 5)

    async with HciServer(f"vhci:{os.ttyname(slave)}", air) as server:
        assert server.spec.startswith("vhci")
        assert os.read(kernel, 100) == b"\xff\x00"
        os.write(kernel, b"\xff\x00\x00\x00")  # it is to be hci0
        await asyncio.sleep(0.05)
        reset = await asks(bytes(hci.HCI_Reset_Command()))
        assert reset == b"\x04\x0e\x04\x01\x03\x0c\x00", "Core Vol 4, Part E, 7.3.2: Command Complete, success"
        address = await asks(bytes(hci.HCI_Read_BD_ADDR_Command()))
        assert address[7:] == bytes(air.radios[0].public_address)
        os.close(kernel)
        await until(lambda: not air.radios)
    os.close(slave)


OPENS_A_TERMINAL = """
import os
from pathlib import Path
from isletbench.emulator.transports.ble.hci import _open_vhci
ours, theirs = os.openpty()
_open_vhci(os.ttyname(theirs))
print(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[4])
"""
"""Prints the number of the terminal that can hang the process up (proc_pid_stat(5), tty_nr); 0: there is none."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of it")
def test_a_terminal_in_its_place_does_not_become_that_of_a_bench_that_has_none() -> None:
    """As of a service: with it the bench would end when the other end of the terminal is closed."""
    command = [sys.executable, "-c", OPENS_A_TERMINAL]
    assert subprocess.run(command, start_new_session=True, check=True, capture_output=True, text=True).stdout == "0\n"


async def test_a_kernel_without_virtual_controllers_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="modprobe hci_vhci"):
        await HciServer(f"vhci:{tmp_path}/vhci", Air()).__aenter__()


@pytest.mark.parametrize("spec", ["", "tcp", "tcp:127.0.0.1", "tcp:127.0.0.1:65536", "unix:", "pty:", "usb:0"])
async def test_a_place_that_is_none_is_told_with_what_was_expected(spec: str) -> None:
    with pytest.raises(SpecError, match="expected tcp:HOST:PORT, unix:PATH, pty:LINK or vhci"):
        await HciServer(spec, Air()).__aenter__()


async def test_a_place_that_is_taken_is_told(tmp_path: Path) -> None:
    air = Air()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SpecError, match="address already in use"):
        await HciServer(f"tcp:127.0.0.1:{taken.getsockname()[1]}", air).__aenter__()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SpecError, match="expected no file or a stale link"):
        await HciServer(f"pty:{tmp_path}/file", air).__aenter__()
    assert (tmp_path / "file").read_text() == "mine"


async def test_linuxs_own_controller_is_not_for_a_program_to_attach_to() -> None:
    with pytest.raises(SpecError, match="the operating system owns this controller"):
        await Central("vhci", passkey=PASSKEY).device()
