"""The RileyLink on the virtual air: a phone reaches the pump behind it as it does over a UART."""

import asyncio
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner

from isletbench import Bench, Ports, run
from isletbench.emulator.collectors.bleak_backend import virtual_bluetooth
from isletbench.emulator.core.clock import Pace
from isletbench.emulator.core.quantities import units
from isletbench.emulator.endpoints.device_table import SHORT_NAME
from isletbench.emulator.rigs.rig import RigError, validated
from isletbench.protocols.errors import WireError
from isletbench.protocols.medtronic import answers, line_code, parameters, radio, rileylink, subg_rfspy
from isletbench.protocols.medtronic.opcodes import Opcode
from isletbench.protocols.medtronic.radio import RadioPacket
from isletbench.protocols.medtronic.subg_rfspy import SendAndListen, SendAndListenHead
from isletbench.protocols.packet import decode, encode
from tests.endpoints.paradigm.asking import long, short


def text(uuid: int) -> str:
    digits = f"{uuid:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def rig(**changes: Any) -> dict[str, Any]:
    pump = {
        "kind": "pump",
        "profile": "paradigm_x23",
        "basal": [{"at": "00:00", "rate": "1"}],
        "ble": {"name": "IB-Link", "address": "F0:10:00:00:00:02"},
        "speaks": "paradigm_rileylink",
    }
    return {"schema": 1, "name": "link", "devices": {"pump": {**pump, **changes}}}


class Phone:
    """A program on a phone."""

    def __init__(self, client: BleakClient) -> None:
        self._client = client
        self._counts: asyncio.Queue[int] = asyncio.Queue()

    async def listen(self) -> None:
        await self._client.start_notify(text(rileylink.RESPONSE_COUNT), lambda _, value: self._counts.put_nowait(value[0]))

    async def ask(self, command: Any) -> bytes:
        await self._client.write_gatt_char(text(rileylink.DATA), rileylink.value_of(command), response=True)
        await asyncio.wait_for(self._counts.get(), 30)
        return bytes(await self._client.read_gatt_char(text(rileylink.DATA)))

    async def send(self, packet: RadioPacket, repeats: int = 0, listens: int = 1_000) -> RadioPacket:
        head = SendAndListenHead(0, repeats, 0, 0, listens, 0)
        response = await self.ask(SendAndListen(head, line_code.coded(radio.encode(packet))))
        return radio.decode(line_code.decoded(response[2:]))


def test_a_phone_wakes_the_pump_reads_it_and_gives_a_bolus() -> None:
    async def main() -> None:
        async with Bench(validated(rig(), "the test"), ports=Ports.MEMORY) as bench:
            assert bench.air is not None
            with virtual_bluetooth(bench.air):
                device = await BleakScanner.find_device_by_filter(
                    lambda _, said: text(rileylink.SERVICE) in said.service_uuids, timeout=10
                )
                assert device is not None
                async with BleakClient(device) as client:
                    assert await client.read_gatt_char(text(rileylink.VERSION)) == b"ble_rfspy 0.9"
                    phone = Phone(client)
                    await phone.listen()
                    assert await phone.ask(subg_rfspy.GetVersion()) == b"subg_rfspy 0.8"
                    assert await phone.ask(subg_rfspy.WriteRegister(9, 0x26)) == b"\x01"
                    ack = await phone.send(short(Opcode.WAKE_UP), repeats=250, listens=5_000)
                    assert ack == short(Opcode.ACK)
                    model = radio.opened((await phone.send(short(Opcode.MODEL))).payload)
                    assert decode(answers.Model, model.meant).digits == "723"
                    assert await phone.send(short(Opcode.BOLUS)) == short(Opcode.ACK)
                    bolus = long(Opcode.BOLUS, encode(parameters.BolusFortieths(40)))
                    assert await phone.send(bolus) == short(Opcode.ACK)
                    await asyncio.sleep(60)
                    await client.write_gatt_char(text(rileylink.CUSTOM_NAME), b"Kitchen", response=True)
                    assert await client.read_gatt_char(text(rileylink.CUSTOM_NAME)) == b"Kitchen"
            machine: Any = bench.hosts["pump"].endpoint.machine
            assert machine.parts.totals.today[0] == units(1)

    run(main(), Pace(None))


def test_it_is_reached_over_bluetooth_and_not_over_a_serial_port() -> None:
    for wrong in ({"serial": "pty:"}, {"ble": None, "serial": "pty:"}):
        with pytest.raises(RigError, match="speaks: this one is reached over Bluetooth LE: expected ble, and no serial"):
            validated(rig(**wrong), "the test")
    name = "x" * (SHORT_NAME + 1)
    with pytest.raises(RigError, match=r"ble\.name: expected at most 8 octets"):
        validated(rig(ble={"name": name}), "the test")


def test_a_written_command_has_its_length_before_it() -> None:
    commands = [
        subg_rfspy.GetState(),
        subg_rfspy.WriteRegister(9, 0),
        subg_rfspy.GetPacket(0, 0),
        SendAndListen(SendAndListenHead(0, 0, 0, 0, 500, 0), b"\x55\x56"),
    ]
    assert [rileylink.command_of(rileylink.value_of(command)) for command in commands] == commands
    assert rileylink.value_of(subg_rfspy.GetVersion()) == b"\x01\x02"
    for wrong in (b"", b"\x01", b"\x05\x05\x00", b"\x01\x7f", b"\x02\x05\x00"):
        with pytest.raises(WireError):
            rileylink.command_of(wrong)
